import math

import pytest

from facewarden.decide.budget import FalseAlertBudget


@pytest.mark.parametrize(
    ("subjects", "fmr"),
    [
        pytest.param(0, 3e-5, id="nobody"),
        pytest.param(2, 3e-5, id="a short list is held at the ceiling"),
        pytest.param(100, 1e-5, id="the budget is shared by the subjects"),
        pytest.param(1000, 1e-6, id="down to what calibration can show"),
        pytest.param(1_000_000, 1e-6, id="and no further"),
    ],
)
def test_rate_of_one_comparison(subjects: int, fmr: float) -> None:
    assert FalseAlertBudget(1e-3).fmr(subjects) == pytest.approx(fmr)


def test_longer_lists_and_smaller_budgets_need_more_similarity() -> None:
    def similarity_at(fmr: float) -> float:
        return -math.log10(fmr) / 10

    by_size = [FalseAlertBudget(1e-3).threshold(n, similarity_at) for n in (10, 100, 1000)]
    by_budget = [FalseAlertBudget(f).threshold(100, similarity_at) for f in (1e-2, 1e-3, 1e-4)]
    assert by_size == sorted(by_size)
    assert by_budget == sorted(by_budget)
