"""How much was watched: counters per camera and minute, about nobody."""

import threading
import time
from collections.abc import Callable
from datetime import datetime
from typing import Final

from sqlalchemy import func, select

from facewarden.data.report import CameraActivity
from facewarden.store.database import Database, insert_into
from facewarden.store.tables import activity

COUNTERS: Final = (
    "watched_s",
    "down_s",
    "analysed",
    "dropped",
    "faces",
    "tracks",
    "rejected_before",
)
FLUSH_S: Final = 5.0  # a process that is killed loses at most this much of its counting


class Activity:
    """Adds up in memory and writes every few seconds, when asked for totals, and at the end.

    Args:
        monotonic: seconds that never run backwards; a test may pass another clock.
    """

    def __init__(
        self, database: Database, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._database = database
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._waiting: dict[tuple[str, datetime], list[float]] = {}
        self._flushed_at = monotonic()

    def add(
        self,
        camera_id: str,
        at: datetime,
        *,
        watched_s: float = 0.0,
        down_s: float = 0.0,
        analysed: int = 0,
        dropped: int = 0,
        faces: int = 0,
        tracks: int = 0,
        rejected_before: int = 0,
    ) -> None:
        """Count for the minute of `at` (UTC); times in seconds.

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
        minute = at.replace(second=0, microsecond=0)
        counted = [watched_s, down_s, analysed, dropped, faces, tracks, rejected_before]
        with self._lock:
            self._merge({(camera_id, minute): counted})

    def flush(self) -> None:
        """Write what was counted; on an error it is kept for the next time."""
        with self._lock:
            taken, self._waiting = self._waiting, {}
        if not taken:
            return
        try:
            with self._database.write() as connection:
                for (camera_id, minute), counted in sorted(taken.items()):
                    new = insert_into(connection, activity).values(
                        camera_id=camera_id,
                        minute=minute,
                        **dict(zip(COUNTERS, counted, strict=True)),
                    )
                    connection.execute(
                        new.on_conflict_do_update(
                            index_elements=["camera_id", "minute"],
                            set_={name: activity.c[name] + new.excluded[name] for name in COUNTERS},
                        )
                    )
        except BaseException:
            with self._lock:
                self._merge(taken)
            raise

    def totals(self, since: datetime, until: datetime) -> list[CameraActivity]:
        """Return the sums of the minutes from that of `since` to before `until`, by camera."""
        self.flush()
        sums = [func.sum(activity.c[name]).label(name) for name in COUNTERS]
        with self._database.read() as connection:
            rows = connection.execute(
                select(activity.c.camera_id, *sums)
                .where(
                    activity.c.minute >= since.replace(second=0, microsecond=0),
                    activity.c.minute < until,
                )
                .group_by(activity.c.camera_id)
                .order_by(activity.c.camera_id)
            ).all()
        return [
            CameraActivity(
                row.camera_id,
                float(row.watched_s),
                float(row.down_s),
                int(row.analysed),
                int(row.dropped),
                int(row.faces),
                int(row.tracks),
                int(row.rejected_before),
            )
            for row in rows
        ]

    def _merge(self, more: dict[tuple[str, datetime], list[float]]) -> None:
        for minute, counted in more.items():
            known = self._waiting.setdefault(minute, [0.0] * len(COUNTERS))
            for column, value in enumerate(counted):
                known[column] += value
