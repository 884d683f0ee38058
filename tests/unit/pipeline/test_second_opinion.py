"""A second model, asked about faces near the threshold: a real one, in a thread of its own.

The second model of these tests is the default embedder under another name: what is tested here is
who is asked, when, and what becomes of the answer. What another model brings is measured by
benchmarks/second_opinion.py.
"""

import shutil
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from facewarden.assess.gate import LookGate
from facewarden.assess.quality import Quality
from facewarden.config.settings import Settings
from facewarden.data import Faces, GalleryEntry, Templates, Verdict
from facewarden.data.calibration import ImpostorTail
from facewarden.decide.decider import Decider, DecisionRule
from facewarden.decide.memory import RecentAlerts
from facewarden.decide.second_opinion import SecondOpinionRule
from facewarden.decide.trace import trace
from facewarden.detect.refine import OF_PHOTOGRAPHS_PX, LandmarkRefiner
from facewarden.embed.onnx_embedder import OnnxEmbedder
from facewarden.errors import (
    ConfigError,
    EnrolmentRefused,
    FacewardenError,
    ModelMissing,
    ModelRefused,
)
from facewarden.models.add import add
from facewarden.models.builtin import DEFAULT_DETECTOR, DEFAULT_EMBEDDER
from facewarden.models.open_session import open_session
from facewarden.models.registry import Registry
from facewarden.pipeline.close_look import CloseLook
from facewarden.pipeline.examine import EnrolmentLimits, Examiner
from facewarden.pipeline.metrics import Metrics
from facewarden.pipeline.raising import alert_of
from facewarden.pipeline.route import Outcome, Route
from facewarden.pipeline.second_opinion import Inquiry, SecondOpinion
from facewarden.pipeline.second_templates import SecondTemplates
from facewarden.store.open import Store
from facewarden.wiring.eyes import make_eyes
from facewarden.wiring.second import make_second
from factories import NOW, after, frame
from small_models import exposing_card, exposing_embedder, write_pair
from unit.pipeline.conftest import People, Station, walk

BLAIR, BRODY = "Tony Blair", "Adrien Brody"
SECOND = "sface-again"
TAIL = ImpostorTail(((0.5, 0.1), (0.1, 0.2), (0.001, 0.36)), 0.026, 0.0, 1e-5)
"""About SFace's; what is tested here must not move with its card."""

pytestmark = pytest.mark.models


@pytest.fixture(scope="module")
def second_embedder(embedder: OnnxEmbedder, request: pytest.FixtureRequest) -> OnnxEmbedder:
    models_dir = request.getfixturevalue("models_dir")
    card, session = open_session(Registry(models_dir), DEFAULT_EMBEDDER)
    return OnnxEmbedder(session, card.model_copy(update={"model_id": SECOND}))


class Held(Executor):
    """A thread that works when it is let: what was asked waits for `work`."""

    def __init__(self) -> None:
        self.jobs: list[tuple[Future[Any], Callable[[], Any]]] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self.jobs.append((future, lambda: fn(*args, **kwargs)))
        return future

    def work(self) -> None:
        """Do everything that was asked so far."""
        for future, job in self.jobs:
            try:
                future.set_result(job())
            except Exception as error:  # noqa: BLE001
                future.set_exception(error)
        self.jobs = []


@dataclass(frozen=True)
class Known:
    """A stored reference."""

    reference_id: int
    quality: float = 0.9


@dataclass
class Bench:
    """A route with a second model that answers when it is let."""

    station: Station
    second_embedder: OnnxEmbedder
    thread: Held = field(default_factory=Held)
    now: datetime = NOW

    def __post_init__(self) -> None:
        station = self.station
        again = Examiner(
            station.detector,
            LandmarkRefiner(station.detector, OF_PHOTOGRAPHS_PX),
            Quality(),
            self.second_embedder,
            EnrolmentLimits(),
        )
        self.again = again
        self.templates = SecondTemplates(
            station.store.watchlists,
            station.examiner,
            again,
            first_model_id=station.embedder.model_id,
            second_model_id=SECOND,
        )
        self.asking = SecondOpinion(
            self.second_embedder, self.templates, self.thread, clock=lambda: self.now
        )
        self.rule = SecondOpinionRule(TAIL, TAIL, factor=1e11)  # asked about everybody

    def route(self, rule: SecondOpinionRule | None = None) -> Route:
        memory = RecentAlerts(self.station.store.alerts, timedelta(seconds=60))
        return Route(
            detector=self.station.detector,
            assessor=Quality(),
            close_look=CloseLook(self.station.embedder, Metrics()),
            decider=Decider(DecisionRule(), memory, second=rule or self.rule),
            gate=LookGate(),
            metrics=Metrics(),
            second=self.asking,
            clock=lambda: self.now,
        )


@pytest.fixture
def bench(station: Station, second_embedder: OnnxEmbedder) -> Bench:
    return Bench(station, second_embedder)


def verdicts(outcome: Outcome) -> list[Verdict]:
    assert outcome.failures == []
    return [finding.decision.verdict for finding in outcome.findings]


