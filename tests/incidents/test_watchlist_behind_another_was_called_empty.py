"""With two watchlists, `explain` said of the farther one that nobody on it can match.

The search gives the five nearest subjects of all watchlists. When all five were on one list, the
other was reported as `nobody enrolled`, which sends an operator looking for a lost enrolment.
"""

from datetime import datetime, timedelta

import pytest

from facewarden.data import NOBODY, Verdict
from facewarden.decide.decider import Decider, DecisionRule
from facewarden.decide.evidence import Evidence
from facewarden.decide.memory import RecentAlerts
from facewarden.decide.trace import trace
from factories import NOW, candidates


class NothingWritten:
    def latest(
        self, subject_id: int, watchlist: str, camera_id: str
    ) -> tuple[str, datetime] | None:
        return None


@pytest.mark.parametrize(
    ("nearer", "verdict", "sentence"),
    [
        (5, Verdict.BELOW_THRESHOLD, "missing: below threshold, nobody of this watchlist is among"),
        (4, Verdict.NOBODY_ENROLLED, "missing: nobody on this watchlist can match"),
    ],
    ids=["five nearer", "everybody was looked at"],
)
def test_verdict_and_sentence(nearer: int, verdict: Verdict, sentence: str) -> None:
    evidence = Evidence("gate", 1, NOW, NOW, looks=1)
    decider = Decider(DecisionRule(), RecentAlerts(NothingWritten(), timedelta(minutes=1)))
    others = range(10, 10 + nearer)
    (decision,) = decider.decide(
        evidence,
        candidates(*[(subject_id, 0.3) for subject_id in others], k=5),
        candidates(k=1),
        thresholds={"missing": 0.4},
        memberships=dict.fromkeys(others, ("barred",)),
        now=NOW,
    )
    assert (decision.verdict, decision.subject_id) == (verdict, NOBODY)
    assert trace(evidence, str).answer[0].startswith(sentence)
