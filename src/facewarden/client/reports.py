"""The routes of reports."""

from datetime import datetime
from typing import Any

from facewarden.client.connection import Connection


class Reports:
    """The routes of reports; errors are those of `client.errors`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get_watch_report(
        self, *, since: datetime | None = None, until: datetime | None = None
    ) -> dict[str, Any]:
        """Report counts by camera and watchlist."""
        return self._connection.call(
            dict[str, Any], "GET", "/api/v1/reports/watch", query={"since": since, "until": until}
        )

    def get_watch_report_page(
        self, *, since: datetime | None = None, until: datetime | None = None
    ) -> bytes:
        """Report the same as a page with plots."""
        return self._connection.send(
            "GET", "/api/v1/reports/watch.html", query={"since": since, "until": until}
        ).content
