"""The routes of sightings."""

from collections.abc import Iterator
from datetime import datetime

from facewarden.api.sightings import Sighting
from facewarden.client.connection import Connection


class Sightings:
    """The routes of sightings; errors are those of `client.errors`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def list_sightings(
        self,
        *,
        subject: int | None = None,
        camera: str | None = None,
        watchlist: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Iterator[Sighting]:
        """List sightings, the latest first; name a subject or a camera to get its time line."""
        return self._connection.pages(
            Sighting,
            "/api/v1/sightings",
            query={
                "subject": subject,
                "camera": camera,
                "watchlist": watchlist,
                "since": since,
                "until": until,
            },
        )
