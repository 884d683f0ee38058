"""From a budget to a threshold and back; the formulas against simulated strangers."""

import math

import numpy as np
import pytest

from facewarden.data.calibration import ImpostorTail
from facewarden.decide.budget import (
    FalseAlertBudget,
    InForce,
    by_budget,
    gallery_size,
    per_day,
)

TAIL = ImpostorTail(
    ((0.5, 0.1), (0.1, 0.2), (0.01, 0.3), (1e-3, 0.36)),
    scale=0.025,
    shape=-0.05,
    trusted_to=5e-6,
    looks=((1, 1.0), (12, 2.0)),
    references=((1, 1.0), (2, 1.4), (4, 1.9)),
)


@pytest.mark.parametrize(
    ("chances", "fmr"),
    [
        pytest.param(0, 3e-5, id="nobody"),
        pytest.param(2, 3e-5, id="a short list is held at the ceiling"),
        pytest.param(100, 1e-5, id="the budget is shared by the subjects"),
        pytest.param(1000, 1e-6, id="and by more"),
    ],
)
def test_rate_of_one_comparison(chances: float, fmr: float) -> None:
    assert FalseAlertBudget(1e-3).fmr(chances) == pytest.approx(fmr, rel=1e-3)


def test_a_chosen_budget_has_no_ceiling() -> None:
    assert FalseAlertBudget(0.01, most_fmr=1.0).fmr(1) == pytest.approx(0.01)


@pytest.mark.parametrize(
    ("alerts", "tracks", "fpir"),
    [
        pytest.param(1, 1000, 1e-3, id="one in a thousand"),
        pytest.param(5, 0, 0.5, id="no traffic"),
        pytest.param(900, 1000, 0.5, id="more than every other"),
    ],
)
def test_a_daily_budget(alerts: float, tracks: float, fpir: float) -> None:
    assert per_day(alerts, tracks).fpir == pytest.approx(fpir)


def test_subjects_with_several_references_count_more() -> None:
    assert gallery_size([1, 1, 0], TAIL) == 2
    assert gallery_size([4, 1], TAIL) == pytest.approx(2.9)
    assert gallery_size([8], TAIL) == pytest.approx(1.9 + 0.5)


def in_force(size: float, looks: int, fpir: float, shift: float = 0.0) -> InForce:
    return by_budget(
        FalseAlertBudget(fpir, most_fmr=1.0), size, looks, TAIL, follows="a test", shift=shift
    )


@pytest.mark.parametrize("size", [1, 10, 100])
@pytest.mark.parametrize("fpir", [1e-2, 1e-3])
def test_what_is_expected_is_the_budget(size: float, fpir: float) -> None:
    found = in_force(size, 12, fpir)
    assert found.fpir == pytest.approx(fpir, rel=1e-6)
    assert not found.problem


def test_simulated_strangers_alert_as_often_as_expected() -> None:
    random = np.random.default_rng(5)
    found = in_force(50, 1, 0.01)
    rates = random.random((20_000, 50))
    best = np.array([TAIL.similarity_at(rate) for rate in rates.min(axis=1).tolist()])
    assert (best >= found.threshold).mean() == pytest.approx(0.01, abs=0.0025)


def test_a_budget_beyond_the_calibration_takes_its_strictest_and_says_so() -> None:
    found = in_force(1_000_000, 12, 1e-4)
    assert found.fmr == pytest.approx(TAIL.reaches_to)
    assert found.fpir > 1e-4
    assert "would need a calibration down to a false match rate of 5" in found.problem


def test_a_threshold_below_the_lowest_tested_is_told() -> None:
    by_hand = InForce(0.2, "set by hand", 10, 12, TAIL)
    assert "below 0.300, the lowest that was tested" in by_hand.problem
    assert not InForce(0.45, "set by hand", 10, 12, TAIL).problem
    assert math.isnan(InForce(0.2, "set by hand", 10, 12, None).fpir)


def test_a_site_moves_threshold_and_expectation_together() -> None:
    plain, moved = in_force(10, 12, 1e-3), in_force(10, 12, 1e-3, 0.02)
    assert moved.threshold == pytest.approx(plain.threshold + 0.02)
    assert moved.fpir == pytest.approx(plain.fpir)


def test_three_of_four_strangers_exceed_the_ordinary_similarity() -> None:
    found = InForce(0.5, "set by hand", 40, 12, TAIL)
    fmr = TAIL.rate_at(found.ordinary(1))
    assert 1 - (1 - fmr) ** 40 == pytest.approx(0.75)
