"""A model's impostor tail, fitted by the product's own calibration."""

import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from facewarden.config.settings import Settings
from facewarden.embed.looks_embedder import LooksEmbedder
from facewarden.embed.onnx_embedder import OnnxEmbedder
from facewarden.errors import InputError, ModelRefused
from facewarden.evaluate.tail import least_people
from facewarden.measure.calibrating import as_card, fit, read_cohort
from facewarden.measure.galleries import read_people
from facewarden.models.registry import Registry
from facewarden.train.export.exported import Exported
from facewarden.wiring.eyes import make_eyes, with_model


def require_people(cohort: Path) -> None:
    """Check that a cohort has people enough for a tail, before minutes are spent on it.

    Raises:
        InputError: it cannot be read, or has fewer than `least_people()`.
    """
    people = {sample.person for sample in read_people(cohort, clips=False).samples}
    if len(people) < least_people():
        raise InputError(
            f"the cohort {cohort} is too small for a tail",
            expected=f"at least {least_people()} people with photographs",
            found=str(len(people)),
            remedy="add folders of other people, or leave --cohort out",
        )


def calibrated(
    one: Exported,
    cohort: Path,
    settings: Settings,
    *,
    compose: int,
    command: str,
    told: Callable[[str, int, int], None],
) -> Exported:
    """Return the file with a tail in its card, for the engine and precision that suit this machine.

    Args:
        cohort: a folder per person; see `facewarden calibrate`.
        compose: people to make footage of, where the cohort has no clips.

    Raises:
        InputError: a cohort that cannot be used.
        ModelRefused: no tail can be fitted.
    """
    chosen = settings.models
    known = Registry(chosen.cache_dir)
    with tempfile.TemporaryDirectory() as folder:
        registry = Registry(Path(folder))
        detector, _ = known.get(chosen.detector)
        for model_id in (detector.model_id, *(part.model_id for part in detector.parts)):
            registry.put(*known.load(model_id))
        if one.card.compares_with is not None:
            registry.put(*known.load(one.card.compares_with))
        registry.put(one.card, one.model)
        models = chosen.model_copy(update={"cache_dir": Path(folder)})
        here = with_model(settings.model_copy(update={"models": models}), one.card.model_id)
        eyes = make_eyes(here)
        embedder = eyes.of_looks
        if not isinstance(embedder, OnnxEmbedder | LooksEmbedder):
            raise ModelRefused(f"{one.card.model_id} cannot be calibrated")
        people = read_cohort(cohort, eyes, here, compose=compose, told=told)
        tail = as_card(
            fit(people, embedder.tail),
            people,
            embedder,
            data=f"cohort {cohort.name}: {len(people.paths)} photographs of "
            f"{len(people.people)} people, {len(people.clips)} clips",
            command=command,
        )
    return replace(one, card=one.card.model_copy(update={"tails": (tail,)}))
