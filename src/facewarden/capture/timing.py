"""The clocks a source lives by, in one place so that tests can turn them."""

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime


def utc_now() -> datetime:
    """Return this machine's wall-clock time, aware, UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Timing:
    """Clocks, waiting and chance.

    Attributes:
        monotonic: seconds; paces and measures, since wall clocks jump.
        now: UTC; only ever written into frames.
        wait: waits for an event for at most so many seconds; True if the event was set.
        chance: uniform in [0, 1); spreads reconnects.
    """

    monotonic: Callable[[], float] = time.monotonic
    now: Callable[[], datetime] = utc_now
    wait: Callable[[threading.Event, float], bool] = threading.Event.wait
    chance: Callable[[], float] = random.random
