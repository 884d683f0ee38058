from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from facewarden.data import NOBODY, AnchorMatch, Candidates, Decision, Opinion, Verdict
from facewarden.data.calibration import ImpostorTail
from facewarden.decide.decider import Decider, DecisionRule
from facewarden.decide.evidence import Evidence
from facewarden.decide.memory import RecentAlerts
from facewarden.decide.second_opinion import SecondOpinionRule
from factories import NOW, after, candidates

NONE = candidates(k=1)


class Written:
    """An AlertMemory over a dictionary, as the store would be after a restart."""

    def __init__(
        self, rows: dict[tuple[int, str, str], tuple[str, datetime]] | None = None
    ) -> None:
        self.rows = rows or {}

    def latest(
        self, subject_id: int, watchlist: str, camera_id: str
    ) -> tuple[str, datetime] | None:
        return self.rows.get((subject_id, watchlist, camera_id))


@dataclass
class Scene:
    """A decider, a camera and one track after another."""

    rule: DecisionRule = field(default_factory=DecisionRule)
    quiet_s: float = 60.0
    memory: Written = field(default_factory=Written)
    thresholds: Mapping[str, float] = field(default_factory=lambda: {"missing": 0.4})
    memberships: Mapping[int, tuple[str, ...]] = field(
        default_factory=lambda: {1: ("missing",), 2: ("missing",), 3: ("barred",)}
    )

    def __post_init__(self) -> None:
        self.ids: Iterator[str] = (f"alert-{n}" for n in range(1, 1000))
        self.anchors: dict[int, AnchorMatch] = {}
        self.restart()
        self.track()

    def restart(self) -> None:
        recent = RecentAlerts(self.memory, timedelta(seconds=self.quiet_s))
        self.decider = Decider(self.rule, recent, new_id=lambda: next(self.ids))

    def track(self, camera_id: str = "gate") -> Evidence:
        self.evidence = Evidence(camera_id, 1, NOW, NOW)
        return self.evidence

    def look(
        self,
        *nearest: tuple[int, float],
        at: float = 0.0,
        expired: Candidates = NONE,
        now: float | None = None,
    ) -> dict[str, Decision]:
        self.evidence.looks += 1
        self.evidence.last_seen_at = after(at)
        decisions = self.decider.decide(
            self.evidence,
            candidates(*nearest),
            expired,
            thresholds=self.thresholds,
            memberships=self.memberships,
            now=after(at if now is None else now),
            anchors=self.anchors,
        )
        assert [d.watchlist for d in decisions] == list(self.thresholds)
        assert self.evidence.decisions == {d.watchlist: d for d in decisions}
        return dict(self.evidence.decisions)

    def one(
        self, *nearest: tuple[int, float], at: float = 0.0, expired: Candidates = NONE
    ) -> Decision:
        (decision,) = self.look(*nearest, at=at, expired=expired).values()
        return decision


def test_the_first_sufficient_evidence_alerts() -> None:
    scene = Scene()
    assert scene.one((1, 0.39), (2, 0.1)).verdict is Verdict.BELOW_THRESHOLD
    decision = scene.one((1, 0.4), (2, 0.1))
    assert decision.verdict is Verdict.ALERT
    assert (decision.watchlist, decision.subject_id, decision.reference_id) == ("missing", 1, 100)
    assert (decision.alert_id, decision.revision, decision.looks) == ("alert-1", 1, 2)
    assert decision.threshold == 0.4
    assert decision.similarity == pytest.approx(0.4)
    assert decision.margin == pytest.approx(0.3)


