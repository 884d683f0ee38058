"""Reports: what was watched, raised, judged and delivered, and how fast."""

import json
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from facewarden.access.principal import Permission
from facewarden.api.wire import UtcTime
from facewarden.review import as_json
from facewarden.review.report import Report, build
from facewarden.server.asking import Asker, may
from facewarden.server.problems import Forbidden, Unprocessable

router = APIRouter(prefix="/api/v1/reports", tags=["reports"])

Reader = Annotated[Asker, may(Permission.REPORT_READ)]
Since = Annotated[UtcTime | None, Query(description="From; default: a day before `until`.")]
Until = Annotated[UtcTime | None, Query(description="Before; default: now.")]
LONGEST = timedelta(days=400)
"""As long as counters are kept by default."""
HTML: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/html": {"schema": {"type": "string"}}}, "description": "A page."}
}
PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox"
"""The page holds its own style and plots, and no script can run in it."""


@router.get("/watch")
def get_watch_report(asker: Reader, since: Since = None, until: Until = None) -> dict[str, Any]:
    """Report counts by camera and watchlist, expected and observed false alerts, and times.

    The members are those of `facewarden report --format json`.
    """
    report: dict[str, Any] = json.loads(as_json.render(_report(asker, since, until)))
    return report


@router.get("/watch.html", response_class=Response, responses=HTML)
def get_watch_report_page(asker: Reader, since: Since = None, until: Until = None) -> Response:
    """Report the same as a page with plots."""
    from facewarden.review import as_html  # its plots take a second to import

    page = as_html.render(_report(asker, since, until))
    return Response(
        page,
        media_type="text/html; charset=utf-8",
        headers={"Content-Security-Policy": PAGE_POLICY},
    )


def _report(asker: Asker, since: datetime | None, until: datetime | None) -> Report:
    scope = asker.who.scope
    if scope.watchlists is not None or scope.camera_groups is not None:
        raise Forbidden("the report counts all cameras and lists", expected="no limits on yours")
    now = asker.now()
    end = until if until is not None else now
    try:
        start = since if since is not None else end - timedelta(days=1)
    except OverflowError:
        start = end
    if not start < end or end - start > LONGEST:
        raise Unprocessable(
            "the report's time cannot be", expected=f"since before until, {LONGEST.days} days"
        )
    return build(asker.context.store.report_rows(start, end), now)
