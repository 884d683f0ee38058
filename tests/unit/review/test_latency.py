"""Percentiles by nearest rank."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facewarden.review.latency import Latency, steps

CASES: dict[str, tuple[list[float], tuple[float, float, float]]] = {
    "one": ([0.4], (0.4, 0.4, 0.4)),
    "two": ([2, 1], (1, 2, 2)),
    "a hundred": ([*range(100, 0, -1)], (50, 95, 99)),
    "a clock that went back": ([-1, 3], (-1, 3, 3)),
}


@pytest.mark.parametrize("case", CASES)
def test_percentiles(case: str) -> None:
    seconds, wanted = CASES[case]
    latency = Latency.of(seconds)
    assert (latency.p50_s, latency.p95_s, latency.p99_s) == wanted
    assert latency.count == len(seconds)


def test_nothing_measured_is_no_number() -> None:
    assert math.isnan(Latency().p50_s)
    assert Latency().count == 0


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=200), st.floats(0, 100))
def test_numpy_agrees(seconds: list[float], percent: float) -> None:
    wanted = np.percentile(seconds, percent, method="inverted_cdf")
    found = Latency.of(seconds).percentile(percent)
    assert found in seconds
    # Where the rank is a whole number but for rounding, the neighbour is as good an answer.
    ranks = np.searchsorted(np.sort(seconds), [found, wanted], side="left")
    assert found == wanted or abs(int(ranks[0]) - int(ranks[1])) <= seconds.count(
        min(found, wanted)
    )


def test_steps_are_named() -> None:
    named = dict(steps(Latency.of([1.0]), {"mqtt": Latency.of([2.0])}))
    assert list(named) == ["seen to decided", "decided to mqtt"]