@pytest.mark.parametrize(
    ("nearest", "rule", "expected"),
    [
        ([(1, 0.45), (2, 0.43)], DecisionRule(margin=0.03), Verdict.TOO_CLOSE),
        ([(1, 0.45), (2, 0.41)], DecisionRule(margin=0.03), Verdict.ALERT),
        ([(1, 0.45), (2, 0.45)], DecisionRule(margin=0.0), Verdict.ALERT),
        ([(1, 0.45)], DecisionRule(margin=0.5), Verdict.ALERT),
        ([(1, 0.55), (2, 0.55)], DecisionRule(margin=0.03, sure_above=0.1), Verdict.ALERT),
        ([(1, 0.49), (2, 0.49)], DecisionRule(margin=0.03, sure_above=0.1), Verdict.TOO_CLOSE),
        ([(1, 0.39), (2, 0.39)], DecisionRule(), Verdict.BELOW_THRESHOLD),
        ([(1, 0.45), (3, 0.44)], DecisionRule(margin=0.03), Verdict.TOO_CLOSE),
        ([(1, 0.45)], DecisionRule(min_looks=2), Verdict.MORE_LOOKS_NEEDED),
        ([], DecisionRule(), Verdict.NOBODY_ENROLLED),
        ([(3, 0.9)], DecisionRule(), Verdict.NOBODY_ENROLLED),
        ([(3, 0.9), (1, 0.45)], DecisionRule(), Verdict.TOO_CLOSE),
    ],
    ids=[
        "less than the margin above the runner-up",
        "more than the margin",
        "no margin wanted",
        "the only subject has no runner-up",
        "one person enrolled twice, well above the threshold",
        "two like people, hardly above it",
        "below the threshold the runner-up does not matter",
        "the runner-up may be on another watchlist",
        "a look too few",
        "an empty gallery",
        "somebody, but not on this watchlist",
        "somebody of another watchlist is nearer",
    ],
)
def test_one_look(nearest: list[tuple[int, float]], rule: DecisionRule, expected: Verdict) -> None:
    assert Scene(rule).one(*nearest).verdict is expected


def test_min_looks_counts_the_looks_of_the_track() -> None:
    scene = Scene(DecisionRule(min_looks=3))
    verdicts = [scene.one((1, 0.6), at=n).verdict for n in range(3)]
    assert verdicts == [Verdict.MORE_LOOKS_NEEDED, Verdict.MORE_LOOKS_NEEDED, Verdict.ALERT]


@pytest.mark.parametrize(
    ("similarity", "at", "expected"),
    [
        (0.521, 2.0, Verdict.UPDATE),
        (0.519, 2.0, Verdict.ALREADY_ALERTED),
        (0.521, 1.9, Verdict.ALREADY_ALERTED),
        (0.3, 5.0, Verdict.BELOW_THRESHOLD),
        (0.521, -2.0, Verdict.UPDATE),
    ],
    ids=["gained and waited", "gained too little", "too soon", "fell again", "clock set back"],
)
def test_updates(similarity: float, at: float, expected: Verdict) -> None:
    scene = Scene(DecisionRule(update_every_s=2.0, update_gain=0.02))
    assert scene.one((1, 0.5)).verdict is Verdict.ALERT
    decision = scene.one((1, similarity), at=at)
    assert decision.verdict is expected
    assert decision.alert_id == "alert-1"
    assert decision.revision == (2 if expected is Verdict.UPDATE else 0)


def test_revisions_count_up_and_compare_with_the_last_one_told() -> None:
    scene = Scene()
    told = [scene.one((1, s), at=3.0 * n) for n, s in enumerate([0.5, 0.55, 0.56, 0.58])]
    assert [d.revision for d in told] == [1, 2, 0, 3]


def test_close_owes_what_was_gained_too_soon() -> None:
    scene = Scene()
    scene.one((1, 0.5))
    scene.one((1, 0.6), at=0.5)
    (owed,) = scene.decider.close(scene.evidence, after(1))
    assert (owed.verdict, owed.alert_id, owed.revision) == (Verdict.UPDATE, "alert-1", 2)
    assert owed.similarity == pytest.approx(0.6)
    assert scene.evidence.raised["missing", 1].decided_at == after(1)


