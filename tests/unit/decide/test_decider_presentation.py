"""What watchlists that ask for presentation attack detection do with a due alert."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from facewarden.data import Candidates, Decision, Verdict
from facewarden.data.presentation import Presentation, PresentationRule, PresentationVerdict
from facewarden.decide.decider import Decider, DecisionRule
from facewarden.decide.evidence import Evidence
from facewarden.decide.memory import RecentAlerts
from factories import NOW, after, candidates
from unit.decide.test_decider import NONE, Written

OFF, ANNOTATE, HOLD = PresentationRule.OFF, PresentationRule.ANNOTATE, PresentationRule.HOLD
PERSON = Presentation(PresentationVerdict.BONA_FIDE, 0.9)
PICTURE = Presentation(PresentationVerdict.ATTACK, 0.1)
OPEN = Presentation(PresentationVerdict.UNSETTLED)
UNKNOWN = Presentation(PresentationVerdict.NOT_ASSESSED, reason="too small")
ADA = candidates((1, 0.5), (2, 0.1))


class Scene:
    """One decider, one watchlist, one track after another."""

    def __init__(self, rule: PresentationRule) -> None:
        self.rules = {"missing": rule}
        self.ids: Iterator[str] = (f"alert-{n}" for n in range(1, 100))
        self.recent = RecentAlerts(Written(), timedelta(seconds=60))
        self.decider = Decider(
            DecisionRule(update_gain=0.05), self.recent, new_id=lambda: next(self.ids)
        )
        self.track()

    def track(self) -> None:
        self.evidence = Evidence("gate", 1, NOW, NOW)

    def look(
        self, said: Presentation | None, at: float = 0.0, nearest: Candidates = ADA
    ) -> Decision:
        self.evidence.looks += 1
        self.evidence.last_seen_at = after(at)
        (decision,) = self.decider.decide(
            self.evidence,
            nearest,
            NONE,
            thresholds={"missing": 0.4},
            memberships={1: ("missing",), 2: ("missing",)},
            now=after(at),
            rules=self.rules,
            presentation=said,
        )
        return decision

    def news(self, said: Presentation, at: float = 0.0) -> list[Decision]:
        return self.decider.presented(self.evidence, self.rules, said, after(at))


@pytest.mark.parametrize(
    ("rule", "said", "verdict", "held"),
    [
        (OFF, PICTURE, Verdict.ALERT, False),
        (OFF, OPEN, Verdict.ALERT, False),
        (ANNOTATE, OPEN, Verdict.ALERT, False),
        (ANNOTATE, PICTURE, Verdict.ALERT, False),
        (ANNOTATE, PERSON, Verdict.ALERT, False),
        (ANNOTATE, UNKNOWN, Verdict.ALERT, False),
        (HOLD, OPEN, Verdict.PRESENTATION_ASKED, False),
        (HOLD, PERSON, Verdict.ALERT, False),
        (HOLD, UNKNOWN, Verdict.ALERT, False),
        (HOLD, PICTURE, Verdict.ALERT, True),
    ],
)
def test_a_due_alert(
    rule: PresentationRule, said: Presentation, verdict: Verdict, held: bool
) -> None:
    scene = Scene(rule)
    decision = scene.look(said)
    assert (decision.verdict, decision.held) == (verdict, held)
    assert decision.presentation == (None if rule is OFF else said)
    assert bool(decision.alert_id) == (verdict is Verdict.ALERT)


def test_what_is_below_the_threshold_waits_for_nothing() -> None:
    decision = Scene(HOLD).look(OPEN, nearest=candidates((1, 0.3)))
    assert decision.verdict is Verdict.BELOW_THRESHOLD


@pytest.mark.parametrize("said", [PERSON, PICTURE, UNKNOWN])
def test_an_alert_that_waited_is_raised_once(said: Presentation) -> None:
    scene = Scene(HOLD)
    assert scene.look(OPEN).verdict is Verdict.PRESENTATION_ASKED
    assert scene.news(said) == []  # nothing is raised, so there is nothing to revise
    first, second = scene.look(said, at=1), scene.look(said, at=1.2)
    assert (first.verdict, second.verdict) == (Verdict.ALERT, Verdict.ALREADY_ALERTED)
    assert first.alert_id == second.alert_id == "alert-1"


class TestNews:
    """A verdict that becomes known, or changes, after the alert."""

    @pytest.mark.parametrize("rule", [ANNOTATE, HOLD])
    @pytest.mark.parametrize(
        ("before", "now", "told"),
        [
            (OPEN, PERSON, True),
            (OPEN, PICTURE, True),
            (OPEN, UNKNOWN, True),
            (OPEN, OPEN, False),
            (PERSON, PERSON, False),
            (PERSON, PICTURE, True),
            (UNKNOWN, PERSON, True),
            (PICTURE, OPEN, False),
        ],
    )
    def test_makes_a_revision(
        self, rule: PresentationRule, before: Presentation, now: Presentation, told: bool
    ) -> None:
        if (rule, before) == (HOLD, OPEN):
            return  # such an alert is not raised yet
        scene = Scene(rule)
        scene.look(before)
        news = scene.news(now, at=0.5)
        assert len(news) == told
        if told:
            (update,) = news
            assert (update.verdict, update.revision, update.alert_id) == (
                Verdict.UPDATE, 2, "alert-1",
            )  # fmt: skip
            assert update.presentation == now
            assert not update.held
            assert scene.evidence.decisions["missing"].presentation == now
            assert scene.news(now, at=0.6) == []

    def test_a_held_alert_goes_out_when_it_was_a_person_after_all(self) -> None:
        scene = Scene(HOLD)
        assert scene.look(PICTURE).held
        (update,) = scene.news(PERSON, at=1)
        assert (update.verdict, update.held, update.revision) == (Verdict.UPDATE, False, 2)
        (again,) = scene.news(PICTURE, at=2)
        assert not again.held  # who was told is also told that it is a picture
        assert again.presentation == PICTURE

    def test_also_when_it_has_fallen_below_the_threshold(self) -> None:
        scene = Scene(HOLD)
        scene.look(PICTURE)
        assert scene.look(PICTURE, 1, candidates((1, 0.2))).verdict is Verdict.BELOW_THRESHOLD
        (update,) = scene.news(PERSON, at=2)
        assert update.similarity == pytest.approx(0.5)
        assert not update.held

    def test_a_held_alert_stays_held_while_its_evidence_grows(self) -> None:
        scene = Scene(HOLD)
        scene.look(PICTURE)
        update = scene.look(PICTURE, 5, candidates((1, 0.6)))
        assert (update.verdict, update.held) == (Verdict.UPDATE, True)

    def test_a_list_that_asks_no_longer_is_told_nothing(self) -> None:
        scene = Scene(ANNOTATE)
        scene.look(OPEN)
        scene.rules = {"missing": OFF}
        assert scene.news(PERSON) == []


class TestQuietPeriod:
    def test_a_picture_of_somebody_does_not_silence_that_person(self) -> None:
        scene = Scene(HOLD)
        assert scene.look(PICTURE).held
        scene.decider.close(scene.evidence, after(1))
        scene.track()
        assert scene.look(PICTURE, at=2).verdict is Verdict.QUIET_PERIOD  # nor pile up
        scene.decider.close(scene.evidence, after(2))
        scene.track()
        person = scene.look(PERSON, at=3)
        assert (person.verdict, person.alert_id) == (Verdict.ALERT, "alert-2")

    def test_a_person_silences_the_picture_and_is_not_prolonged_by_it(self) -> None:
        scene = Scene(HOLD)
        assert scene.look(PERSON).verdict is Verdict.ALERT
        scene.track()
        assert scene.look(PICTURE, at=50).verdict is Verdict.QUIET_PERIOD
        scene.decider.close(scene.evidence, after(50))
        scene.track()
        assert scene.look(PERSON, at=61).verdict is Verdict.ALERT

    def test_nothing_waits_in_it(self) -> None:
        scene = Scene(HOLD)
        scene.look(PERSON)
        scene.track()
        assert scene.look(OPEN, at=1).verdict is Verdict.QUIET_PERIOD

    def test_once_told_a_held_alert_silences_too(self) -> None:
        scene = Scene(HOLD)
        scene.look(PICTURE)
        scene.news(PERSON, at=1)
        scene.track()
        assert scene.look(PERSON, at=2).verdict is Verdict.QUIET_PERIOD


@pytest.mark.parametrize(
    ("nearest", "within", "wanted"),
    [
        (ADA, 0.0, True),
        (candidates((1, 0.36)), 0.05, True),
        (candidates((1, 0.34)), 0.05, False),
        (candidates((3, 0.9)), 0.05, False),
        (candidates((3, 0.9), (1, 0.36)), 0.05, True),
    ],
)
def test_whose_presentation_is_asked_for(nearest: Candidates, within: float, wanted: bool) -> None:
    memberships = {1: ("missing",), 2: ("missing",), 3: ("barred",)}
    found = Scene(HOLD).decider.wants(nearest, {"missing": 0.4}, memberships, within)
    assert found is wanted