def test_an_alert_waits_for_the_answer_and_is_raised_with_it(bench: Bench, people: People) -> None:
    bench.station.enrol(people.file(BLAIR, 2), BLAIR)
    camera, route, roster = bench.station.camera(), bench.route(), bench.station.roster()
    pictures = walk(people.image(BLAIR, 3), frames=3)
    first = route.step([(camera, frame(image=pictures[0], at=after(0)))], roster)
    assert verdicts(first) == [Verdict.SECOND_OPINION_ASKED]
    bench.thread.work()
    again = route.step([(camera, frame(sequence=1, image=pictures[1], at=after(0.1)))], roster)
    assert verdicts(again)[0] is Verdict.ALERT
    decision = again.findings[0].decision
    assert decision.opinion is not None
    assert decision.opinion.heard
    assert decision.opinion.model_id == SECOND
    # The same model on the same faces: it agrees with itself, up to landmarks of three sizes.
    assert decision.opinion.similarity == pytest.approx(decision.opinion.first, abs=0.05)
    assert again.findings[0].look is not None  # the picture that the snapshot is made of
    alert = alert_of(again.findings[0], roster, **bench.station.models)
    assert alert is not None
    assert alert.second_opinion == decision.opinion
    (person,) = camera.people.values()
    (said,) = trace(person.evidence, roster.name_of).answer
    assert f"second opinion ({SECOND}): " in said
    assert "agrees" in said


def test_without_an_answer_the_first_opinion_stands_alone(bench: Bench, people: People) -> None:
    bench.station.enrol(people.file(BLAIR, 2), BLAIR)
    camera, route, roster = bench.station.camera(), bench.route(), bench.station.roster()
    pictures = walk(people.image(BLAIR, 3), frames=2)
    first = route.step([(camera, frame(image=pictures[0], at=after(0)))], roster)
    assert verdicts(first) == [Verdict.SECOND_OPINION_ASKED]
    bench.now = after(2.5)
    second = route.step([(camera, frame(sequence=1, image=pictures[1], at=after(0.1)))], roster)
    found = second.findings[0].decision
    assert found.verdict is Verdict.ALERT
    assert found.opinion is not None
    assert found.opinion.problem == "no answer within 2 s"


@pytest.mark.parametrize("answers", [True, False], ids=["answered", "not answered"])
def test_a_track_that_ends_meanwhile_is_decided_all_the_same(
    bench: Bench, people: People, answers: bool
) -> None:
    bench.station.enrol(people.file(BLAIR, 2), BLAIR)
    camera, route, roster = bench.station.camera(), bench.route(), bench.station.roster()
    empty = np.full((270, 640, 3), 90, np.uint8)
    route.step(
        [(camera, frame(image=walk(people.image(BLAIR, 3), frames=1)[0], at=after(0)))], roster
    )
    gone = route.step([(camera, frame(sequence=1, image=empty, at=after(5)))], roster)
    assert (verdicts(gone), gone.ended) == ([], [])
    if answers:
        bench.thread.work()
    else:
        bench.now = after(2.5)
    last = route.step([(camera, frame(sequence=2, image=empty, at=after(6)))], roster)
    assert verdicts(last) == [Verdict.ALERT]
    assert len(last.ended) == 1


