"""The routes of casework."""

from collections.abc import Iterator

from facewarden.api.casework import (
    Case,
    CaseInFull,
    CaseStatus,
    Colleague,
    Comment,
    HandOver,
    ListRules,
)
from facewarden.client.connection import Connection, Seen


class Casework:
    """The routes of casework; errors are those of `client.errors`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def list_cases(
        self, *, status: list[CaseStatus] | None = None, assignee: str | None = None
    ) -> Iterator[Case]:
        """List the cases that somebody has touched, the newest alert first."""
        return self._connection.pages(
            Case, "/api/v1/casework/alerts", query={"status": status, "assignee": assignee}
        )

    def get_case(self, alert_id: str) -> Seen[CaseInFull]:
        """Read everything that was done with an alert."""
        return self._connection.seen(
            CaseInFull, "GET", "/api/v1/casework/alerts/{alert_id}", {"alert_id": alert_id}
        )

    def list_colleagues(self, alert_id: str) -> Iterator[Colleague]:
        """List who could go on with an alert: everybody who may review it, you among them."""
        return self._connection.pages(
            Colleague,
            "/api/v1/casework/alerts/{alert_id}/colleagues",
            {"alert_id": alert_id},
        )

    def acknowledge(self, alert_id: str) -> Seen[CaseInFull]:
        """Say that you have seen it; harmless where somebody has."""
        return self._connection.seen(
            CaseInFull,
            "POST",
            "/api/v1/casework/alerts/{alert_id}/acknowledge",
            {"alert_id": alert_id},
            once=True,
        )

    def comment(self, alert_id: str, given: Comment) -> Seen[CaseInFull]:
        """Add a comment."""
        return self._connection.seen(
            CaseInFull,
            "POST",
            "/api/v1/casework/alerts/{alert_id}/comments",
            {"alert_id": alert_id},
            body=given,
            once=True,
        )

    def escalate(self, alert_id: str, given: Comment) -> Seen[CaseInFull]:
        """Ask for somebody else's opinion, with a reason."""
        return self._connection.seen(
            CaseInFull,
            "POST",
            "/api/v1/casework/alerts/{alert_id}/escalate",
            {"alert_id": alert_id},
            body=given,
            once=True,
        )

    def hand_over(self, alert_id: str, given: HandOver, etag: str) -> Seen[CaseInFull]:
        """Give it to a colleague."""
        return self._connection.seen(
            CaseInFull,
            "POST",
            "/api/v1/casework/alerts/{alert_id}/hand-over",
            {"alert_id": alert_id},
            body=given,
            etag=etag,
            once=True,
        )

    def reopen(self, alert_id: str, given: Comment, etag: str) -> Seen[CaseInFull]:
        """Undo a verdict, with a reason; a face that was held back is no longer."""
        return self._connection.seen(
            CaseInFull,
            "POST",
            "/api/v1/casework/alerts/{alert_id}/reopen",
            {"alert_id": alert_id},
            body=given,
            etag=etag,
            once=True,
        )

    def get_list_rules(self, name: str) -> Seen[ListRules]:
        """Read how alerts of a watchlist are to be worked on."""
        return self._connection.seen(
            ListRules, "GET", "/api/v1/casework/watchlists/{name}", {"name": name}
        )

    def set_list_rules(self, name: str, given: ListRules, etag: str) -> Seen[ListRules]:
        """Set how alerts of a watchlist are to be worked on, from now on."""
        return self._connection.seen(
            ListRules,
            "PUT",
            "/api/v1/casework/watchlists/{name}",
            {"name": name},
            body=given,
            etag=etag,
        )
