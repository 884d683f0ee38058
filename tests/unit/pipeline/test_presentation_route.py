"""Presentation attack detection in the watch: real people, a real store, real models.

Recognition and MiniFASNet are real. Where a clip model is needed, one that takes brightness for
life stands for it: what is tested there is who waits for whom.
"""

import gc
import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import cv2
import numpy as np
import pytest

from facewarden.assess.onnx_presentation import OnnxPresentation
from facewarden.capture.recording import Recording
from facewarden.data import Frame, Image, Verdict
from facewarden.data.presentation import PresentationRule, PresentationVerdict
from facewarden.decide.presentation import PresentationFusion
from facewarden.models.add import add_recognised
from facewarden.models.builtin import MINIFASNET
from facewarden.models.open_session import open_session
from facewarden.models.registry import Registry
from facewarden.pipeline.camera import WatchedCamera
from facewarden.pipeline.metrics import Metrics
from facewarden.pipeline.presentation import Conditions, PresentationCheck
from facewarden.pipeline.raising import alert_of, sighting_of
from facewarden.pipeline.roster import Roster
from facewarden.pipeline.route import Finding, Route
from factories import NOW, after, frame
from small_presentation import add_brightness
from unit.pipeline.conftest import People, Station, walk

BLAIR = "Tony Blair"
ANNOTATE, HOLD, OFF = PresentationRule.ANNOTATE, PresentationRule.HOLD, PresentationRule.OFF
LARGE, ANY = Conditions(400, 0.1), Conditions(32, 0.1)


@pytest.fixture(scope="module")
def brightness(tmp_path_factory: pytest.TempPathFactory) -> OnnxPresentation:
    folder = tmp_path_factory.mktemp("brightness")
    registry = Registry(folder / "cache")
    card = add_brightness(registry, folder, looks=5)
    return OnnxPresentation(open_session(registry, card.model_id, engine="onnxruntime")[1], card)


