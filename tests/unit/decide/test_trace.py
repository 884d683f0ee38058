import json
from collections import Counter
from dataclasses import replace

import pytest

from facewarden.data import NOBODY, AnchorMatch, Decision, Opinion, Verdict
from facewarden.data.presentation import Presentation, PresentationVerdict
from facewarden.decide.evidence import Evidence
from facewarden.decide.trace import Traces, trace
from factories import NOW, after

FIGURES = "(nearest Ada, similarity 0.500, threshold 0.400, 3 looks)"
SENTENCES = {
    Verdict.ALERT: f"missing: alert 0a1b2c3d {FIGURES}",
    Verdict.UPDATE: f"missing: alert 0a1b2c3d {FIGURES}",
    Verdict.ALREADY_ALERTED: f"missing: alert 0a1b2c3d {FIGURES}",
    Verdict.QUIET_PERIOD: f"missing: quiet period of alert 0a1b2c3d {FIGURES}",
    Verdict.MORE_LOOKS_NEEDED: f"missing: more looks needed {FIGURES}",
    Verdict.SECOND_OPINION_ASKED: f"missing: waits for the second opinion {FIGURES}; "
    "second opinion (embedder-b): asked",
    Verdict.PRESENTATION_ASKED: "missing: waits to know whether it is a living person or a picture "
    f"{FIGURES}; living person or picture: asked",
    Verdict.REJECTED_BEFORE: "missing: rejected on 2026-03-01 as not this person: alert 0a1b2c3d, "
    f"similarity to that face 0.710 {FIGURES}",
    Verdict.TOO_CLOSE: f"missing: too close to the runner-up, margin 0.010 {FIGURES}",
    Verdict.EXPIRED: f"missing: expired {FIGURES}",
    Verdict.BELOW_THRESHOLD: f"missing: below threshold by 0.100 {FIGURES}".replace("0.5", "0.3"),
    Verdict.NOBODY_ENROLLED: "missing: nobody on this watchlist can match",
}


def evidence(*decisions: Decision, obstacles: dict[str, int] | None = None) -> Evidence:
    return Evidence(
        "gate",
        7,
        NOW,
        after(3),
        faces=9,
        looks=3,
        best_seen_quality=0.61249,
        largest_px=80.26,
        obstacles=Counter(obstacles or {}),
        decisions={decision.watchlist: decision for decision in decisions},
    )


def decided(verdict: Verdict, *, subject_id: int = 1) -> Decision:
    similarity = 0.3 if verdict is Verdict.BELOW_THRESHOLD else 0.5
    alert_id = "0a1b2c3d4e5f" * 2
    anchor = AnchorMatch(0.71, alert_id, NOW) if verdict is Verdict.REJECTED_BEFORE else None
    asked = verdict is Verdict.SECOND_OPINION_ASKED
    opinion = Opinion("embedder-b", waiting=True) if asked else None
    waits = verdict is Verdict.PRESENTATION_ASKED
    return Decision(
        verdict, "missing", subject_id, 4, similarity, 0.4, 0.01, 3, alert_id, 1, anchor, opinion,
        Presentation(PresentationVerdict.UNSETTLED) if waits else None,
    )  # fmt: skip


def test_there_is_a_sentence_for_every_verdict() -> None:
    assert set(SENTENCES) == set(Verdict)


@pytest.mark.parametrize("verdict", Verdict)
def test_the_sentence_of_a_verdict(verdict: Verdict) -> None:
    story = trace(evidence(decided(verdict)), lambda _: "Ada")
    assert story.answer == (SENTENCES[verdict],)


@pytest.mark.parametrize(
    ("verdict", "opinion", "words"),
    [
        (Verdict.ALERT, Opinion("b", 0.61, 2, first=0.37), "(b): 0.61, agrees; alone 0.370"),
        (Verdict.BELOW_THRESHOLD, Opinion("b", 0.1, first=0.41), "(b): 0.10, disagrees; alone 0.4"),
        (Verdict.ALERT, Opinion("b", problem="no answer within 2 s"), "(b): none, no answer withi"),
    ],
)
def test_the_second_opinion_is_told(verdict: Verdict, opinion: Opinion, words: str) -> None:
    story = trace(evidence(replace(decided(verdict), opinion=opinion)), lambda _: "Ada")
    assert f"; second opinion {words}" in story.answer[0]
    (told,) = story.as_json()["decisions"]
    assert told["opinion"]["words"].startswith("second opinion (b)")
    json.dumps(story.as_json(), allow_nan=False)


def test_a_watchlist_whose_subjects_are_all_farther_away() -> None:
    story = trace(evidence(decided(Verdict.BELOW_THRESHOLD, subject_id=NOBODY)), str)
    assert story.answer == (
        "missing: below threshold, nobody of this watchlist is among the nearest subjects",
    )