@pytest.mark.parametrize(
    "similarities",
    [[], [0.3], [0.5], [0.5, 0.51], [0.5, 0.6, 0.3]],
    ids=["no look", "no alert", "nothing since", "too little gained", "fell again"],
)
def test_close_owes_nothing(similarities: list[float]) -> None:
    scene = Scene()
    for n, similarity in enumerate(similarities):
        scene.one((1, similarity), at=n / 10)
    assert scene.decider.close(scene.evidence, after(9)) == []


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (59.9, Verdict.QUIET_PERIOD),
        (60.0, Verdict.ALERT),
        (-30.0, Verdict.QUIET_PERIOD),
        (-3600.0, Verdict.ALERT),
    ],
    ids=["within", "exactly at its end", "clock set back a little", "clock set back by an hour"],
)
@pytest.mark.parametrize("restarted", [False, True], ids=["", "after a restart"])
def test_the_quiet_period(at: float, expected: Verdict, restarted: bool) -> None:
    scene = Scene()
    first = scene.one((1, 0.6))
    if restarted:
        scene.memory.rows[1, "missing", "gate"] = (first.alert_id, NOW)
        scene.restart()
    scene.track()
    decision = scene.one((1, 0.6), at=at)
    assert decision.verdict is expected
    assert decision.alert_id == ("alert-1" if expected is Verdict.QUIET_PERIOD else "alert-2")


def test_the_quiet_period_is_of_one_camera() -> None:
    scene = Scene()
    scene.one((1, 0.6))
    scene.track("yard")
    assert scene.one((1, 0.6)).verdict is Verdict.ALERT


def test_a_track_that_turns_out_to_be_somebody_else_alerts_for_both() -> None:
    scene = Scene()
    scene.one((1, 0.45), (2, 0.2))
    decision = scene.one((2, 0.6), (1, 0.44), at=1)
    assert (decision.verdict, decision.subject_id) == (Verdict.ALERT, 2)


def test_a_subject_on_two_watchlists_needs_what_each_of_them_needs() -> None:
    scene = Scene(
        thresholds={"missing": 0.4, "barred": 0.6}, memberships={1: ("barred", "missing")}
    )
    found = scene.look((1, 0.5))
    assert found["missing"].verdict is Verdict.ALERT
    assert found["barred"].verdict is Verdict.BELOW_THRESHOLD
    found = scene.look((1, 0.7), at=0.5)
    assert found["missing"].verdict is Verdict.ALREADY_ALERTED
    assert found["barred"].verdict is Verdict.ALERT
    assert found["barred"].alert_id != found["missing"].alert_id
    (owed,) = scene.decider.close(scene.evidence, after(1))
    assert (owed.watchlist, owed.revision) == ("missing", 2)


def test_a_watchlist_that_the_camera_does_not_watch_is_not_decided_on() -> None:
    scene = Scene(memberships={1: ("barred", "missing"), 2: ("barred",)})
    assert set(scene.look((1, 0.6))) == {"missing"}
    scene.track()
    assert scene.one((2, 0.9), at=1).verdict is Verdict.NOBODY_ENROLLED


@pytest.mark.parametrize(
    ("nearest", "expired", "expected"),
    [
        ([], (5, 0.6), Verdict.EXPIRED),
        ([(1, 0.2)], (5, 0.6), Verdict.EXPIRED),
        ([(1, 0.2)], (5, 0.39), Verdict.BELOW_THRESHOLD),
        ([(1, 0.5)], (5, 0.9), Verdict.ALERT),
        ([(1, 0.2)], (6, 0.9), Verdict.BELOW_THRESHOLD),
    ],
    ids=[
        "nobody else",
        "instead of a stranger",
        "unlike the expired one too",
        "a subject that has not expired comes first",
        "expired on another watchlist",
    ],
)
def test_expired_subjects_are_named(
    nearest: list[tuple[int, float]], expired: tuple[int, float], expected: Verdict
) -> None:
    scene = Scene(memberships={1: ("missing",), 5: ("missing",), 6: ("barred",)})
    decision = scene.one(*nearest, expired=candidates(expired, k=1))
    assert decision.verdict is expected
    if expected is Verdict.EXPIRED:
        assert (decision.subject_id, decision.reference_id) == (5, 500)
        assert decision.similarity == pytest.approx(0.6)
        assert decision.threshold == 0.4
    assert decision.subject_id != 6


REJECTED = AnchorMatch(0.8, "alert-0", NOW)


