"""The routes of alerts."""

from collections.abc import Iterator
from datetime import datetime

from facewarden.api.alerts import (
    Alert,
    AlertInFull,
    AlertLooks,
    NewVerdict,
    Reviewed,
    State,
    Work,
)
from facewarden.client.connection import Connection


class Alerts:
    """The routes of alerts; errors are those of `client.errors`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def list_alerts(
        self,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        camera: str | None = None,
        watchlist: str | None = None,
        subject: int | None = None,
        deployment: int | None = None,
        state: State | None = None,
        work: list[Work] | None = None,
        assignee: str | None = None,
        held: bool | None = None,
    ) -> Iterator[Alert]:
        """List alerts, the newest first."""
        return self._connection.pages(
            Alert,
            "/api/v1/alerts",
            query={
                "since": since,
                "until": until,
                "camera": camera,
                "watchlist": watchlist,
                "subject": subject,
                "deployment": deployment,
                "state": state,
                "work": work,
                "assignee": assignee,
                "held": held,
            },
        )

    def get_alert(self, alert_id: str) -> AlertInFull:
        """Return an alert with everything that is known of it."""
        return self._connection.call(
            AlertInFull, "GET", "/api/v1/alerts/{alert_id}", {"alert_id": alert_id}
        )

    def get_snapshot(self, alert_id: str) -> bytes:
        """Return the picture of the best look as a JPEG."""
        return self._connection.send(
            "GET", "/api/v1/alerts/{alert_id}/snapshot", {"alert_id": alert_id}
        ).content

    def get_looks(self, alert_id: str) -> AlertLooks:
        """Return the looks of the track with a small picture of each."""
        return self._connection.call(
            AlertLooks, "GET", "/api/v1/alerts/{alert_id}/looks", {"alert_id": alert_id}
        )

    def get_presentation_picture(self, alert_id: str) -> bytes:
        """Return the looks that presentation attack detection saw, side by side as a JPEG."""
        return self._connection.send(
            "GET", "/api/v1/alerts/{alert_id}/presentation-picture", {"alert_id": alert_id}
        ).content

    def get_nearest_reference(self, alert_id: str) -> bytes:
        """Return the subject's photograph that was nearest."""
        return self._connection.send(
            "GET", "/api/v1/alerts/{alert_id}/reference", {"alert_id": alert_id}
        ).content

    def review_alert(self, alert_id: str, verdict: NewVerdict) -> Reviewed:
        """Confirm or reject an alert; `consequence` says what that means for alerts to come."""
        return self._connection.call(
            Reviewed,
            "POST",
            "/api/v1/alerts/{alert_id}/reviews",
            {"alert_id": alert_id},
            body=verdict,
            once=True,
        )
