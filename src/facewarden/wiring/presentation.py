"""Loads the presentation attack detectors, and makes what asks them."""

import shlex
from collections.abc import Collection, Mapping

from facewarden.assess.onnx_presentation import OnnxPresentation
from facewarden.assess.quality import Quality
from facewarden.config.settings import Settings
from facewarden.data.presentation import PresentationRule
from facewarden.decide.presentation import PresentationFusion
from facewarden.errors import ConfigError, ModelMissing
from facewarden.models.open_session import open_session
from facewarden.models.own_weights import CLIP, OWN
from facewarden.models.registry import Registry
from facewarden.pipeline.live_claim import LiveClaim
from facewarden.pipeline.metrics import Metrics
from facewarden.pipeline.presentation import Conditions, PresentationCheck
from facewarden.pipeline.shown_faces import ShownFaces
from facewarden.wiring.eyes import open_detector


def make_presentation_model(settings: Settings, model_id: str) -> OnnxPresentation:
    """Load a presentation attack detector on the engine that the settings name.

    Raises:
        ModelMissing, ModelRefused: it cannot be loaded, or is none.
    """
    chosen = settings.models
    card, session = open_session(
        Registry(chosen.cache_dir), model_id, engine=chosen.engine, threads=1
    )
    return OnnxPresentation(session, card)


def with_own_presentation(settings: Settings, own: Collection[str] = OWN) -> Settings:
    """Return the settings with our own model of several looks, where they name none.

    Only where it lies in the folder of models: a watch that nobody asks needs no `models fetch`.

    Args:
        own: ids of the models that ship with facewarden.

    Raises:
        ModelRefused: its file is damaged.
    """
    chosen = settings.models
    if chosen.presentation_clip is not None or CLIP not in own:
        return settings
    try:
        Registry(chosen.cache_dir).get(CLIP)
    except ModelMissing:
        return settings
    models = chosen.model_copy(update={"presentation_clip": CLIP})
    return settings.model_copy(update={"models": models})


def require_presentation_models(
    settings: Settings, rules: Mapping[str, PresentationRule], own: Collection[str] = OWN
) -> None:
    """Check that a watchlist which wants to know whether it sees a picture can be told.

    Args:
        rules: by watchlist.
        own: ids of the models that ship with facewarden.

    Raises:
        ConfigError: one does, no model is named, and our own is not there either.
        ModelRefused: our own is damaged.
    """
    asking = [name for name, rule in rules.items() if rule is not PresentationRule.OFF]
    chosen = with_own_presentation(settings, own).models if asking else settings.models
    if asking and not chosen.presentation:
        raise ConfigError(
            f"the watchlist {asking[0]} asks whether a person or a picture is shown, and no model "
            "can tell",
            expected="models.presentation_picture or models.presentation_clip",
            found="neither",
            remedy=("run `facewarden models fetch`, " if CLIP in own else "")
            + "name one (docs/presentation-attacks.md), or do not ask: presentation: off in "
            f"the settings, or `facewarden watchlists set {shlex.quote(asking[0])} "
            "--presentation off`",
        )


def make_presentation(settings: Settings, metrics: Metrics) -> PresentationCheck | None:
    """Load the presentation attack detectors that the settings name; None where they name none.

    Raises:
        ConfigError: a model of one look where one of several is wanted, or the other way round.
        ModelMissing, ModelRefused: one cannot be loaded, or is none.
    """
    if not settings.models.presentation:
        return None
    picture, clip = (
        make_presentation_model(settings, one) if one is not None else None
        for one in (settings.models.presentation_picture, settings.models.presentation_clip)
    )
    return _presentation_check(settings, metrics, picture=picture, clip=clip)


def make_live_claim(settings: Settings) -> LiveClaim:
    """Make what checks that a photograph to be enrolled is of a living person.

    Raises:
        ConfigError: the settings name no model of one picture.
        ModelMissing, ModelRefused: it cannot be loaded.
    """
    if settings.models.presentation_picture is None:
        raise ConfigError(
            "whether a photograph is of a living person cannot be checked",
            expected="models.presentation_picture",
            found="no model",
            remedy="see docs/presentation-attacks.md",
        )
    model = make_presentation_model(settings, settings.models.presentation_picture)
    return LiveClaim(_presentation_check(settings, Metrics(), picture=model))


def make_shown_faces(settings: Settings, *, keep_looks: bool = False) -> ShownFaces:
    """Make what judges the faces of files; it needs a detector and a model, no embedder.

    Raises:
        ConfigError: the settings name no model.
        ModelMissing, ModelRefused: one cannot be loaded.
    """
    check = make_presentation(with_own_presentation(settings), Metrics())
    if check is None:
        raise ConfigError(
            "no model can tell a living person from a picture",
            expected="models.presentation_picture or models.presentation_clip",
            found="neither",
            remedy="see docs/presentation-attacks.md",
        )
    return ShownFaces(open_detector(settings), Quality(), check, keep_looks=keep_looks)


def _presentation_check(
    settings: Settings,
    metrics: Metrics,
    *,
    picture: OnnxPresentation | None = None,
    clip: OnnxPresentation | None = None,
) -> PresentationCheck:
    chosen = settings.presentation
    return PresentationCheck(
        picture,
        clip,
        Conditions(chosen.min_face_px, chosen.min_quality),
        PresentationFusion(wait_s=chosen.wait_s),
        metrics,
    )
