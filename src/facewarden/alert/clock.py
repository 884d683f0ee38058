"""Two clocks for alerts: one to print, and one to schedule by that never goes back."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]
"""Returns an aware time in UTC."""


def utc_now() -> datetime:
    """Return this machine's time in UTC."""
    return datetime.now(UTC)


class ForwardClock:
    """Follows a wall clock, but keeps running when that is set back.

    A delivery that is due at 12:00:05 must not wait an hour because the machine's clock was set
    from 12:00 to 11:00 in between.
    """

    def __init__(self, wall: Clock, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._wall = wall
        self._monotonic = monotonic
        self._latest = wall()
        self._read_at_s = monotonic()

    def __call__(self) -> datetime:
        """Return the later of the wall clock and the last answer plus the time since."""
        read_at_s = self._monotonic()
        since = timedelta(seconds=max(0.0, read_at_s - self._read_at_s))
        self._latest = max(self._wall(), self._latest + since)
        self._read_at_s = read_at_s
        return self._latest
