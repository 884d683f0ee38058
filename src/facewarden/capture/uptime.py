"""Whether a camera is being watched, and for how long it was."""

import threading
from collections.abc import Callable
from dataclasses import replace

from facewarden.capture.source import SourceState, SourceStats


class Uptime:
    """Counts pictures and time of a live source; a silent camera counts as down by itself.

    Args:
        monotonic: seconds.
        stall_timeout_s: so long without a picture means down, whatever the reading thread thinks.
    """

    def __init__(self, monotonic: Callable[[], float], stall_timeout_s: float) -> None:
        self._monotonic = monotonic
        self._stall_timeout_s = stall_timeout_s
        self._lock = threading.Lock()
        self._stats = SourceStats(SourceState.CONNECTING)
        self._counted_s = monotonic()
        self._picture_s = self._counted_s
        self._connected = False
        self._seen = False

    def stats(self) -> SourceStats:
        """Return a consistent copy, counted up to now."""
        with self._lock:
            self._count()
            return self._stats

    def add(self, *, delivered: int = 0, dropped: int = 0) -> None:
        """Raise counters."""
        with self._lock:
            was = self._stats
            self._stats = replace(
                was, delivered=was.delivered + delivered, dropped=was.dropped + dropped
            )

    def picture(self) -> None:
        """Note a decoded picture: the camera is being watched."""
        with self._lock:
            self._count()
            was = self._stats
            back = self._seen and not self._connected
            self._stats = replace(
                was,
                state=SourceState.WATCHING,
                decoded=was.decoded + 1,
                reconnects=was.reconnects + back,
                problem="",
            )
            self._picture_s = self._counted_s
            self._connected = self._seen = True

    def down(self, problem: str) -> None:
        """Note that the connection failed or broke."""
        with self._lock:
            self._count()
            self._connected = False
            self._stats = replace(self._stats, state=SourceState.DOWN, problem=problem)

    def end(self) -> None:
        """Note that nobody reads any more; time stops."""
        with self._lock:
            self._count()
            self._stats = replace(self._stats, state=SourceState.ENDED)

    def _count(self) -> None:
        """Add the time since the last count to what the state then was."""
        now_s, was = self._monotonic(), self._stats
        watched_s = 0.0
        if was.state is SourceState.WATCHING:
            silent_from_s = self._picture_s + self._stall_timeout_s
            watched_s = max(0.0, min(now_s, silent_from_s) - self._counted_s)
            if now_s > silent_from_s:
                self._stats = was = replace(
                    was, state=SourceState.DOWN, problem="no picture has come for too long"
                )
        if was.state is not SourceState.ENDED:
            self._stats = replace(
                was,
                watched_s=was.watched_s + watched_s,
                down_s=was.down_s + (now_s - self._counted_s) - watched_s,
            )
        self._counted_s = now_s
