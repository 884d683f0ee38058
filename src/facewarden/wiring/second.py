"""Loads the second embedder, which is asked near the threshold."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from facewarden.align.cutter import cutter_for
from facewarden.config.settings import Settings
from facewarden.data.calibration import ImpostorTail
from facewarden.decide.second_opinion import SecondOpinionRule
from facewarden.embed.embedder import Embedder
from facewarden.embed.onnx_embedder import OnnxEmbedder
from facewarden.errors import ConfigError, ModelRefused
from facewarden.models.open_session import open_session
from facewarden.models.registry import Registry
from facewarden.pipeline.second_opinion import SecondOpinion
from facewarden.pipeline.second_templates import SecondTemplates
from facewarden.store.open import Store
from facewarden.thresholds import model_words
from facewarden.wiring.eyes import Eyes, examiner_with, make_examiner


@dataclass(frozen=True, slots=True)
class SecondModel:
    """A second embedder: the rule by which its opinion counts, and what asks it."""

    rule: SecondOpinionRule
    asking: SecondOpinion


def make_second(settings: Settings, eyes: Eyes, store: Store) -> SecondModel | None:
    """Load the second embedder, where the settings name one.

    Raises:
        ConfigError: it is the first one.
        ModelRefused: one of the two is not calibrated for the engine and precision it runs in.
    """
    chosen = settings.models
    if chosen.second_embedder is None:
        return None
    if chosen.second_embedder == chosen.embedder:
        raise ConfigError(
            "models.second_embedder is the first one",
            expected="another embedder",
            found=chosen.embedder,
        )
    card, session = open_session(
        Registry(chosen.cache_dir), chosen.second_embedder, engine=chosen.engine, threads=1
    )
    embedder, cutter = OnnxEmbedder(session, card), cutter_for(card.input)
    first = make_examiner(eyes)
    second = examiner_with(eyes, embedder, cutter)
    return SecondModel(
        SecondOpinionRule(_calibrated(eyes.of_looks), _calibrated(embedder)),
        SecondOpinion(
            embedder,
            SecondTemplates(
                store.watchlists,
                first,
                second,
                first_model_id=eyes.embedder.model_id,
                second_model_id=embedder.model_id,
            ),
            ThreadPoolExecutor(1, "second-opinion"),
            cutter=cutter,
            refiner=eyes.refiner,
        ),
    )


def _calibrated(embedder: Embedder) -> ImpostorTail:
    if embedder.tail is None:
        raise ModelRefused(
            f"{model_words(embedder)} is not calibrated, so it cannot be weighed against another",
            remedy=f"facewarden calibrate --model {embedder.model_id} --cohort FOLDER, or leave "
            "models.second_embedder out",
        )
    return embedder.tail
