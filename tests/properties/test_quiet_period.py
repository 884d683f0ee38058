from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from facewarden.data import Verdict
from facewarden.decide.decider import Decider, DecisionRule
from facewarden.decide.evidence import Evidence
from facewarden.decide.memory import RecentAlerts
from factories import NOW, after, candidates
from reference.slow_quiet_period import Sufficient, alerts

QUIET_S = 60.0
THRESHOLD = 0.4
MEMBERSHIPS = {1: ("missing", "barred"), 2: ("missing",)}


class NothingWritten:
    def latest(
        self, subject_id: int, watchlist: str, camera_id: str
    ) -> tuple[str, datetime] | None:
        return None


LOOKS = st.lists(
    st.tuples(
        st.sampled_from(["gate", "yard"]),
        st.integers(1, 4),
        st.sampled_from([1, 2]),
        st.sampled_from([0.2, 0.39, 0.41, 0.6, 0.8]),
        # mostly forward, now and then a clock that is set back
        st.one_of(st.floats(0, 45), st.floats(0, 90), st.floats(-120, 0)),
    ),
    max_size=30,
)


@settings(max_examples=150, deadline=None)
@given(looks=LOOKS)
def test_never_two_alerts_within_a_quiet_period(
    looks: list[tuple[str, int, int, float, float]],
) -> None:
    recent = RecentAlerts(NothingWritten(), timedelta(seconds=QUIET_S))
    decider = Decider(DecisionRule(margin=0.0), recent)
    tracks: dict[tuple[str, int], Evidence] = {}
    sufficient: list[Sufficient] = []
    raised: list[int] = []
    at_s = 0.0
    for camera_id, track, subject_id, similarity, wait_s in looks:
        at_s = round(at_s + wait_s, 3)
        evidence = tracks.setdefault((camera_id, track), Evidence(camera_id, track, NOW, NOW))
        evidence.looks += 1
        evidence.last_seen_at = after(at_s)
        decisions = decider.decide(
            evidence,
            candidates((subject_id, similarity)),
            candidates(k=1),
            thresholds={"missing": THRESHOLD, "barred": THRESHOLD},
            memberships=MEMBERSHIPS,
            now=after(at_s),
        )
        for decision in decisions:
            if decision.subject_id == subject_id and similarity >= THRESHOLD:
                look = Sufficient(camera_id, track, decision.watchlist, subject_id, at_s)
                sufficient.append(look)
                if decision.verdict is Verdict.ALERT:
                    raised.append(len(sufficient) - 1)
    assert raised == alerts(sufficient, QUIET_S)
    ids = [r.alert_id for evidence in tracks.values() for r in evidence.raised.values()]
    assert len(ids) == len(set(ids)) == len(raised)
