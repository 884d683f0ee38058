"""The routes of audit."""

from collections.abc import Iterator
from datetime import datetime

from facewarden.api.audit import Check, Event, Head, NotedEverywhere, Outcome, Receipt
from facewarden.client.connection import Connection


class Audit:
    """The routes of audit; errors are those of `client.errors`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def list_events(
        self,
        *,
        actor: str = "",
        action: str = "",
        object: str = "",  # noqa: A002
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Iterator[Event]:
        """List entries, the newest first."""
        return self._connection.pages(
            Event, "/api/v1/audit", query=_wanted(actor, action, object, since, until)
        )

    def get_head(self) -> Head:
        """Get position and hash of the newest entry: what to note elsewhere."""
        return self._connection.call(Head, "GET", "/api/v1/audit/head")

    def check_log(self, given: Check) -> Outcome:
        """Check every entry, and what was noted elsewhere; 200 also where the log is broken."""
        return self._connection.call(Outcome, "POST", "/api/v1/audit/check", body=given)

    def export_log(
        self,
        *,
        actor: str = "",
        action: str = "",
        object: str = "",  # noqa: A002
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> bytes:
        """Get the whole log with its chain; with filters, an extract, which is no chain."""
        wanted = _wanted(actor, action, object, since, until)
        return self._connection.send("GET", "/api/v1/audit/export", query=wanted).content

    def list_receipts(self) -> Iterator[Receipt]:
        """List where and when the head was noted, the newest first."""
        return self._connection.pages(Receipt, "/api/v1/audit/receipts")

    def note_head(self) -> NotedEverywhere:
        """Note the head now at every place that the settings name."""
        return self._connection.call(NotedEverywhere, "POST", "/api/v1/audit/note")

    def get_picture(self, position: int) -> bytes:
        """Get what was searched with; that you looked is an entry of its own."""
        return self._connection.send(
            "GET", "/api/v1/audit/{position}/picture", {"position": position}
        ).content


def _wanted(
    actor: str,
    action: str,
    object: str,  # noqa: A002
    since: datetime | None,
    until: datetime | None,
) -> dict[str, object]:
    words = {"actor": actor, "action": action, "object": object}
    return {**words, "since": since, "until": until}
