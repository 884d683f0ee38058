"""How many tracks could have alerted, and how many false alerts were to be expected of them."""

import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import func, select

from facewarden.data.report import Expectation
from facewarden.store.database import Database, insert_into
from facewarden.store.tables import passage

FLUSH_S: Final = 5.0  # as of the activity: a killed process loses at most so much of its counting

Place = tuple[str, str, datetime]


class Passages:
    """Counts per watchlist, camera and minute; about nobody.

    Added up in memory and written every few seconds, when asked for totals, and at the end.

    Args:
        monotonic: seconds that never run backwards; a test may pass another clock.
    """

    def __init__(
        self, database: Database, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._database = database
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._waiting: dict[Place, list[float]] = {}
        self._flushed_at = monotonic()

    def add(self, watchlist: str, camera_id: str, at: datetime, expected: float) -> None:
        """Count a track that ended.

        Args:
            at: when it was last seen, UTC.
            expected: share of strangers that the threshold in force lets through, in [0, 1].

        Raises:
            StoreBusy, StoreFull: earlier counts could not be written and are kept; this one was
                not counted, so that the call can be made again.
        """
        with self._lock:
            now = self._monotonic()
            due = now - self._flushed_at >= FLUSH_S
            if due:
                self._flushed_at = now
        if due:
            self.flush()
        with self._lock:
            place = (watchlist, camera_id, at.replace(second=0, microsecond=0))
            self._merge({place: [1, expected]})

    def flush(self) -> None:
        """Write what was counted; on an error it is kept for the next time."""
        with self._lock:
            taken, self._waiting = self._waiting, {}
        if not taken:
            return
        try:
            with self._database.write() as connection:
                for (watchlist, camera_id, minute), (tracks, expected) in sorted(taken.items()):
                    new = insert_into(connection, passage).values(
                        watchlist=watchlist,
                        camera_id=camera_id,
                        minute=minute,
                        tracks=int(tracks),
                        expected=expected,
                    )
                    connection.execute(
                        new.on_conflict_do_update(
                            index_elements=["watchlist", "camera_id", "minute"],
                            set_={
                                "tracks": passage.c.tracks + new.excluded.tracks,
                                "expected": passage.c.expected + new.excluded.expected,
                            },
                        )
                    )
        except BaseException:
            with self._lock:
                self._merge(taken)
            raise

    def totals(self, since: datetime, until: datetime) -> list[Expectation]:
        """Return the sums of the minutes from that of `since` to before `until`."""
        self.flush()
        with self._database.read() as connection:
            rows = connection.execute(
                select(
                    passage.c.camera_id,
                    passage.c.watchlist,
                    func.sum(passage.c.tracks).label("tracks"),
                    func.sum(passage.c.expected).label("expected"),
                )
                .where(
                    passage.c.minute >= since.replace(second=0, microsecond=0),
                    passage.c.minute < until,
                )
                .group_by(passage.c.camera_id, passage.c.watchlist)
                .order_by(passage.c.camera_id, passage.c.watchlist)
            ).all()
        return [
            Expectation(row.camera_id, row.watchlist, int(row.tracks), float(row.expected))
            for row in rows
        ]

    def traffic(self, cameras: Sequence[str], since: datetime) -> dict[str, int]:
        """Return the tracks of each camera since then that were looked at, by camera.

        A track counts once, however many lists it was compared with.
        """
        self.flush()
        by_list = (
            select(passage.c.camera_id, func.sum(passage.c.tracks).label("tracks"))
            .where(passage.c.minute >= since, passage.c.camera_id.in_(cameras))
            .group_by(passage.c.camera_id, passage.c.watchlist)
            .subquery()
        )
        with self._database.read() as connection:
            rows = connection.execute(
                select(by_list.c.camera_id, func.max(by_list.c.tracks).label("tracks")).group_by(
                    by_list.c.camera_id
                )
            ).all()
        return {row.camera_id: int(row.tracks) for row in rows}

    def _merge(self, more: dict[Place, list[float]]) -> None:
        for place, counted in more.items():
            known = self._waiting.setdefault(place, [0, 0.0])
            for column, value in enumerate(counted):
                known[column] += value
