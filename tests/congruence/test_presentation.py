"""The figures of presentation attack detection against a second derivation, one by one."""

import math

import numpy as np
import pytest

from facewarden.evaluate.presentation import (
    APCERS,
    Presentations,
    equal_error_threshold,
    measure,
)
from reference import slow_presentation as slow

SPECIES = ("", "cut", "print", "replay")


def drawn(seed: int, size: int, steps: int) -> Presentations:
    """Random presentations; few steps make many equal scores."""
    random = np.random.default_rng(seed)
    kind = np.concatenate([np.arange(4), random.integers(0, 4, size)])
    score = random.normal(np.where(kind == 0, 0.8, 0.0) - 0.1 * kind, 0.7)
    score = np.round(score * steps) / steps
    score[random.random(len(score)) < 0.05] = np.nan
    score[:4] = [0.9, 0.1, 0.2, 0.3]
    return Presentations(
        score, tuple(SPECIES[k] for k in kind), random.integers(0, 12, len(score)).astype(np.int64)
    )


@pytest.mark.parametrize(("size", "steps"), [(8, 2), (60, 4), (400, 10), (400, 1_000_000)])
@pytest.mark.parametrize("seed", range(3))
def test_figures_are_those_counted_one_by_one(seed: int, size: int, steps: int) -> None:
    given = drawn(seed, size, steps)
    rows = list(zip(given.score.tolist(), given.species, strict=True))
    for threshold in (-0.3, 0.25, 0.5, float(given.score[0])):
        found = measure(given, threshold, replicates=2)
        for one in found.species:
            assert one.apcer.value == pytest.approx(slow.apcer(rows, one.name, threshold))
        assert found.bpcer.value == pytest.approx(slow.bpcer(rows, threshold))
        assert found.acer.value == pytest.approx(slow.acer(rows, threshold))
        assert found.hter.value == pytest.approx(
            (slow.pooled(rows, threshold) + slow.bpcer(rows, threshold)) / 2
        )
    counts = [sum(name == n and not math.isnan(s) for s, n in rows) for name in SPECIES[1:]]
    for rate, at in zip(APCERS, found.bpcer_at, strict=True):
        if min(counts) * rate >= 1 - 1e-9:
            assert at.value == pytest.approx(slow.bpcer_at(rows, rate))
        else:
            assert math.isnan(at.value)


@pytest.mark.parametrize(("size", "steps"), [(8, 2), (60, 4), (400, 10), (400, 1_000_000)])
@pytest.mark.parametrize("seed", range(3))
def test_no_threshold_brings_the_errors_nearer_together(seed: int, size: int, steps: int) -> None:
    given = drawn(seed, size, steps)
    rows = list(zip(given.score.tolist(), given.species, strict=True))
    threshold, rate = equal_error_threshold(given)
    gap = abs(slow.pooled(rows, threshold) - slow.bpcer(rows, threshold))
    assert gap == pytest.approx(slow.smallest_gap(rows), abs=1e-9)
    assert rate == pytest.approx((slow.pooled(rows, threshold) + slow.bpcer(rows, threshold)) / 2)
