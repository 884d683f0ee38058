"""An only subject's alert said "1.985 above the next subject", though there was none.

Nobody counted as similarity -1, so that the margin was the similarity and 1.
"""

import pytest

from facewarden.alert.wording import facts, lead
from facewarden.decide.decider import DecisionRule
from unit.alert.samples import make_alert
from unit.decide.test_decider import Scene

CASES: dict[str, tuple[list[tuple[int, float]], float]] = {
    "nobody else": ([(1, 0.985)], 0.985),
    "somebody less than not alike": ([(1, 0.985), (2, -0.1)], 0.985),
    "somebody alike": ([(1, 0.985), (2, 0.2)], 0.785),
}


@pytest.mark.parametrize("case", CASES)
def test_the_margin_is_at_most_the_similarity(case: str) -> None:
    nearest, margin = CASES[case]
    decision = Scene(DecisionRule()).one(*nearest)
    assert decision.margin == pytest.approx(margin, abs=1e-6)
    said = lead(make_alert(similarity=decision.similarity, margin=decision.margin))
    if case == "somebody alike":
        assert said == "0.785 above the next subject"
    else:
        assert said == "no other subject is alike at all"


def test_an_alert_stored_before_the_mending_reads_right_too() -> None:
    rows = dict(facts(make_alert(similarity=0.985, margin=1.985)))
    assert rows["Runner-up"] == "no other subject is alike at all"
