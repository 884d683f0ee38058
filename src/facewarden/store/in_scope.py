"""Whether something exists for somebody who is limited, asked without reading it.

What is hidden and what is not there must cost the same: one query by key decides for both, and
nothing is unsealed before it.
"""

from collections.abc import Collection
from typing import Any

from sqlalchemy import Select, exists, select

from facewarden.store.database import Database
from facewarden.store.tables import alert, membership, reference


class InScope:
    """Questions of one store that are answered with yes or no."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def subject(self, subject_id: int, watchlists: Collection[str]) -> bool:
        """Tell whether there is such a subject on any of these watchlists."""
        return self._any(
            select(membership.c.subject_id).where(
                membership.c.subject_id == subject_id,
                membership.c.watchlist.in_(sorted(watchlists)),
            )
        )

    def reference(self, reference_id: int, watchlists: Collection[str]) -> bool:
        """Tell whether there is such a reference of a subject on any of these watchlists."""
        return self._any(
            select(reference.c.reference_id)
            .join(membership, membership.c.subject_id == reference.c.subject_id)
            .where(
                reference.c.reference_id == reference_id,
                membership.c.watchlist.in_(sorted(watchlists)),
            )
        )

    def alert(
        self,
        alert_id: str,
        watchlists: Collection[str] | None,
        cameras: Collection[str] | None,
    ) -> bool:
        """Tell whether there is such an alert of these watchlists and cameras; None: of any."""
        wanted = [alert.c.alert_id == alert_id]
        if watchlists is not None:
            wanted.append(alert.c.watchlist.in_(sorted(watchlists)))
        if cameras is not None:
            wanted.append(alert.c.camera_id.in_(sorted(cameras)))
        return self._any(select(alert.c.alert_id).where(*wanted))

    def _any(self, rows: Select[Any]) -> bool:
        with self._database.read() as connection:
            return bool(connection.execute(select(exists(rows))).scalar_one())
