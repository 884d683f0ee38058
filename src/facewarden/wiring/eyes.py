"""Loads the models that find faces and embed them, and makes what looks at photographs."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from facewarden.align.cutter import Cutter, cutter_for
from facewarden.assess.assessor import Assessor
from facewarden.assess.quality import Quality
from facewarden.config.settings import Settings
from facewarden.detect.any_way_up import AnyWayUp
from facewarden.detect.detector import Detector
from facewarden.detect.mtcnn import Mtcnn
from facewarden.detect.refine import OF_LOOKS_PX, OF_PHOTOGRAPHS_PX, LandmarkRefiner
from facewarden.detect.yunet import YuNet
from facewarden.embed.embedder import Embedder
from facewarden.embed.onnx_embedder import OnnxEmbedder
from facewarden.errors import ModelRefused
from facewarden.models.card import ModelCard
from facewarden.models.open_session import open_session, open_stages
from facewarden.models.registry import Registry
from facewarden.models.session import Session
from facewarden.pipeline.examine import EnrolmentLimits, Examiner
from facewarden.store.open import Store

log = logging.getLogger("facewarden.wiring")


@dataclass(frozen=True, slots=True)
class Eyes:
    """The models of one process: every camera shares them.

    Attributes:
        engines: for each model its id, and the engine and precision that it runs on.
        refiner: finds the landmarks of a look again before it is embedded.
        cutter: where the embedder takes another crop than the common one.
    """

    detector: Detector
    assessor: Assessor
    embedder: Embedder
    engines: tuple[tuple[str, str], ...]
    refiner: LandmarkRefiner
    cutter: Cutter | None = None


def make_eyes(settings: Settings) -> Eyes:
    """Load the models that the settings name, on the engine that they name."""
    chosen = settings.models
    registry = Registry(chosen.cache_dir)
    seeing = open_stages(registry, chosen.detector, engine=chosen.engine, threads=chosen.threads)
    embedder_card, embedder_session = open_session(
        registry, chosen.embedder, engine=chosen.engine, threads=chosen.threads
    )
    detector = make_detector(seeing)
    return Eyes(
        detector,
        Quality(),
        OnnxEmbedder(embedder_session, embedder_card),
        tuple(
            (card.model_id, f"{session.engine} in {session.precision}")
            for card, session in (*seeing, (embedder_card, embedder_session))
        ),
        LandmarkRefiner(detector, OF_LOOKS_PX),
        cutter_for(embedder_card.input),
    )


def open_detector(settings: Settings) -> Detector:
    """Load the detector only, on the engine that the settings name."""
    chosen = settings.models
    registry = Registry(chosen.cache_dir)
    return make_detector(
        open_stages(registry, chosen.detector, engine=chosen.engine, threads=chosen.threads)
    )


def make_embedder(settings: Settings) -> OnnxEmbedder:
    """Load the embedder only, on the engine that the settings name."""
    chosen = settings.models
    card, session = open_session(
        Registry(chosen.cache_dir), chosen.embedder, engine=chosen.engine, threads=chosen.threads
    )
    return OnnxEmbedder(session, card)


def with_serving_embedder(settings: Settings, store: Store) -> Settings:
    """Return the settings with the embedder whose templates serve, where the store says it.

    A store says it from its first re-enrolment on: templates of another model are of no use.
    """
    model_id = store.re_enrolments.serving()
    if model_id is None or model_id == settings.models.embedder:
        return settings
    log.warning(
        "%s serves, not models.embedder %s: to change it, facewarden re-enrol --to %s",
        *(model_id, settings.models.embedder, settings.models.embedder),
    )
    models = settings.models.model_copy(update={"embedder": model_id})
    return settings.model_copy(update={"models": models})


def make_detector(stages: Sequence[tuple[ModelCard, Session]]) -> Detector:
    """Make the detector that the architecture of its card, the first of the stages', names.

    Raises:
        ModelRefused: the card is not a detector's.
    """
    card, session = stages[0]
    match card.architecture:
        case "yunet":
            return YuNet(session, card)
        case "mtcnn":
            return Mtcnn([(session, card) for card, session in stages])
    raise ModelRefused(
        f"{card.model_id} is no detector",
        expected="architecture yunet or mtcnn",
        found=f"a {card.kind}, architecture {card.architecture}",
    )


def make_examiner(eyes: Eyes) -> Examiner:
    """Make what enrolment and identification look at photographs with."""
    return examiner_with(eyes, eyes.embedder, eyes.cutter)


def make_other_examiner(settings: Settings, eyes: Eyes, model_id: str) -> Examiner:
    """Make what looks at photographs with another embedder than the one that serves.

    Raises:
        ModelMissing, ModelRefused: it cannot be loaded, or is no embedder.
    """
    chosen = settings.models
    card, session = open_session(
        Registry(chosen.cache_dir), model_id, engine=chosen.engine, threads=chosen.threads
    )
    if card.kind != "embedder":
        raise ModelRefused(f"{model_id} is no embedder", found=f"a {card.kind}")
    return examiner_with(eyes, OnnxEmbedder(session, card), cutter_for(card.input))


def examiner_with(eyes: Eyes, embedder: Embedder, cutter: Cutter | None) -> Examiner:
    """Make what looks at photographs with the eyes' detector and any embedder."""
    refiner = LandmarkRefiner(eyes.detector, OF_PHOTOGRAPHS_PX)
    detector = AnyWayUp(eyes.detector)
    return Examiner(detector, refiner, eyes.assessor, embedder, EnrolmentLimits(), cutter)