def test_a_face_that_was_rejected_before_does_not_alert() -> None:
    scene = Scene()
    scene.anchors = {1: REJECTED}
    decision = scene.one((1, 0.5))
    assert decision.verdict is Verdict.REJECTED_BEFORE
    assert decision.subject_id == 1
    assert decision.similarity == pytest.approx(0.5)
    assert (decision.alert_id, decision.revision, decision.anchor) == ("alert-0", 0, REJECTED)
    assert scene.evidence.raised == {}
    assert 0 < scene.evidence.shortfall < 1e-3  # more looks may tell the subject after all


@pytest.mark.parametrize(
    ("nearest", "anchor", "verdict"),
    [
        pytest.param(((1, 0.5),), 0.56, Verdict.REJECTED_BEFORE, id="nearer by more"),
        pytest.param(((1, 0.5),), 0.54, Verdict.ALERT, id="nearer by less than the margin"),
        pytest.param(((1, 0.5),), 0.3, Verdict.ALERT, id="farther"),
        pytest.param(((1, 0.9),), 0.8, Verdict.ALERT, id="the subject, who is like the face"),
        pytest.param(((1, 0.3),), 0.8, Verdict.BELOW_THRESHOLD, id="below the threshold anyway"),
        pytest.param(((2, 0.6), (1, 0.5)), 0.8, Verdict.ALERT, id="another is nearest"),
    ],
)
def test_the_anchor_rules_the_subject_out_only_if_it_is_nearer(
    nearest: tuple[tuple[int, float], ...], anchor: float, verdict: Verdict
) -> None:
    scene = Scene()
    scene.anchors = {1: AnchorMatch(anchor, "alert-0", NOW)}
    assert scene.one(*nearest).verdict is verdict


def test_the_face_still_alerts_for_another_subject() -> None:
    scene = Scene()
    scene.anchors = {1: REJECTED}
    decision = scene.one((1, 0.5), (2, 0.49), (3, 0.2))
    # Without the first, the second leads by far; as runner-up it would have been too close.
    assert (decision.verdict, decision.subject_id) == (Verdict.ALERT, 2)
    assert decision.margin == pytest.approx(0.29)


def test_and_for_subjects_of_another_list() -> None:
    scene = Scene(thresholds={"missing": 0.4, "barred": 0.4})
    scene.anchors = {1: REJECTED}
    found = scene.look((1, 0.5), (3, 0.45))
    assert found["missing"].verdict is Verdict.REJECTED_BEFORE
    assert (found["barred"].verdict, found["barred"].subject_id) == (Verdict.ALERT, 3)


def test_a_subject_who_is_ruled_out_is_nobodys_runner_up_nor_the_end_of_the_list() -> None:
    scene = Scene(thresholds={"missing": 0.4, "barred": 0.4})
    scene.memberships = {1: ("missing",), 2: ("missing",), 9: ("barred",)}
    scene.anchors = {1: REJECTED, 2: REJECTED}
    found = scene.look(*((1, 0.5), (2, 0.45), (4, 0.1), (5, 0.1), (6, 0.1)))
    assert (found["missing"].verdict, found["missing"].subject_id) == (Verdict.REJECTED_BEFORE, 1)
    # All columns were filled: somebody of that list may be farther away.
    assert (found["barred"].verdict, found["barred"].subject_id) == (
        Verdict.BELOW_THRESHOLD,
        NOBODY,
    )


def test_later_looks_may_tell_the_subject_after_all() -> None:
    scene = Scene()
    scene.anchors = {1: AnchorMatch(0.6, "alert-0", NOW)}
    assert scene.one((1, 0.5)).verdict is Verdict.REJECTED_BEFORE
    scene.anchors = {1: AnchorMatch(0.58, "alert-0", NOW)}
    assert scene.one((1, 0.62), at=1).verdict is Verdict.ALERT


def test_a_rejection_ends_the_updates_of_the_track_that_raised_it() -> None:
    scene = Scene()
    raised = scene.one((1, 0.5))
    scene.anchors = {1: AnchorMatch(0.9, raised.alert_id, NOW)}
    held = scene.one((1, 0.6), at=10)
    assert (held.verdict, held.alert_id) == (Verdict.REJECTED_BEFORE, raised.alert_id)
    assert scene.decider.close(scene.evidence, after(20)) == []


