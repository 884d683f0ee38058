"""What looks at clips, opened as the settings say."""

from collections.abc import Sequence

from facewarden import wiring
from facewarden.assess.onnx_presentation import OnnxPresentation
from facewarden.assess.quality import Quality
from facewarden.config.settings import Settings
from facewarden.measure.presentation.model_scorer import ModelScorer
from facewarden.measure.presentation.shown_face import FaceFollower
from facewarden.models.open_session import open_session, open_stages
from facewarden.models.registry import Registry


def open_follower(settings: Settings, *, seconds: float) -> FaceFollower:
    """Return what finds the face of a clip, by the detector of the settings.

    Args:
        seconds: of each clip that are looked at.
    """
    chosen = settings.models
    stages = open_stages(
        Registry(chosen.cache_dir), chosen.detector, engine=chosen.engine, threads=chosen.threads
    )
    return FaceFollower(wiring.make_detector(stages), seconds=seconds)


def open_models(settings: Settings, model_ids: Sequence[str]) -> tuple[ModelScorer, ...]:
    """Return models of presentation attack detection as scorers.

    Raises:
        ModelMissing, ModelRefused: a model that is not there, or is of another kind.
    """
    chosen = settings.models
    registry, quality = Registry(chosen.cache_dir), Quality()
    scorers = []
    for model_id in model_ids:
        card, session = open_session(
            registry, model_id, engine=chosen.engine, threads=chosen.threads
        )
        runs_on = f"{session.engine} in {session.precision}"
        scorers.append(ModelScorer(OnnxPresentation(session, card), quality, runs_on=runs_on))
    return tuple(scorers)
