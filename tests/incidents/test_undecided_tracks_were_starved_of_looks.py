"""A track above its threshold that needed more looks, or a clearer lead, was given none.

Reaching the threshold counted as having alerted, so the gate went over to one look in two seconds:
with `min_looks: 3` an alert came four seconds late, or never when the person had walked by.
"""

import pytest

from facewarden.assess.gate import GateVerdict, LookGate
from facewarden.data import Decision, Verdict
from facewarden.decide.evidence import Evidence
from factories import NOW, after


@pytest.mark.parametrize("verdict", [Verdict.MORE_LOOKS_NEEDED, Verdict.TOO_CLOSE])
@pytest.mark.parametrize("alerted_elsewhere", [False, True])
def test_what_more_looks_could_settle_is_worth_every_look(
    verdict: Verdict, alerted_elsewhere: bool
) -> None:
    evidence = Evidence("gate", 1, NOW, NOW, looks=1, best_quality=0.5, last_look_at=NOW)
    evidence.decisions["missing"] = Decision(verdict, "missing", 1, 1, 0.5, 0.4, 0.01, 1)
    if alerted_elsewhere:
        evidence.decisions["barred"] = Decision(Verdict.ALERT, "barred", 1, 1, 0.5, 0.3, 0.2, 1)
    judged = LookGate().judge(
        0.5,
        after(0.2),
        looks=evidence.looks,
        best_quality=evidence.best_quality,
        last_look_at=evidence.last_look_at,
        shortfall=evidence.shortfall,
    )
    assert judged is GateVerdict.WORTH
