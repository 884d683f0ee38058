import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facewarden.data.presentation import PresentationVerdict
from facewarden.decide.presentation import PresentationFusion, TrackPresentation, Trust
from factories import NOW, after

BONA_FIDE, ATTACK = PresentationVerdict.BONA_FIDE, PresentationVerdict.ATTACK
UNSETTLED, NOT_ASSESSED = PresentationVerdict.UNSETTLED, PresentationVerdict.NOT_ASSESSED
FUSION = PresentationFusion()
SCORES = st.floats(0, 1)


def track(
    picture: str = "one", clip: str = "five", fusion: PresentationFusion = FUSION
) -> TrackPresentation:
    return TrackPresentation(fusion, picture, clip, 5 if clip else 0)


class TestTogether:
    @pytest.mark.parametrize(
        ("fusion", "picture", "clip", "expected"),
        [
            (FUSION, None, None, None),
            (FUSION, 1.0, None, 1.0),
            (FUSION, None, -2.0, -2.0),
            (FUSION, 1.0, -2.0, -1.25),
            (PresentationFusion(clip=Trust(weight=1)), 1.0, -2.0, -0.5),
            (PresentationFusion(picture=Trust(weight=0)), 4.0, -2.0, -2.0),
            (PresentationFusion(picture=Trust(weight=0)), 4.0, None, None),
        ],
        ids=["nobody", "picture", "clip", "both", "as much trust", "no trust", "no trust alone"],
    )
    def test_is_the_weighted_mean_of_those_asked(
        self,
        fusion: PresentationFusion,
        picture: float | None,
        clip: float | None,
        expected: float | None,
    ) -> None:
        assert fusion.together(picture, clip) == expected

    @pytest.mark.parametrize(
        ("score", "trust", "expected"),
        [
            (0.5, Trust(), 0.0),
            (0.9, Trust(), math.log(9)),
            (0.9, Trust(offset=math.log(9)), 0.0),
            (1.0, Trust(), 4.0),
            (0.0, Trust(), -4.0),
        ],
    )
    def test_evidence_is_a_bounded_logit(self, score: float, trust: Trust, expected: float) -> None:
        assert FUSION.evidence(score, trust) == pytest.approx(expected)

    @given(st.lists(SCORES, min_size=2, max_size=5))
    def test_evidence_grows_with_the_score(self, scores: list[float]) -> None:
        evidence = [FUSION.evidence(score, Trust(offset=0.3)) for score in sorted(scores)]
        assert all(one <= other for one, other in pairwise(evidence))


class TestVerdict:
    def test_is_open_until_the_model_of_several_looks_has_answered(self) -> None:
        known = track()
        assert not known.asked
        known.ask(NOW)
        assert known.at(NOW).verdict is UNSETTLED
        known.hear("picture", 0.9)
        said = known.at(after(1.9))
        assert (said.verdict, said.models, said.looks) == (UNSETTLED, ("one",), 0)
        known.hear("clip", 0.8)
        said = known.at(after(1.9))
        assert (said.verdict, said.models, said.looks) == (BONA_FIDE, ("one", "five"), 5)
        assert [said.picture, said.clip] == pytest.approx([0.9, 0.8])
        assert said.live == pytest.approx(1 / (1 + math.exp(-(math.log(9) + 3 * math.log(4)) / 4)))
        assert said.reason == ""

    def test_one_picture_alone_has_to_say_it_twice(self) -> None:
        known = track(clip="")
        known.ask(NOW)
        known.hear("picture", 0.1)
        assert known.at(after(0.2)).verdict is UNSETTLED
        known.hear("picture", 0.2)
        assert known.at(after(0.2)).verdict is ATTACK

    @pytest.mark.parametrize("way", ["late", "over"])
    def test_waits_no_longer_than_it_may(self, way: str) -> None:
        known = track()
        known.ask(NOW)
        known.obstacles["face lower than 64 px"] += 3
        known.kept = 2
        known.over = way == "over"
        said = known.at(after(2 if way == "late" else 0.1))
        assert (said.verdict, said.live, said.models) == (NOT_ASSESSED, None, ())
        assert said.reason == "2 of 5 looks; face lower than 64 px"
        known.hear("picture", 0.1)
        said = known.at(after(2.1))
        assert said.verdict is ATTACK
        assert said.reason.startswith("the model of several looks not asked: 2 of 5 looks")

    def test_a_model_that_fails_holds_nothing_up(self) -> None:
        known = track()
        known.ask(NOW)
        known.fail("five failed")
        said = known.at(NOW)
        assert (said.verdict, said.reason) == (NOT_ASSESSED, "five failed")
        assert known.failed

    @pytest.mark.parametrize(
        ("scores", "verdicts"),
        [
            ([0.9, 0.4], [BONA_FIDE, BONA_FIDE]),
            ([0.6, 0.1], [BONA_FIDE, ATTACK]),
            ([0.55, 0.45, 0.45, 0.45], [BONA_FIDE] * 4),
            ([0.1, 0.7], [ATTACK, ATTACK]),
            ([0.0, 1.0, 1.0], [ATTACK, ATTACK, BONA_FIDE]),
            ([1.0] * 5 + [0.0] * 3, [BONA_FIDE] * 7 + [ATTACK]),
            ([0.5], [BONA_FIDE]),
        ],
        ids=["stays", "changes", "hardly below", "attack stays", "mends", "old ones go", "edge"],
    )
    def test_changes_by_more_evidence_only(
        self, scores: list[float], verdicts: list[PresentationVerdict]
    ) -> None:
        known = track(picture="")
        known.ask(NOW)
        found = []
        for number, score in enumerate(scores):
            known.hear("clip", score)
            found.append(known.at(after(number)).verdict)
        assert found == verdicts

    def test_one_that_stays_against_the_latest_looks_says_so(self) -> None:
        known = track(picture="")
        known.ask(NOW)
        known.hear("clip", 0.45)
        assert known.at(NOW).reason == ""
        for _ in range(4):
            known.hear("clip", 0.58)
        said = known.at(after(1))
        assert said.live is not None
        assert said.live > said.threshold
        assert (said.verdict, said.reason[:17]) == (ATTACK, "as settled before")

    @given(st.lists(st.tuples(st.sampled_from(["picture", "clip"]), SCORES), max_size=12))
    def test_what_is_said_fits_together(self, answers: list[tuple[str, float]]) -> None:
        known = track()
        known.ask(NOW)
        settled = False
        for model, score in answers:
            known.hear(model, score)
            said = known.at(NOW)
            assert said.live is not None
            assert 0 <= said.live <= 1
            assert bool(said.looks) == (said.clip is not None)
            assert said.settled or not settled  # once settled, always
            settled = said.settled
        assert known.at(after(10)).settled == bool(answers)