TAIL = ImpostorTail(((0.5, 0.1), (0.1, 0.2), (0.001, 0.36)), 0.026, 0.0, 1e-5)


@dataclass
class Twice(Scene):
    """A scene with a second model whose similarities are worth what the first one's are."""

    def restart(self) -> None:
        recent = RecentAlerts(self.memory, timedelta(seconds=self.quiet_s))
        self.decider = Decider(
            self.rule,
            recent,
            second=SecondOpinionRule(TAIL, TAIL),
            new_id=lambda: next(self.ids),
        )

    def hears(self, *nearest: tuple[int, float], **opinions: Opinion) -> Decision:
        """Decide on candidates with opinions on subjects s1, s2, ..."""
        self.evidence.looks += 1
        (decision,) = self.decider.decide(
            self.evidence,
            candidates(*nearest),
            NONE,
            thresholds=self.thresholds,
            memberships=self.memberships,
            now=NOW,
            anchors=self.anchors,
            opinions={int(name[1:]): opinion for name, opinion in opinions.items()},
        )
        return decision


SURE, UNLIKE, WAITING = Opinion("b", 0.7, 1), Opinion("b", 0.1, 1), Opinion("b", waiting=True)


@pytest.mark.parametrize(
    ("similarity", "opinion", "verdict"),
    [
        (0.42, WAITING, Verdict.SECOND_OPINION_ASKED),
        (0.38, WAITING, Verdict.BELOW_THRESHOLD),
        (0.42, SURE, Verdict.ALERT),
        (0.38, SURE, Verdict.ALERT),
        (0.42, UNLIKE, Verdict.BELOW_THRESHOLD),
        (0.38, UNLIKE, Verdict.BELOW_THRESHOLD),
        (0.42, Opinion("b", problem="no answer"), Verdict.ALERT),
        (0.38, Opinion("b", problem="no answer"), Verdict.BELOW_THRESHOLD),
        (0.50, UNLIKE, Verdict.ALERT),
        (0.30, SURE, Verdict.BELOW_THRESHOLD),
    ],
)
def test_a_second_opinion(similarity: float, opinion: Opinion, verdict: Verdict) -> None:
    scene = Twice()
    decision = scene.hears((1, similarity), s1=opinion)
    assert decision.verdict is verdict
    asked = 0.35 <= similarity < 0.45
    assert (decision.opinion is not None) is asked
    if decision.opinion is not None:
        assert decision.opinion.first == pytest.approx(similarity)
    # What strangers are like here is learnt from the first model alone.
    assert scene.evidence.best["missing"] == pytest.approx(similarity)


def test_a_second_opinion_may_change_who_is_nearest() -> None:
    decision = Twice().hears((1, 0.41), (2, 0.40), s1=UNLIKE, s2=SURE)
    assert (decision.verdict, decision.subject_id) == (Verdict.ALERT, 2)


def test_an_anchor_is_compared_with_the_first_opinion() -> None:
    scene = Twice()
    scene.anchors = {1: AnchorMatch(0.46, "old", NOW)}
    assert scene.hears((1, 0.38), s1=SURE).verdict is Verdict.REJECTED_BEFORE


@pytest.mark.parametrize(
    ("nearest", "asked"),
    [
        ([(1, 0.42), (2, 0.36)], [1, 2]),
        ([(1, 0.52), (2, 0.42)], []),
        ([(1, 0.30)], []),
        ([(3, 0.42), (1, 0.30)], []),
        ([], []),
    ],
    ids=["both near", "the nearest is sure", "far", "on another watchlist", "nobody"],
)
def test_whom_a_second_model_is_asked_about(
    nearest: list[tuple[int, float]], asked: list[int]
) -> None:
    scene = Twice()
    found = candidates(*nearest)
    assert scene.decider.near(found, scene.thresholds, scene.memberships) == asked
    assert Scene().decider.near(found, scene.thresholds, scene.memberships) == []
