import random
from datetime import timedelta

import pytest

from facewarden.alert.backoff import Backoff
from facewarden.alert.clock import ForwardClock
from unit.alert.samples import NOON


def test_waits_grow_from_half_a_second_to_a_minute() -> None:
    backoff = Backoff(chance=random.Random(1))
    for failures in range(1, 30):
        whole = min(60.0, 0.5 * 2 ** (failures - 1))
        wait_s = backoff.delay_s(failures)
        assert max(0.5, whole / 2) <= wait_s <= whole
    assert 30 <= backoff.delay_s(10**9) <= 60


def test_waits_differ() -> None:
    backoff = Backoff(chance=random.Random(1))
    assert len({backoff.delay_s(8) for _ in range(20)}) == 20


@pytest.mark.parametrize(
    ("jump_s", "expected_s"),
    [(0, 0), (5, 5), (3600, 3600), (-3600, 2)],
    ids=["still", "runs", "set forward", "set back: runs on"],
)
def test_a_clock_that_never_goes_back(jump_s: float, expected_s: float) -> None:
    wall, monotonic = [NOON], [100.0]
    clock = ForwardClock(lambda: wall[0], lambda: monotonic[0])
    assert clock() == NOON
    wall[0] += timedelta(seconds=jump_s)
    monotonic[0] += 2 if jump_s < 0 else 0
    assert clock() == NOON + timedelta(seconds=expected_s)
