"""The counters of a source, safe to read from any thread."""

import threading
from dataclasses import replace

from facewarden.capture.source import SourceState, SourceStats


class Tally:
    """Counts what a source does and what it is doing."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stats = SourceStats(SourceState.CONNECTING)

    def stats(self) -> SourceStats:
        """Return a consistent copy."""
        with self._lock:
            return self._stats

    def add(
        self,
        *,
        decoded: int = 0,
        delivered: int = 0,
        dropped: int = 0,
        reconnects: int = 0,
        watched_s: float = 0.0,
        down_s: float = 0.0,
    ) -> None:
        """Raise counters."""
        with self._lock:
            was = self._stats
            self._stats = replace(
                was,
                decoded=was.decoded + decoded,
                delivered=was.delivered + delivered,
                dropped=was.dropped + dropped,
                reconnects=was.reconnects + reconnects,
                watched_s=was.watched_s + watched_s,
                down_s=was.down_s + down_s,
            )

    def become(self, state: SourceState, *, problem: str | None = None) -> None:
        """Change the state, and the problem unless None."""
        with self._lock:
            words = self._stats.problem if problem is None else problem
            self._stats = replace(self._stats, state=state, problem=words)

    def expect(self, frames: int) -> None:
        """Set how many frames a recording will deliver."""
        with self._lock:
            self._stats = replace(self._stats, expected_frames=frames)
