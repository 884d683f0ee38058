"""Reports for the tests of their renderings."""

from datetime import UTC, datetime, timedelta

from facewarden.data.report import (
    NOT_ASKED,
    CameraActivity,
    PresentationOutcome,
    ReportRows,
    WatchlistOutcome,
)
from facewarden.review.report import Report, build

UNTIL = datetime(2026, 3, 2, 12, tzinfo=UTC)
SINCE = UNTIL - timedelta(days=1)
HOSTILE = "=cmd|' /C calc'!A0 --><script>alert(1)</script> $x^2$ [bold]&"

ENTRANCE = CameraActivity("entrance", 80_000.0, 400.0, 400_000, 100, 20_000, 2_500)
YARD = CameraActivity("yard", 0.0, 86_400.0)


def an_outcome(
    camera_id: str,
    watchlist: str,
    confirmed: int,
    rejected: int,
    open_: int,
    presentation: PresentationOutcome = NOT_ASKED,
) -> WatchlistOutcome:
    alerts = confirmed + rejected + open_
    return WatchlistOutcome(
        camera_id=camera_id,
        watchlist=watchlist,
        alerts=alerts,
        confirmed=confirmed,
        rejected=rejected,
        open=open_,
        received_to_decided_s=tuple(0.1 * (index + 1) for index in range(alerts)),
        decided_to_delivered_s={"mqtt": tuple(0.01 * (index + 1) for index in range(alerts))},
        presentation=presentation,
    )


def a_report(*outcomes: WatchlistOutcome) -> Report:
    return build(ReportRows(SINCE, UNTIL, (ENTRANCE, YARD), outcomes), UNTIL)


def nothing() -> Report:
    return build(ReportRows(SINCE, UNTIL, (), ()), UNTIL)


def usual() -> Report:
    return a_report(
        an_outcome("entrance", "missing", 6, 2, 2),
        an_outcome("entrance", "wanted", 0, 0, 3),
        an_outcome("moved-away", HOSTILE, 1, 0, 0),
    )