def test_a_camera_that_ends_waits_a_moment(
    bench: Bench, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.station.enrol(people.file(BLAIR, 2), BLAIR)
    camera, route, roster = bench.station.camera(), bench.route(), bench.station.roster()
    picture = walk(people.image(BLAIR, 3), frames=1)[0]
    route.step([(camera, frame(image=picture))], roster)
    worker = threading.Thread(target=bench.thread.work)
    worker.start()
    outcome = route.finish(camera)
    worker.join()
    assert verdicts(outcome) == [Verdict.ALERT]
    assert len(outcome.ended) == 1
    opinion = outcome.findings[0].decision.opinion
    assert opinion is not None
    assert opinion.heard


def test_a_stranger_in_the_band_is_asked_about_and_stays_a_stranger(
    bench: Bench, people: People
) -> None:
    bench.station.enrol(people.file(BLAIR, 2), BLAIR)
    camera, route, roster = bench.station.camera(), bench.route(), bench.station.roster()
    route.step([(camera, frame(image=walk(people.image(BRODY), frames=1)[0]))], roster)
    bench.thread.work()
    outcome = route.finish(camera)
    assert verdicts(outcome) == [Verdict.BELOW_THRESHOLD]
    opinion = outcome.findings[0].decision.opinion
    assert opinion is not None
    assert opinion.heard


def test_nobody_is_asked_outside_the_band(bench: Bench, people: People) -> None:
    bench.station.enrol(people.file(BLAIR, 2), BLAIR)
    narrow = replace(bench.rule, factor=1 + 1e-6)
    camera, route, roster = bench.station.camera(), bench.route(narrow), bench.station.roster()
    pictures = walk(people.image(BLAIR, 3), people.image(BRODY), frames=1)
    outcome = route.step([(camera, frame(image=pictures[0]))], roster)
    assert sorted(verdicts(outcome)) == [Verdict.ALERT, Verdict.BELOW_THRESHOLD]
    assert (bench.asking.asked, bench.thread.jobs) == (0, [])


def test_the_face_that_was_enrolled_is_chosen_among_several(bench: Bench, people: People) -> None:
    """The store keeps the whole photograph, and not which face of it was chosen."""
    both = np.hstack([people.image(BRODY), people.image(BLAIR, 2)])
    seen = bench.station.examiner.faces(both)
    assert len(seen) == 2
    entries = {1: seen[0], 2: seen[1]}

    class Photographs:
        def references(self, subject_id: int) -> list[Known]:
            return [Known(subject_id)]

        def templates(self, model_id: str, reference_ids: Sequence[int]) -> list[GalleryEntry]:
            return [
                GalleryEntry(one, one, bench.station.examiner.embed([entries[one]]).vectors[0])
                for one in reference_ids
            ]

        def reference_image(self, reference_id: int) -> bytes:
            ok, data = cv2.imencode(".png", both)
            assert ok
            return bytes(data)

    templates = SecondTemplates(
        Photographs(),
        bench.station.examiner,
        bench.again,
        first_model_id=bench.station.embedder.model_id,
        second_model_id=SECOND,
    )
    probe = Templates(bench.station.examiner.embed([entries[2]]).vectors, SECOND)
    assert templates.similarity(probe, 2, NOW) > 0.99
    assert templates.similarity(probe, 1, NOW) < 0.5
    # Of what the store holds, a deployment looks by the references in its gallery only.
    templates.keep_only([1])
    assert templates.similarity(probe, 1, NOW) < 0.5
    with pytest.raises(EnrolmentRefused, match="no photograph"):
        templates.similarity(probe, 2, NOW)


def test_what_was_made_is_forgotten_with_its_reference(bench: Bench, people: People) -> None:
    subject_id = bench.station.enrol(people.file(BLAIR, 2), BLAIR)
    camera, route = bench.station.camera(), bench.route()
    route.step(
        [(camera, frame(image=walk(people.image(BLAIR, 3), frames=1)[0]))], bench.station.roster()
    )
    bench.thread.work()
    assert len(bench.templates) == 1
    bench.station.store.watchlists.remove_subject(subject_id)
    now = bench.station.roster()
    bench.asking.keep_only(now.gallery, now.version)
    assert len(bench.templates) == 0
    probe = Templates(np.eye(1, 128, dtype=np.float32), SECOND)
    with pytest.raises(EnrolmentRefused, match="no photograph any more"):
        bench.templates.similarity(probe, subject_id, NOW)


def test_the_least_asked_about_are_dropped_first(bench: Bench, people: People) -> None:
    ids = [bench.station.enrol(people.file(n, 1), n) for n in (BLAIR, BRODY, "Abdullah")]
    bench.templates._most_subjects = 2
    probe = Templates(np.eye(1, 128, dtype=np.float32), SECOND)
    for subject_id in (ids[0], ids[1], ids[0], ids[2]):
        bench.templates.similarity(probe, subject_id, NOW)
    assert list(bench.templates._kept) == [ids[0], ids[2]]


def test_a_failure_is_an_answer(
    bench: Bench, people: People, caplog: pytest.LogCaptureFixture
) -> None:
    inquiry, face = Inquiry(), Faces.empty()  # no row: the embedder has nothing to look at
    bench.asking.ask(inquiry, walk(people.image(BLAIR, 3), frames=1)[0], face, 0.9, [1])
    bench.thread.work()
    assert bench.asking.hear(inquiry)
    assert bench.asking.opinions(inquiry)[1].problem.startswith("it failed")
    assert "the second model failed" in caplog.text


def uncalibrated(tmp_path: Path, models_dir: Path) -> Path:
    """Return a cache with the default models, and an embedder that nobody has calibrated."""
    cache = tmp_path / "models"
    cache.mkdir()
    for name in (DEFAULT_DETECTOR, DEFAULT_EMBEDDER):
        for ending in ("onnx", "json"):
            shutil.copy(models_dir / f"{name}.{ending}", cache)
    add(
        Registry(cache), *write_pair(tmp_path, exposing_embedder(112, 112), exposing_card(112, 112))
    )
    return cache


@pytest.mark.parametrize(
    ("second", "refusal", "words"),
    [
        (DEFAULT_EMBEDDER, ConfigError, "second_embedder is the first one"),
        ("exposing-embedder", ModelRefused, "is not calibrated"),
        ("not-there", ModelMissing, "not-there"),
    ],
)
def test_a_second_model_that_cannot_be_used_is_refused_at_the_start(
    tmp_path: Path,
    models_dir: Path,
    store: Store,
    second: str,
    refusal: type[FacewardenError],
    words: str,
) -> None:
    cache = uncalibrated(tmp_path, models_dir)
    chosen = {"cache_dir": cache, "engine": "onnxruntime", "second_embedder": second}
    settings = Settings.model_validate({"models": chosen})
    eyes = make_eyes(settings)
    with pytest.raises(refusal, match=words):
        make_second(settings, eyes, store)
