"""The rule that adds a second model's opinion, and that it keeps the first one's budget."""

import math
from dataclasses import replace
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facewarden.data.calibration import ImpostorTail
from facewarden.decide.second_opinion import SecondOpinionRule
from facewarden.errors import DataError

# Two models with impostor similarities of unlike spread, as SFace and dlib have.
BODY = (0.5, 0.1, 0.01, 0.001)
Z = {0.5: 0.0, 0.1: 1.2816, 0.01: 2.3263, 0.001: 3.0902}
FIRST = ImpostorTail(tuple((r, 0.09 + 0.09 * Z[r]) for r in BODY), 0.026, 0.0, 1e-5)
SECOND = ImpostorTail(tuple((r, 0.75 + 0.04 * Z[r]) for r in BODY), 0.011, 0.0, 1e-5)
RULE = SecondOpinionRule(FIRST, SECOND)
THRESHOLD = FIRST.similarity_at(3e-5)


@pytest.mark.parametrize(
    ("first", "asked"),
    [(-0.06, False), (-0.05, True), (0.0, True), (0.05, True), (0.06, False)],
)
def test_who_is_asked_about(first: float, asked: bool) -> None:
    assert RULE.asks(THRESHOLD + first + 1e-9, THRESHOLD) is asked


@pytest.mark.parametrize(
    ("case", "first", "second", "matches"),
    [
        ("both near, both sure", -0.03, 0.92, True),
        ("first just above, second like strangers", 0.01, 0.75, False),
        ("first just above, second sure", 0.01, 0.95, True),
        ("first far below: not asked", -0.2, 0.99, False),
        ("first far above: not asked", 0.1, 0.0, True),
    ],
)
def test_what_both_say(case: str, first: float, second: float, matches: bool) -> None:
    together = RULE.together(THRESHOLD + first, second, THRESHOLD)
    assert (together >= THRESHOLD) is matches, case
    if not RULE.asks(THRESHOLD + first, THRESHOLD):
        assert together == THRESHOLD + first


similarities = st.floats(-1, 1)


@settings(max_examples=60, deadline=None)
@given(first=similarities, second=similarities, more=st.floats(0, 0.5), fmr=st.floats(1e-7, 1e-2))
def test_more_alike_is_never_less(first: float, second: float, more: float, fmr: float) -> None:
    threshold = FIRST.similarity_at(fmr)
    together = RULE.together(first, second, threshold)
    assert -1 <= together <= 1
    assert RULE.together(first, min(1.0, second + more), threshold) >= together
    higher = min(1.0, first + more)
    if RULE.asks(first, threshold) == RULE.asks(higher, threshold):
        assert RULE.together(higher, second, threshold) >= together
    line = RULE.line(threshold)
    assert math.isfinite(line)


@pytest.mark.parametrize("fmr", [1e-2, 1e-3, 1e-4])
def test_the_budget_holds_for_strangers_whose_scores_depend(fmr: float) -> None:
    """Simulated: impostors as the rule takes them to be, drawn by their normal scores."""
    rng = np.random.default_rng(3)
    threshold, count = FIRST.similarity_at(fmr), 4_000_000
    # Only those that can matter are drawn: the tail above the band's lower end.
    bottom = FIRST.rate_at(RULE.band(threshold)[0])
    rates = rng.uniform(0, bottom, round(count * bottom))
    firsts = [FIRST.similarity_at(float(rate)) for rate in rates[:20_000]]
    scale = len(firsts) / (len(rates) / count)
    line = RULE.line(threshold)
    accepted = 0
    for similarity, rate in zip(firsts, rates, strict=False):
        z1 = -_normal(float(rate))
        z2 = RULE.dependence * z1 + RULE.spread * rng.standard_normal()
        alone = RULE.sure(similarity, threshold)
        accepted += alone or (RULE.asks(similarity, threshold) and z1 + RULE.weight * z2 >= line)
    expected = fmr * scale
    assert abs(accepted - expected) < 4 * math.sqrt(expected) + 0.02 * expected


def _normal(rate: float) -> float:
    return NormalDist().inv_cdf(rate)


def test_models_that_depend_more_are_believed_less() -> None:
    lines = [replace(RULE, dependence=rho).line(THRESHOLD) for rho in (0.0, 0.3, 0.6, 0.9)]
    assert lines == sorted(lines)


def test_a_second_model_without_weight_would_change_nothing() -> None:
    faint = replace(RULE, weight=1e-3)
    for step in (-0.05, -0.01, 0.01, 0.04):
        together = faint.together(THRESHOLD + step, 0.8, THRESHOLD)
        assert together == pytest.approx(THRESHOLD + step, abs=0.003)


@pytest.mark.parametrize("changes", [{"weight": 0.0}, {"spread": 0.0}, {"factor": 1.0}])
def test_a_rule_without_weight_spread_or_band_is_refused(changes: dict[str, float]) -> None:
    with pytest.raises(DataError, match="above"):
        SecondOpinionRule(FIRST, SECOND, **changes)
