"""What must hold of error rates of presentation attack detection, whatever the scores."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from facewarden.evaluate.presentation import (
    PresentationFigures,
    Presentations,
    equal_error_threshold,
    measure,
)

Row = tuple[float, str, int]
ROW = st.tuples(
    st.integers(-8, 8).map(float), st.sampled_from(["", "print", "replay"]), st.integers(0, 4)
)
BOTH: list[Row] = [(1.0, "", 0), (0.0, "print", 0)]
ROWS = st.lists(ROW, max_size=25).map(lambda rows: [*BOTH, *rows])


def of(rows: list[Row]) -> Presentations:
    score, species, subject = zip(*rows, strict=True)
    return Presentations(np.array(score), species, np.array(subject, np.int64))


def rates(found: PresentationFigures) -> list[float]:
    shares = (found.apcer, found.apcer_mean, found.apcer_pooled, found.bpcer, found.acer)
    return [one.value for one in (*shares, found.acer_mean, found.hter, found.deer)]


@given(ROWS, st.integers(-9, 9))
def test_rates_are_shares_and_the_worst_is_no_better_than_the_mean(
    rows: list[Row], limit: int
) -> None:
    found = measure(of(rows), limit + 0.5, replicates=2)
    assert all(0 <= rate <= 1 for rate in rates(found))
    assert found.apcer.value >= found.apcer_mean.value - 1e-12
    assert found.apcer.value >= found.apcer_pooled.value - 1e-12
    for one in (found.acer, found.bpcer, found.apcer):
        assert not one.has_interval or one.low <= one.high


@given(ROWS, st.integers(-9, 9))
def test_a_rising_change_of_all_scores_changes_no_rate(rows: list[Row], limit: int) -> None:
    """Scores have no unit: only their order counts."""
    bent = [(score**3 + 2 * score, species, subject) for score, species, subject in rows]
    at = limit + 0.5
    before = measure(of(rows), at, replicates=2)
    after = measure(of(bent), at**3 + 2 * at, replicates=2)
    assert np.allclose(rates(before), rates(after))
    assert np.isclose(equal_error_threshold(of(rows))[1], equal_error_threshold(of(bent))[1])


@given(ROWS, st.integers(-9, 9))
def test_a_higher_threshold_lets_fewer_pass_of_either_kind(rows: list[Row], limit: int) -> None:
    low, high = (measure(of(rows), limit + more, replicates=2) for more in (0.5, 1.5))
    assert high.apcer.value <= low.apcer.value
    assert high.bpcer.value >= low.bpcer.value


@given(ROWS)
def test_equal_errors_are_no_worse_than_chance_of_the_better_direction(rows: list[Row]) -> None:
    threshold, rate = equal_error_threshold(of(rows))
    found = measure(of(rows), threshold, replicates=2)
    assert np.isclose(rate, found.hter.value)
