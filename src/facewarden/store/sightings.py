"""Where and when subjects of a watchlist were seen; never anybody else."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from operator import eq, ge, lt

from sqlalchemy import case, select

from facewarden.data.sighting import Sighting
from facewarden.store.database import Database, insert_into
from facewarden.store.removal import present_id, was_removed
from facewarden.store.tables import sighting as sighting_table


class Sightings:
    """One row for each track that matched, kept up to date while the track lives."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(self, sighting: Sighting) -> None:
        """Write a sighting, or bring the row of the same track, subject and watchlist up to date.

        Times only widen; similarity and looks are those of the last call; a known alert stays.
        Nothing happens when the subject was removed for good.
        """
        table = sighting_table.c
        with self._database.write() as connection:
            sighting = replace(sighting, subject_id=present_id(connection, sighting.subject_id))
            if was_removed(connection, sighting.subject_id):
                return
            new = insert_into(connection, sighting_table).values(
                camera_id=sighting.camera_id,
                sighting_id=sighting.sighting_id,
                subject_id=int(sighting.subject_id),
                watchlist=sighting.watchlist,
                alert_id=sighting.alert_id,
                first_seen_at=sighting.first_seen_at,
                last_seen_at=sighting.last_seen_at,
                similarity=float(sighting.similarity),
                looks=int(sighting.looks),
            )
            given = new.excluded
            connection.execute(
                new.on_conflict_do_update(
                    index_elements=["camera_id", "sighting_id", "subject_id", "watchlist"],
                    set_={
                        "alert_id": case(
                            (given.alert_id == "", table.alert_id), else_=given.alert_id
                        ),
                        "first_seen_at": case(
                            (given.first_seen_at < table.first_seen_at, given.first_seen_at),
                            else_=table.first_seen_at,
                        ),
                        "last_seen_at": case(
                            (given.last_seen_at > table.last_seen_at, given.last_seen_at),
                            else_=table.last_seen_at,
                        ),
                        "similarity": given.similarity,
                        "looks": given.looks,
                    },
                )
            )

    def find(
        self,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        camera: str | None = None,
        watchlist: str | None = None,
        subject_id: int | None = None,
        alert_id: str | None = None,
        cameras: Collection[str] | None = None,
        watchlists: Collection[str] | None = None,
        limit: int = 100,
        offset: int = 0,
    ) -> list[Sighting]:
        """Return sightings that touch the time from `since` to before `until`, latest first.

        Args:
            cameras, watchlists: of these only; None: of any.
        """
        table = sighting_table.c
        wanted = [
            compare(column, given)
            for compare, column, given in (
                (ge, table.last_seen_at, since),
                (lt, table.first_seen_at, until),
                (eq, table.camera_id, camera),
                (eq, table.watchlist, watchlist),
                (eq, table.subject_id, subject_id),
                (eq, table.alert_id, alert_id),
            )
            if given is not None
        ]
        for column, seen in ((table.camera_id, cameras), (table.watchlist, watchlists)):
            if seen is not None:
                wanted.append(column.in_(sorted(seen)))
        with self._database.read() as connection:
            rows = connection.execute(
                select(sighting_table)
                .where(*wanted)
                .order_by(
                    table.last_seen_at.desc(),
                    table.camera_id,
                    table.sighting_id,
                    table.subject_id,
                    table.watchlist,
                )
                .limit(limit)
                .offset(offset)
            ).mappings()
            return [Sighting(**row) for row in rows]
