import numpy as np
import pytest

from facewarden.errors import DataError
from facewarden.evaluate.trade_off import TradeOff


def test_a_threshold_lets_no_more_than_its_rate_pass() -> None:
    unwanted = np.linspace(-1, 0.5, 1000)
    trade_off = TradeOff(np.array([0.6]), unwanted)
    for rate in (0.001, 0.01, 0.1):
        threshold = trade_off.threshold_at(rate)
        assert (unwanted >= threshold).mean() == pytest.approx(rate)


def test_equal_scores_pass_together_or_not_at_all() -> None:
    trade_off = TradeOff(np.array([0.5, 0.7]), np.array([0.5] * 50 + [0.1] * 50))
    assert trade_off.threshold_at(0.1) > 0.5
    assert trade_off.accepted_at((0.1,)) == pytest.approx([0.5])


@pytest.mark.parametrize(("count", "rate", "shown"), [(1000, 1e-3, True), (999, 1e-3, False)])
def test_a_rate_below_one_comparison_is_no_figure(count: int, rate: float, shown: bool) -> None:
    trade_off = TradeOff(np.ones(3), np.zeros(count))
    assert bool(np.isfinite(trade_off.accepted_at((rate,))[0])) is shown


def test_scores_that_part_entirely() -> None:
    trade_off = TradeOff(np.array([0.8, 0.9]), np.array([0.1, 0.2]))
    assert trade_off.equal_error() == 0
    assert trade_off.area() == 1
    false, true = trade_off.curve()
    assert false[0] == 0.5
    assert true[0] == 1


def test_scores_the_wrong_way_round() -> None:
    trade_off = TradeOff(np.array([0.1, 0.2]), np.array([0.8, 0.9]))
    assert trade_off.area() == 0
    assert trade_off.equal_error() == pytest.approx(1)


@pytest.mark.parametrize("wrong", [np.nan, np.inf])
def test_scores_of_a_broken_template_are_refused(wrong: float) -> None:
    with pytest.raises(DataError, match=r"1 NaN or infinite of 2"):
        TradeOff(np.array([0.1, wrong]), np.array([0.2]))
    with pytest.raises(DataError, match="unwanted"):
        TradeOff(np.array([0.1]), np.array([wrong, 0.2]))


def test_nothing_that_should_match_is_no_figure() -> None:
    trade_off = TradeOff(np.zeros(0), np.linspace(0, 1, 100))
    assert np.isnan(trade_off.accepted_at((0.1,))).all()
    assert np.isnan(trade_off.equal_error())
    assert np.isnan(trade_off.area())
