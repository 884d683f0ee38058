"""Real models, a real store, and pictures of real people."""

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest

from facewarden.assess.gate import LookGate
from facewarden.assess.quality import Quality
from facewarden.config.settings import Settings
from facewarden.data import Image, SubjectDetails
from facewarden.data.presentation import PresentationRule
from facewarden.decide.decider import Decider, DecisionRule
from facewarden.decide.memory import RecentAlerts
from facewarden.detect.detector import Detector
from facewarden.detect.refine import OF_PHOTOGRAPHS_PX, LandmarkRefiner
from facewarden.detect.yunet import YuNet
from facewarden.embed.onnx_embedder import OnnxEmbedder
from facewarden.geometry.region import Region
from facewarden.pipeline.camera import CameraPlan, WatchedCamera
from facewarden.pipeline.close_look import CloseLook
from facewarden.pipeline.enrol import Enrolled, Enroller
from facewarden.pipeline.examine import EnrolmentLimits, Examiner
from facewarden.pipeline.metrics import Metrics
from facewarden.pipeline.photographs import Photograph
from facewarden.pipeline.presentation import PresentationCheck
from facewarden.pipeline.presenting import Presenting
from facewarden.pipeline.roster import Roster
from facewarden.pipeline.route import Route
from facewarden.store.key import TemplateKey
from facewarden.store.open import Store, open_store, sqlite_url
from facewarden.track.columnar import ColumnarTracker
from facewarden.wiring.roster import make_roster


@pytest.fixture
def store_file(tmp_path: Path) -> Path:
    return tmp_path / "store" / "facewarden.sqlite"


@pytest.fixture
def store(store_file: Path) -> Iterator[Store]:
    with open_store(sqlite_url(store_file), TemplateKey(bytes(range(32)))) as opened:
        opened.watchlists.ensure("missing")
        yield opened


@pytest.fixture(scope="session")
def examiner(detector: YuNet, embedder: OnnxEmbedder) -> Examiner:
    refiner = LandmarkRefiner(detector, OF_PHOTOGRAPHS_PX)
    return Examiner(detector, refiner, Quality(), embedder, EnrolmentLimits())


class People:
    """The photographs of Labeled Faces in the Wild, by the person's name."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def file(self, name: str, number: int = 1) -> Path:
        """Return one photograph, 250x250 px."""
        underlined = name.replace(" ", "_")
        return self._folder / underlined / f"{underlined}_{number:04d}.jpg"

    def image(self, name: str, number: int = 1) -> Image:
        """Return one photograph as (250, 250, 3) BGR."""
        decoded = cv2.imdecode(np.fromfile(self.file(name, number), np.uint8), cv2.IMREAD_COLOR)
        assert decoded is not None
        return np.asarray(decoded, np.uint8)


@pytest.fixture(scope="session")
def people(shared: Path) -> People:
    return People(shared / "data" / "lfw-dev" / "images")


def clip(path: Path, pictures: Sequence[Image], *, fps: int = 10) -> Path:
    """Write pictures of one size as a video."""
    height_px, width_px = pictures[0].shape[:2]
    with av.open(str(path), "w") as output:
        stream = output.add_stream("libx264", rate=fps)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = width_px, height_px, "yuv420p"
        stream.options = {"preset": "ultrafast", "crf": "12"}
        for picture in pictures:
            output.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")))
        output.mux(stream.encode(None))
    return path


def walk(
    *photographs: Image, frames: int, width_px: int = 640, height_px: int = 270
) -> list[Image]:
    """Return pictures in which the photographs hang side by side and move slowly to the right."""
    pictures = []
    for number in range(frames):
        picture = np.full((height_px, width_px, 3), 90, np.uint8)
        for place, photograph in enumerate(photographs):
            left = 10 + 300 * place + 3 * number
            picture[10:260, left : left + 250] = photograph
        pictures.append(picture)
    return pictures


class Station:
    """A route over the real models and a real store, and what is needed to watch with it."""

    def __init__(
        self, store: Store, detector: Detector, embedder: OnnxEmbedder, examiner: Examiner
    ) -> None:
        self.store = store
        self.detector = detector
        self.embedder = embedder
        self.examiner = examiner
        self.metrics = Metrics()
        self.models = {"model_id": embedder.model_id, "looks_model_id": embedder.scored_by}

    def enrol(self, file: Path, name: str, watchlist: str = "missing") -> int:
        """Enrol one photograph; return the subject's id."""
        enroller = Enroller(
            self.examiner,
            self.store.watchlists,
            watchlist,
            model_id=self.embedder.model_id,
            watchlists=["missing"],
            alike_from=1.0,
            unlike_below=-1.0,
        )
        (row,) = enroller.enrol([Photograph(name, file, SubjectDetails(name), "largest")])
        assert row.outcome is Enrolled.ADDED, row.reason
        return row.subject_id

    def roster(self, rule: PresentationRule = PresentationRule.OFF) -> Roster:
        """Return the watchlists as they are now, all with one rule about presentation attacks."""
        roster = make_roster(self.store, self.embedder, [], Settings())
        return replace(roster, presentation=dict.fromkeys(roster.thresholds, rule))

    def route(
        self, workers: Executor | None = None, check: PresentationCheck | None = None
    ) -> Route:
        """Return a new route, with nothing in view."""
        recent = RecentAlerts(self.store.alerts, timedelta(seconds=60))
        decider = Decider(DecisionRule(), recent)
        return Route(
            detector=self.detector,
            assessor=Quality(),
            close_look=CloseLook(self.embedder, Metrics()),
            decider=decider,
            gate=LookGate(),
            metrics=Metrics(),
            presenting=Presenting(check, decider, self.metrics) if check is not None else None,
            workers=workers,
        )

    @staticmethod
    def camera(camera_id: str = "gate", **changes: Any) -> WatchedCamera:
        """Return a camera with nobody in view."""
        plan = CameraPlan(camera_id, camera_id.title(), "", 640, 0.6, 32.0, Region())
        return WatchedCamera(replace(plan, **changes), ColumnarTracker(), None, f"run-{camera_id}")


@pytest.fixture
def station(store: Store, detector: YuNet, embedder: OnnxEmbedder, examiner: Examiner) -> Station:
    return Station(store, detector, embedder, examiner)
