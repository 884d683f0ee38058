"""What looks at clips, opened as the settings say."""

from collections.abc import Sequence

from facewarden.assess.quality import Quality
from facewarden.config.settings import Settings
from facewarden.measure.presentation.model_scorer import ModelScorer
from facewarden.measure.presentation.shown_face import FPS, SECONDS, FaceFollower
from facewarden.measure.presentation.watch_verdict import Part, VerdictScorer, WatchVerdict
from facewarden.pipeline.metrics import Metrics
from facewarden.wiring.eyes import open_detector
from facewarden.wiring.presentation import make_presentation, make_presentation_model


def open_follower(
    settings: Settings, *, fps: float = FPS, seconds: float = SECONDS
) -> FaceFollower:
    """Return what finds the face of a clip, by the detector of the settings.

    Args:
        fps: frames analysed in a second of video, at most.
        seconds: of each clip that are looked at.
    """
    return FaceFollower(open_detector(settings), fps=fps, seconds=seconds)


def open_models(settings: Settings, named: Sequence[str]) -> tuple[ModelScorer, ...]:
    """Return models of presentation attack detection as scorers.

    Args:
        named: an id each, or `ID:LOSS` with the loss that it was trained with.

    Raises:
        ModelMissing, ModelRefused: a model that is not there, or is of another kind.
    """
    quality = Quality()
    scorers = []
    for name in named:
        model_id, _, loss = name.partition(":")
        model = make_presentation_model(settings, model_id)
        scorers.append(ModelScorer(model, quality, loss=loss))
    return tuple(scorers)


def open_watch(settings: Settings) -> tuple[VerdictScorer, ...]:
    """Return what a watch with these settings says, together and each model alone.

    Nothing where the settings name no model of presentation attack detection.

    Raises:
        ConfigError, ModelMissing, ModelRefused: see `make_presentation`.
    """
    check = make_presentation(settings, Metrics())
    if check is None:
        return ()
    verdict = WatchVerdict(check, Quality())
    named: list[tuple[Part, str | None]] = [
        ("picture", settings.models.presentation_picture),
        ("clip", settings.models.presentation_clip),
    ]
    parts = [
        VerdictScorer(verdict, part, f"watch, {model_id}") for part, model_id in named if model_id
    ]
    return (VerdictScorer(verdict, "live", "watch"), *(parts if len(parts) > 1 else ()))
