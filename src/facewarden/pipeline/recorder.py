"""Writes what was found, on a thread of its own, so that no camera ever waits for a disk."""

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from facewarden.data import Alert, AlertLook, Snapshot, Templates
from facewarden.data.sighting import Sighting
from facewarden.errors import StoreError
from facewarden.pipeline.passing import Passage

log = logging.getLogger("facewarden.recorder")


@dataclass(frozen=True, slots=True)
class ActivityCount:
    """What a camera did since the last count; nothing about anybody."""

    camera_id: str
    at: datetime
    watched_s: float
    down_s: float
    analysed: int
    dropped: int
    faces: int
    tracks: int
    rejected_before: int = 0


class AlertLog(Protocol):
    """Where alerts and their deliveries are committed together."""

    def record(
        self,
        alert: Alert,
        sinks: Sequence[str],
        probe: Templates | None = None,
        looks: Sequence[AlertLook] = (),
        strip: Snapshot | None = None,
    ) -> None:
        """Commit one revision of an alert; the same one twice is one. A held one goes to no sink.

        `probe`, (1, d), is what was compared; sealed, for a later rejection. `looks` are the best
        of the track so far; sealed, for whoever compares pictures. `strip` is what presentation
        attack detection looked at; sealed likewise.
        """
        ...

    def keep_looks(self, alert_id: str, looks: Sequence[AlertLook]) -> None:
        """Make these the looks of an alert whose track has ended."""
        ...

    def touch(self, alert_id: str, last_seen_at: datetime) -> None:
        """Move an alert's last sight forward in time; never back."""
        ...


class SightingLog(Protocol):
    """Where sightings of enrolled people are kept."""

    def record(self, sighting: Sighting) -> None:
        """Insert the sighting, or bring the one with its id up to date."""
        ...


class ActivityLog(Protocol):
    """Where anonymous counters are kept."""

    def add(
        self,
        camera_id: str,
        at: datetime,
        *,
        watched_s: float,
        down_s: float,
        analysed: int,
        dropped: int,
        faces: int,
        tracks: int,
        rejected_before: int,
    ) -> None:
        """Add to the counters of a camera at a time."""
        ...


class Recorder:
    """A queue in memory in front of the store.

    When the store cannot be written (disk full, locked) the queue keeps everything, says so once,
    and tries again until it can. What does not fit any more is counted and said, never silent.

    Args:
        passed: counts a track that could have alerted.
        likened: counts how alike to the list a track was that raised no alert.

    Attributes:
        problem: why the store cannot be written now, in one line; empty while it can.
        lost: records that were not written and never will be.
    """

    def __init__(
        self,
        alerts: AlertLog,
        sightings: SightingLog,
        activity: ActivityLog,
        *,
        sinks_of: Callable[[str], Sequence[str]],
        recorded: Callable[[Alert], None],
        passed: Callable[[Passage], None] = lambda _: None,
        likened: Callable[[Passage], None] = lambda _: None,
        capacity: int = 10_000,
        retry_s: float = 1.0,
    ) -> None:
        self._alerts = alerts
        self._sightings = sightings
        self._activity = activity
        self._sinks_of = sinks_of
        self._recorded = recorded
        self._passed = passed
        self._likened = likened
        self._capacity = capacity
        self._retry_s = retry_s
        self._queue: deque[Callable[[], None]] = deque()
        self._changed = threading.Condition()
        self._stopping = False
        self._thread = threading.Thread(target=self._work, name="recorder", daemon=True)
        self.problem = ""
        self.lost = 0

    def start(self) -> None:
        """Begin writing."""
        self._thread.start()

    def alert(
        self,
        alert: Alert,
        probe: Templates | None = None,
        looks: Sequence[AlertLook] = (),
        strip: Snapshot | None = None,
    ) -> None:
        """Queue one revision of an alert, what was compared, (1, d), and the looks so far.

        `strip` is what presentation attack detection looked at, as one picture.
        """

        def write() -> None:
            self._alerts.record(alert, self._sinks_of(alert.watchlist), probe, looks, strip)
            self._recorded(alert)

        self._put(write)

    def looks(self, alert_id: str, looks: Sequence[AlertLook]) -> None:
        """Queue the looks of an alert whose track has ended."""
        self._put(lambda: self._alerts.keep_looks(alert_id, looks))

    def sighting(self, sighting: Sighting) -> None:
        """Queue a sighting; its alert is as recent as the sighting, also after a restart."""

        def write() -> None:
            self._sightings.record(sighting)
            if sighting.alert_id:
                self._alerts.touch(sighting.alert_id, sighting.last_seen_at)

        self._put(write)

    def activity(self, count: ActivityCount) -> None:
        """Queue a camera's counters."""
        self._put(
            lambda: self._activity.add(
                count.camera_id,
                count.at,
                watched_s=count.watched_s,
                down_s=count.down_s,
                analysed=count.analysed,
                dropped=count.dropped,
                faces=count.faces,
                tracks=count.tracks,
                rejected_before=count.rejected_before,
            )
        )

    def passage(self, passage: Passage) -> None:
        """Queue what an ended track adds to the counts; each is tried again by itself."""
        self._put(lambda: self._passed(passage))
        if passage.place is not None:
            self._put(lambda: self._likened(passage))

    @property
    def waiting(self) -> int:
        """Records that are not written yet."""
        return len(self._queue)

    def flush(self, timeout_s: float) -> bool:
        """Wait until everything is written; False when time ran out."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._queue, timeout_s)

    def stop(self, timeout_s: float) -> bool:
        """Write what is queued, then stop; False when something could not be written in time."""
        done = self.flush(timeout_s)
        with self._changed:
            self._stopping = True
            if not done:
                log.error("stopping, %d records could not be written", len(self._queue))
            self._changed.notify_all()
        self._thread.join(timeout_s)
        return done

    def _put(self, write: Callable[[], None]) -> None:
        with self._changed:
            if len(self._queue) >= self._capacity:
                self.lost += 1
                log.error("the store has been unwritable for too long: %d records lost", self.lost)
                return
            self._queue.append(write)
            self._changed.notify_all()

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._queue or self._stopping)
                if self._stopping:
                    return
                write = self._queue[0]
            if self._written(write):
                with self._changed:
                    self._queue.popleft()
                    self._changed.notify_all()

    def _written(self, write: Callable[[], None]) -> bool:
        try:
            write()
        except StoreError as error:
            if not self.problem:
                log.error("%s; kept in memory, trying again", error)  # noqa: TRY400
            self.problem = str(error)
            with self._changed:
                self._changed.wait_for(lambda: self._stopping, self._retry_s)
            return False
        except Exception:
            # A record that can never be written must not hold all others back.
            log.exception("a record could not be written and was dropped")
            self.lost += 1
        if self.problem:
            log.warning("the store can be written again")
            self.problem = ""
        return True