@pytest.fixture(scope="module")
def minifasnet(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> OnnxPresentation:
    registry = Registry(tmp_path_factory.mktemp("models"))
    add_recognised(registry, shared / "models" / "minifasnet_v2se_128.onnx")
    card, session = open_session(registry, MINIFASNET, engine="onnxruntime")
    return OnnxPresentation(session, card)


@dataclass
class Watched:
    """What a route found in pictures shown to it one after the other."""

    station: Station
    route: Route
    roster: Roster
    camera: WatchedCamera
    findings: list[tuple[datetime, Finding]] = field(default_factory=list)

    def show(self, pictures: Sequence[Image], start: float, every: float = 0.2) -> None:
        for number, picture in enumerate(pictures):
            at = after(start + every * number)
            self.step(frame(sequence=number, at=at, image=picture))

    def step(self, shown: Frame) -> None:
        outcome = self.route.step([(self.camera, shown)], self.roster)
        assert outcome.failures == []
        self.findings += [(shown.captured_at, finding) for finding in outcome.findings]

    def finish(self) -> None:
        outcome = self.route.finish(self.camera)
        self.findings += [(after(999), finding) for finding in outcome.findings]

    @property
    def told(self) -> list[tuple[Verdict, PresentationVerdict | None, bool]]:
        return [
            (
                finding.decision.verdict,
                finding.decision.presentation.verdict if finding.decision.presentation else None,
                finding.decision.held,
            )
            for _, finding in self.findings
            if finding.decision.verdict in {Verdict.ALERT, Verdict.UPDATE}
        ]

    @property
    def verdicts(self) -> list[Verdict]:
        return [finding.decision.verdict for _, finding in self.findings]


Watching = Callable[..., Watched]


@pytest.fixture
def watching(station: Station, people: People) -> Watching:
    station.enrol(people.file(BLAIR, 2), BLAIR)

    def start(
        rule: PresentationRule,
        *,
        picture: OnnxPresentation | None = None,
        clip: OnnxPresentation | None = None,
        conditions: Conditions = ANY,
    ) -> Watched:
        check = None
        if picture is not None or clip is not None:
            check = PresentationCheck(picture, clip, conditions, PresentationFusion(), Metrics())
        route = station.route(check=check)
        return Watched(station, route, station.roster(rule), station.camera())

    return start


def light(people: People, frames: int) -> list[Image]:
    return [cv2.convertScaleAbs(one, alpha=0.5, beta=125) for one in dark(people, frames)]  # type: ignore[misc]


def dark(people: People, frames: int) -> list[Image]:
    return [
        cv2.convertScaleAbs(one, alpha=0.6)  # type: ignore[misc]
        for one in walk(people.image(BLAIR, 3), frames=frames)
    ]


class TestHold:
    def test_an_alert_waits_for_five_looks_and_then_goes_out(
        self, watching: Watching, people: People, brightness: OnnxPresentation
    ) -> None:
        watched = watching(HOLD, clip=brightness)
        watched.show(light(people, 4), 0)
        assert set(watched.verdicts) == {Verdict.PRESENTATION_ASKED}
        watched.show(light(people, 2), 0.8)
        watched.finish()
        assert watched.told == [(Verdict.ALERT, PresentationVerdict.BONA_FIDE, False)]
        ((at, alert),) = [
            one for one in watched.findings if one[1].decision.verdict is Verdict.ALERT
        ]
        assert at == after(0.8)
        assert alert.look is not None
        assert alert.strip is not None
        made = alert_of(alert, watched.roster, **watched.station.models)
        assert made is not None
        assert made.snapshot is not None
        assert made.presentation == alert.decision.presentation
        assert not made.held

    def test_a_picture_of_the_subject_is_kept_for_a_human_and_is_no_sighting(
        self, watching: Watching, people: People, brightness: OnnxPresentation
    ) -> None:
        watched = watching(HOLD, clip=brightness)
        watched.show(dark(people, 10), 0)
        watched.finish()
        assert watched.told == [(Verdict.ALERT, PresentationVerdict.ATTACK, True)]
        assert all(sighting_of(finding) is None for _, finding in watched.findings)
        alert = next(f for _, f in watched.findings if f.decision.verdict is Verdict.ALERT)
        made = alert_of(alert, watched.roster, **watched.station.models)
        assert made is not None
        assert made.held
        watched.station.store.alerts.record(made, ["sink"], strip=alert.strip)
        assert watched.station.store.alerts.backlog() == 0
        counted = {"presentation attack": 1, "presentation held": 1}
        assert watched.station.metrics.counts() == counted

    def test_no_longer_than_two_seconds(
        self, watching: Watching, people: People, brightness: OnnxPresentation
    ) -> None:
        """Looks one second apart never make a clip."""
        watched = watching(HOLD, clip=brightness)
        watched.show(dark(people, 4), 0, every=1.0)
        assert watched.told == [(Verdict.ALERT, PresentationVerdict.NOT_ASSESSED, False)]
        at, alert = next(f for f in watched.findings if f[1].decision.verdict is Verdict.ALERT)
        assert at == after(2)
        assert alert.decision.presentation is not None
        assert alert.decision.presentation.reason == "1 of 5 looks; looks more than 0.65 s apart"
        assert alert.strip is None

    def test_nor_than_the_track_lasts(
        self, watching: Watching, people: People, brightness: OnnxPresentation
    ) -> None:
        watched = watching(HOLD, clip=brightness)
        watched.show(dark(people, 2), 0)
        assert watched.told == []
        watched.finish()
        assert watched.told == [(Verdict.ALERT, PresentationVerdict.NOT_ASSESSED, False)]

    def test_nor_for_a_camera_that_has_gone(
        self, station: Station, watching: Watching, people: People, brightness: OnnxPresentation
    ) -> None:
        watched = watching(HOLD, clip=brightness)
        now = NOW
        watched.route._clock = lambda: now
        watched.show(dark(people, 2), 0)
        assert watched.route.waiting
        now = after(4)
        assert watched.route.step([], watched.roster).findings == []
        now = after(6)
        (finding,) = watched.route.step([], watched.roster).findings
        assert finding.decision.verdict is Verdict.ALERT
        assert not watched.route.waiting

    def test_a_small_face_is_not_lost(
        self, watching: Watching, people: People, brightness: OnnxPresentation
    ) -> None:
        watched = watching(HOLD, clip=brightness, conditions=LARGE)
        watched.show(dark(people, 12), 0)
        assert watched.told == [(Verdict.ALERT, PresentationVerdict.NOT_ASSESSED, False)]
        alert = next(f for _, f in watched.findings if f.decision.verdict is Verdict.ALERT)
        assert alert.decision.presentation is not None
        assert alert.decision.presentation.reason == "no look; face lower than 400 px"

    def test_a_verdict_that_changes_sends_a_held_alert_out(
        self, watching: Watching, people: People, brightness: OnnxPresentation
    ) -> None:
        watched = watching(HOLD, clip=brightness)
        watched.show(dark(people, 6), 0)
        assert watched.told == [(Verdict.ALERT, PresentationVerdict.ATTACK, True)]
        watched.show(light(people, 60), 1.2)
        assert watched.told[-1] == (Verdict.UPDATE, PresentationVerdict.BONA_FIDE, False)
        assert [held for _, _, held in watched.told][:1] == [True]

    def test_without_a_model_it_alerts_and_says_so(
        self, watching: Watching, people: People
    ) -> None:
        watched = watching(HOLD)
        watched.show(dark(people, 1), 0)
        assert watched.told == [(Verdict.ALERT, PresentationVerdict.NOT_ASSESSED, False)]


def test_annotated_alerts_go_out_at_once_and_are_told_what_comes_later(
    watching: Watching, people: People, brightness: OnnxPresentation
) -> None:
    watched = watching(ANNOTATE, clip=brightness)
    watched.show(dark(people, 8), 0)
    watched.finish()
    assert watched.told[0] == (Verdict.ALERT, PresentationVerdict.UNSETTLED, False)
    assert watched.told[-1] == (Verdict.UPDATE, PresentationVerdict.ATTACK, False)
    assert watched.findings[0][0] == NOW


class TestWhoPays:
    def test_a_camera_of_lists_that_do_not_ask_keeps_nothing(
        self, watching: Watching, people: People, brightness: OnnxPresentation
    ) -> None:
        watched = watching(OFF, clip=brightness)
        watched.show(dark(people, 6), 0)
        assert all(person.shown is None for person in watched.camera.people.values())
        assert watched.told == [(Verdict.ALERT, None, False)]

    def test_strangers_are_not_asked_about(
        self, watching: Watching, people: People, brightness: OnnxPresentation
    ) -> None:
        watched = watching(HOLD, clip=brightness)
        watched.show(walk(people.image("Adrien Brody"), frames=8), 0)
        (person,) = watched.camera.people.values()
        assert person.evidence.looks
        assert person.shown is None
        watched.finish()
        assert watched.station.metrics.counts() == {}

    def test_looks_end_with_their_track(
        self, watching: Watching, people: People, brightness: OnnxPresentation
    ) -> None:
        watched = watching(HOLD, clip=brightness)
        watched.show(dark(people, 6), 0)
        (person,) = watched.camera.people.values()
        assert person.shown is not None
        looks = [
            weakref.ref(look.picture.base if look.picture.base is not None else look.picture)
            for look in person.shown.clip  # kept for the strip of its alert
        ]
        assert len(looks) == 5
        del person
        watched.show([np.full((270, 640, 3), 90, np.uint8)] * 12, 1.2)
        assert not watched.camera.people
        watched.findings.clear()
        gc.collect()
        assert [look() for look in looks] == [None] * 5


@pytest.mark.shared
def test_a_person_in_a_real_clip_is_taken_for_one(
    station: Station, shared: Path, tmp_path: Path, minifasnet: OnnxPresentation
) -> None:
    """MiniFASNet, on a clip of somebody enrolled from the clip's own first second."""
    video = shared / "data" / "videos" / "person_s32.mp4"
    frames = list(Recording(video, camera_id="gate", analyse_fps=5).frames())
    enrolled = tmp_path / "frame.png"
    cv2.imwrite(str(enrolled), frames[0].image)
    station.enrol(enrolled, "Somebody")
    check = PresentationCheck(minifasnet, None, ANY, PresentationFusion(), Metrics())
    camera = station.camera()
    watched = Watched(station, station.route(check=check), station.roster(HOLD), camera)
    for shown in frames:
        watched.step(shown)
    watched.finish()
    verdict, said, held = watched.told[0]
    assert (verdict, said, held) == (Verdict.ALERT, PresentationVerdict.BONA_FIDE, False)
    assert {said for _, said, _ in watched.told} == {PresentationVerdict.BONA_FIDE}
    alert = next(f for _, f in watched.findings if f.decision.verdict is Verdict.ALERT)
    assert alert.decision.presentation is not None
    assert alert.decision.presentation.models == (MINIFASNET,)
    assert alert.decision.presentation.live is not None
    assert alert.decision.presentation.live > 0.9


def test_a_rule_of_another_list_does_not_count(
    watching: Watching, people: People, brightness: OnnxPresentation
) -> None:
    watched = watching(HOLD, clip=brightness)
    watched.roster = replace(watched.roster, presentation={"another": HOLD})
    watched.show(dark(people, 6), 0)
    assert watched.told == [(Verdict.ALERT, None, False)]