@pytest.mark.parametrize(
    ("obstacles", "expected"),
    [
        ({}, "never embedded: seen too briefly"),
        ({"outside the region": 2}, "never embedded: outside the region"),
        (
            {"doubtful detection": 1, "too small: face lower than 32 px": 5},
            "never embedded: too small: face lower than 32 px",
        ),
        ({"low quality: pose": 3}, "never embedded: low quality: pose"),
    ],
)
def test_the_sentence_of_a_track_that_was_never_embedded(
    obstacles: dict[str, int], expected: str
) -> None:
    story = trace(evidence(obstacles=obstacles), str)
    assert story.answer == (expected,)
    assert story.obstacles == obstacles


def test_one_sentence_per_watchlist_and_json_of_plain_values() -> None:
    other = Decision(Verdict.NOBODY_ENROLLED, "barred", NOBODY, NOBODY, -1.0, 0.4, 0.0, 3)
    story = trace(evidence(decided(Verdict.ALERT), other), lambda _: "Ada")
    plain = json.loads(json.dumps(story.as_json()))
    assert len(plain["answer"]) == 2
    assert plain["first_seen_at"] == "2026-03-01T12:00:00+00:00"
    assert (plain["largest_px"], plain["best_quality"]) == (80.3, 0.612)
    assert plain["decisions"][0]["verdict"] == "alert"
    assert plain["decisions"][0]["anchor"] is None


def test_an_anchor_is_told_in_plain_values() -> None:
    story = trace(evidence(decided(Verdict.REJECTED_BEFORE)), str)
    plain = json.loads(json.dumps(story.as_json()))
    assert plain["decisions"][0]["anchor"] == {
        "similarity": 0.71,
        "alert_id": "0a1b2c3d4e5f0a1b2c3d4e5f",
        "rejected_at": "2026-03-01T12:00:00+00:00",
    }


def test_a_trace_does_not_change_with_its_track() -> None:
    notes = evidence(decided(Verdict.ALERT), obstacles={"doubtful detection": 1})
    story = trace(notes, str)
    notes.obstacles["doubtful detection"] += 1
    notes.decisions.clear()
    assert story.obstacles == {"doubtful detection": 1}
    assert len(story.decisions) == 1


class Clock:
    def __init__(self) -> None:
        self.s = 1000.0

    def __call__(self) -> float:
        return self.s


def test_traces_are_forgotten_by_time() -> None:
    clock = Clock()
    traces = Traces(60, monotonic=clock)
    traces.add(trace(evidence(), str))
    clock.s += 30
    traces.add(trace(evidence(decided(Verdict.ALERT)), str))
    clock.s += 30
    assert len(traces.find()) == 2
    clock.s += 1
    assert [bool(story.decisions) for story in traces.find()] == [True]
    clock.s += 30
    assert traces.find() == []


def test_traces_are_found_by_camera_and_track_and_never_too_many() -> None:
    traces = Traces(60, most=3, monotonic=Clock())
    for camera_id, track_id in [("gate", 1), ("gate", 2), ("yard", 2), ("yard", 3)]:
        traces.add(trace(Evidence(camera_id, track_id, NOW, NOW), str))
    found = [(story.camera_id, story.track_id) for story in traces.find()]
    assert found == [("gate", 2), ("yard", 2), ("yard", 3)]
    assert len(traces.find("yard")) == 2
    assert len(traces.find(track_id=2)) == 2
    assert len(traces.find("gate", 2)) == 1
    assert traces.find("gate", 1) == []


def test_one_look_is_said_as_one() -> None:
    seen = evidence(replace(decided(Verdict.ALERT), looks=1))
    assert trace(seen, lambda _: "Ada").answer[0].endswith("threshold 0.400, 1 look)")


@pytest.mark.parametrize(
    ("verdict", "live", "looks", "reason", "words"),
    [
        (
            "attack",
            0.12,
            5,
            "",
            "; looks like a picture of a person, not a person (live 0.12, of 5",
        ),
        ("bona fide", 0.97, 0, "x", "; a living person, by its looks (live 0.97; x)"),
        ("not assessed", None, 0, "3 of 5 looks", "living person or a picture: 3 of 5 looks"),
        ("unsettled", 0.4, 0, "", "; living person or picture: asked"),
    ],
)
def test_what_presentation_attack_detection_said_is_told(
    verdict: str, live: float | None, looks: int, reason: str, words: str
) -> None:
    said = Presentation(PresentationVerdict(verdict), live, looks=looks, reason=reason)
    story = trace(evidence(replace(decided(Verdict.ALERT), presentation=said)), lambda _: "Ada")
    assert words in story.answer[0]
    (plain,) = json.loads(json.dumps(story.as_json()))["decisions"]
    assert plain["presentation"]["words"] in story.answer[0]
    assert plain["presentation"]["verdict"] == verdict


def test_a_held_alert_is_told_as_such() -> None:
    story = trace(evidence(replace(decided(Verdict.ALERT), held=True)), lambda _: "Ada")
    assert "alert 0a1b2c3d, held (" in story.answer[0]
