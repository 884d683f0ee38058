"""A camera at 15 pictures a second whose time stamps advance by 10 ticks of 1/90,000 s a picture
was analysed once a second, however many pictures a second were asked for.
"""

import pytest

from facewarden.capture.due import DueFrames
from facewarden.capture.live_clock import LiveClock

FPS = 15


def analysed(stamps: list[float]) -> list[float]:
    """Return when the due pictures arrived, s."""
    clock, due, arrived_s, taken = LiveClock(), DueFrames(5), 1000.0, []
    for stamp_s in stamps:
        arrived_s += 1 / FPS
        if due.due(clock.captured(stamp_s, arrived_s)):
            taken.append(arrived_s)
    return taken


@pytest.mark.parametrize("tick_s", [10 / 90_000, 0.0, 0.3 / FPS])
def test_what_was_asked_for_is_analysed(tick_s: float) -> None:
    times = analysed([tick_s * number for number in range(60 * FPS)])
    late = [at_s for at_s in times if at_s > times[0] + 10]
    assert len(late) == pytest.approx(50 * 5, abs=3)


def test_a_clock_that_leaps_or_waits_stays_one() -> None:
    clock = LiveClock()
    arrived_s = 0.0
    for _ in range(10):  # a film in a loop, and a network that hangs for two seconds in each
        for number in range(10 * FPS):
            hung_s = 2.0 if number >= 5 * FPS else 0.0
            arrived_s += 1 / FPS + (2.0 if number == 5 * FPS else 0.0)
            clock.captured(number / FPS + hung_s, arrived_s)
    stamp_s = 10.0 - 1 / FPS + 2.0
    assert clock.captured(stamp_s + 0.1, arrived_s + 0.4) == pytest.approx(arrived_s + 0.1)
