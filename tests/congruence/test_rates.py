import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from facewarden.evaluate.trade_off import TradeOff
from reference import slow_rates

# Few different scores, so that many are equal; weights as a bootstrap draws them.
SCORES = st.lists(
    st.tuples(st.integers(-10, 10).map(lambda n: n / 10), st.integers(0, 3)),
    min_size=1,
    max_size=25,
)


@settings(max_examples=300, deadline=None)
@given(wanted=SCORES, unwanted=SCORES, rate=st.sampled_from([0.04, 0.1, 0.25, 0.5, 0.9]))
def test_rates_are_what_their_definitions_say(
    wanted: list[tuple[float, int]], unwanted: list[tuple[float, int]], rate: float
) -> None:
    for scores in (wanted, unwanted):
        assume(sum(weight for _, weight in scores))
    (w, w_weight), (u, u_weight) = (np.array(scores, float).T for scores in (wanted, unwanted))
    trade_off = TradeOff(w, u)

    (accepted,) = trade_off.accepted_at((rate,), w_weight, u_weight)
    if trade_off.can_show(rate):
        assert accepted == pytest.approx(slow_rates.accepted_at(rate, wanted, unwanted))
    else:
        assert np.isnan(accepted)
    assert trade_off.area(w_weight, u_weight) == pytest.approx(slow_rates.area(wanted, unwanted))
    low, high = slow_rates.equal_error(wanted, unwanted)
    assert low - 1e-9 <= trade_off.equal_error(w_weight, u_weight) <= high + 1e-9
