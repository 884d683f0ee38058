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
from facewarden.embed.looks_embedder import LooksEmbedder
from facewarden.embed.onnx_embedder import OnnxEmbedder
from facewarden.errors import ModelMissing, ModelRefused
from facewarden.models.card import ModelCard
from facewarden.models.open_session import open_session, open_stages
from facewarden.models.own_weights import BASES, LOOKS
from facewarden.models.registry import Registry
from facewarden.models.session import Session
from facewarden.pipeline.examine import EnrolmentLimits, Examiner
from facewarden.store.open import Store

log = logging.getLogger("facewarden.wiring")


@dataclass(frozen=True, slots=True)
class Eyes:
    """The models of one process: every camera shares them.

    Attributes:
        of_looks: embeds what a watch sees, to be compared with what `embedder` made of photographs;
            the same one unless the settings name another. Thresholds of watchlists are by its card.
        engines: for each model its id, and the engine and precision that it runs on.
        refiner: finds the landmarks of a look again before it is embedded.
        cutter: where the embedder takes another crop than the common one.
    """

    detector: Detector
    assessor: Assessor
    embedder: Embedder
    of_looks: Embedder
    engines: tuple[tuple[str, str], ...]
    refiner: LandmarkRefiner
    cutter: Cutter | None = None


def make_eyes(settings: Settings, *, looks: bool = True) -> Eyes:
    """Load the models that the settings name, on the engine that they name.

    Args:
        looks: False where only photographs are embedded: a model less is loaded.
    """
    chosen = settings.models
    registry = Registry(chosen.cache_dir)
    seeing = open_stages(registry, chosen.detector, engine=chosen.engine, threads=chosen.threads)
    embedder_card, embedder_session = open_session(
        registry, chosen.embedder, engine=chosen.engine, threads=chosen.threads
    )
    detector = make_detector(seeing)
    embedder = OnnxEmbedder(embedder_session, embedder_card)
    of_looks = _open_looks(settings, embedder_card) if looks else None
    models = (*seeing, (embedder_card, embedder_session), *((of_looks,) if of_looks else ()))
    return Eyes(
        detector,
        Quality(),
        embedder,
        embedder if of_looks is None else _looks_embedder(*of_looks, embedder_card),
        tuple(
            (card.model_id, f"{session.engine} in {session.precision}") for card, session in models
        ),
        LandmarkRefiner(detector, OF_LOOKS_PX),
        cutter_for(embedder_card.input),
    )


def with_model(settings: Settings, model_id: str) -> Settings:
    """Return the settings with this embedder: for looks, too, and only where it compares with one.

    Raises:
        ModelMissing, ModelRefused: it cannot be read.
    """
    card, _ = Registry(settings.models.cache_dir).get(model_id)
    chosen = (
        {"embedder": model_id, "looks_embedder": model_id}
        if card.compares_with is None
        else {"embedder": card.compares_with, "looks_embedder": model_id}
    )
    return settings.model_copy(update={"models": settings.models.model_copy(update=chosen)})


def with_own_looks(settings: Settings) -> Settings:
    """Return the settings with our own embedder of looks, where they name none.

    Only where it lies in the folder of models, and only beside the embedder that taught it.

    Raises:
        ModelRefused: its file is damaged.
    """
    if not _wants_own_looks(settings) or lacks_own_looks(settings):
        return settings
    models = settings.models.model_copy(update={"looks_embedder": LOOKS})
    return settings.model_copy(update={"models": models})


def lacks_own_looks(settings: Settings) -> bool:
    """Return whether our own embedder of looks would serve, were it in the folder of models.

    Raises:
        ModelRefused: its file is damaged.
    """
    if not _wants_own_looks(settings):
        return False
    try:
        Registry(settings.models.cache_dir).get(LOOKS)
    except ModelMissing:
        return True
    return False


def _wants_own_looks(settings: Settings) -> bool:
    chosen = settings.models
    return chosen.looks_embedder is None and chosen.embedder == BASES[LOOKS]


def open_detector(settings: Settings) -> Detector:
    """Load the detector only, on the engine that the settings name."""
    chosen = settings.models
    registry = Registry(chosen.cache_dir)
    return make_detector(
        open_stages(registry, chosen.detector, engine=chosen.engine, threads=chosen.threads)
    )


def make_embedder_of_looks(settings: Settings) -> Embedder:
    """Load only what embeds the looks of a watch, by whose card watchlists have their thresholds.

    Raises:
        ModelMissing, ModelRefused: it cannot be loaded, or does not compare with the embedder.
    """
    chosen = settings.models
    registry = Registry(chosen.cache_dir)
    card, _ = registry.get(chosen.embedder)
    found = _open_looks(settings, card)
    if found is not None:
        return _looks_embedder(*found, card)
    card, session = open_session(
        registry, chosen.embedder, engine=chosen.engine, threads=chosen.threads
    )
    return OnnxEmbedder(session, card)


def _open_looks(settings: Settings, references: ModelCard) -> tuple[ModelCard, Session] | None:
    """Load the embedder of looks; None where the embedder itself looks.

    Raises:
        ModelRefused: its templates cannot be compared with those of `references`.
    """
    chosen = with_own_looks(settings).models
    if chosen.looks_embedder is None or chosen.looks_embedder == references.model_id:
        return None
    card, session = open_session(
        Registry(chosen.cache_dir),
        chosen.looks_embedder,
        engine=chosen.engine,
        threads=chosen.threads,
    )
    fits = card.embedding_size == references.embedding_size and (
        card.input.alignment == references.input.alignment
    )
    if card.compares_with != references.model_id or not fits:
        raise ModelRefused(
            f"models.looks_embedder {card.model_id} cannot be compared with {references.model_id}",
            expected=f"a card with compares_with {references.model_id}, the same embedding_size "
            "and alignment",
            found=f"compares_with {card.compares_with or 'nobody'}, {card.embedding_size} numbers, "
            f"{card.input.alignment}",
            remedy="leave models.looks_embedder out",
        )
    return card, session


def _looks_embedder(card: ModelCard, session: Session, references: ModelCard) -> LooksEmbedder:
    return LooksEmbedder(OnnxEmbedder(session, card), references.model_id)


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
