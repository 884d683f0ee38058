import pytest

from facewarden.data import Decision, Verdict
from facewarden.decide.evidence import Evidence
from factories import NOW

CASES = {
    "no look yet": ([], float("inf")),
    "below": ([(Verdict.BELOW_THRESHOLD, 0.3, 0.45)], 0.15),
    "alerted": ([(Verdict.ALERT, 0.5, 0.45)], 0.0),
    "held back by a quiet period": ([(Verdict.QUIET_PERIOD, 0.5, 0.45)], 0.0),
    "the nearest of two watchlists": (
        [(Verdict.BELOW_THRESHOLD, 0.3, 0.4), (Verdict.BELOW_THRESHOLD, 0.3, 0.6)],
        0.1,
    ),
    "alerted on one, near on the other": (
        [(Verdict.ALERT, 0.5, 0.45), (Verdict.BELOW_THRESHOLD, 0.5, 0.55)],
        0.05,
    ),
}


def evidence_with(decisions: list[tuple[Verdict, float, float]]) -> Evidence:
    evidence = Evidence("gate", 1, NOW, NOW)
    for i, (verdict, similarity, threshold) in enumerate(decisions):
        evidence.decisions[f"list {i}"] = Decision(
            verdict, f"list {i}", 1, 1, similarity, threshold, 0.1, 1
        )
    return evidence


@pytest.mark.parametrize(("decisions", "expected"), CASES.values(), ids=CASES)
def test_shortfall(decisions: list[tuple[Verdict, float, float]], expected: float) -> None:
    assert evidence_with(decisions).shortfall == pytest.approx(expected)
