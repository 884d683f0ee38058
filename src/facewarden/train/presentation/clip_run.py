"""The folder of a run: what went into it, how it goes, the weights and scores that came out."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from facewarden.errors import ConfigError, InputError
from facewarden.train.checkpoint import load
from facewarden.train.presentation.live_score import KINDS, CalibratedScore
from facewarden.train.presentation.networks.catalogue import build
from facewarden.train.presentation.networks.clip_network import ClipNetwork
from facewarden.train.presentation.networks.measured import Measured
from facewarden.train.presentation.prepared_clips import PreparedClips
from facewarden.train.presentation.recipe import ClipRecipe, clip_recipe_text, load_clip_recipe
from facewarden.train.run_files import ABOUT, RECIPE, RunFiles, begin_run

VERSION = 1
KIND = "presentation"


@dataclass(frozen=True, slots=True)
class ClipRun(RunFiles):
    """A run.

    Attributes:
        folder: holds recipe.yaml, run.json, metrics.csv, tensorboard/, last.pt, best.pt, and once
            it has ended scores.csv and results.json.
        recipe: frozen when the run began.
        about: what `told_of_data` says.
    """

    recipe: ClipRecipe
    about: dict[str, Any]

    @classmethod
    def create(cls, folder: Path, recipe: ClipRecipe, about: dict[str, Any]) -> "ClipRun":
        """Make a folder for a new run; only this user may look into it.

        Raises:
            InputError: something is there already.
        """
        told = {"version": VERSION, "kind": KIND, **about}
        begin_run(
            folder,
            clip_recipe_text(recipe),
            told,
            remedy="name another, or go on with a run by --resume",
        )
        return cls(folder, recipe, told)

    @classmethod
    def open(cls, folder: Path) -> "ClipRun":
        """Open the folder of a run.

        Raises:
            InputError: it is none.
            ConfigError: its recipe is not valid.
        """
        try:
            about = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
            found = (about["version"], about.get("kind"))
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            found = None
        if found != (VERSION, KIND):
            raise InputError(
                f"{folder} is no run of a clip network",
                expected="a folder that facewarden train presentation run has made",
            )
        return cls(folder, load_clip_recipe(str(folder / RECIPE)), about)

    @property
    def results(self) -> Path:
        """What the test gave; it is there once the run has ended."""
        return self.folder / "results.json"

    def warnings(self) -> tuple[str, ...]:
        """Return what a reader of the results must know, one sentence each; they are there."""
        return tuple(json.loads(self.results.read_text(encoding="utf-8"))["warnings"])

    def network(self) -> ClipNetwork:
        """Return the best network, set to evaluation.

        Raises:
            InputError: there is no such checkpoint, or it is of another network.
        """
        state = load(self.best)
        net = build_network(self.recipe)
        try:
            net.load_state_dict(state["network"])
        except (RuntimeError, KeyError):
            raise InputError(
                f"the weights in {self.folder} are of another network",
                expected=self.recipe.network.name,
            ) from None
        return net.eval()

    def score(self) -> CalibratedScore:
        """Return what makes `live` of the best network's embeddings.

        Raises:
            InputError: the run has not ended, so that nothing is calibrated.
        """
        state = load(self.best).get("score")
        if state is None:
            raise InputError(
                f"the run in {self.folder} has not ended, and nothing is calibrated",
                remedy=f"facewarden train presentation run --resume {self.folder}",
            )
        return score_from(state)


def build_network(recipe: ClipRecipe) -> ClipNetwork:
    """Return a recipe's network, with first weights from torch's generator.

    Raises:
        ConfigError: the recipe names what there is not.
    """
    network = recipe.network
    return build(
        network.name,
        network.parameters,
        looks=network.looks,
        input_size=network.input_size,
        embedding_size=network.embedding_size,
    )


def told_of_data(clips: PreparedClips, command: str, surface: Path | None = None) -> dict[str, Any]:
    """Return what a new run tells of what it is made from.

    Args:
        surface: the run of a surface network that is to be a part of this one's network.

    Raises:
        InputError: `surface` is no run, or has not ended.
        ConfigError: its recipe is not valid.
    """
    told: dict[str, Any] = {
        "data": str(clips.folder.absolute()),
        "data_fingerprint": clips.fingerprint,
        "command": command,
    }
    return told if surface is None else {**told, "surface": _told_of_surface(surface)}


def _told_of_surface(folder: Path) -> dict[str, Any]:
    taught = ClipRun.open(folder)
    taught.score()
    results = json.loads(taught.results.read_text(encoding="utf-8"))
    return {
        "run": str(folder.absolute()),
        "data_fingerprint": taught.about["data_fingerprint"],
        "people": results["people"]["train"],
        "recipe": clip_recipe_text(taught.recipe),
    }


def give_surface(net: ClipNetwork, run: ClipRun) -> None:
    """Give a network that wants one the surface network that its run names.

    Raises:
        ConfigError: it wants one and the run names none, or the other way round.
        InputError: what is named is no such run, or has not ended.
    """
    surface = net.surface if isinstance(net, Measured) else None
    named = run.about.get("surface")
    if (surface is None) != (named is None):
        raise ConfigError(
            f"{run.recipe.network.name} and --surface do not fit",
            expected="a run for network.parameters.surface" if surface else "none",
            found=named["run"] if named else "none",
            remedy="name the run of a surface network, or set network.parameters.surface to 0",
        )
    if surface is not None and named is not None:
        taught = ClipRun.open(Path(named["run"]))
        surface.take(taught.network(), taught.score())


def score_state(calibrated: CalibratedScore) -> dict[str, Any]:
    """Return a score as a checkpoint keeps it."""
    kind = next(name for name, made in KINDS.items() if type(calibrated.score) is made)
    return {
        "kind": kind,
        "direction": calibrated.score.direction.clone(),
        "threshold": float(calibrated.threshold),
        "steepness": float(calibrated.steepness),
    }


def score_from(state: dict[str, Any]) -> CalibratedScore:
    """Return the score that a checkpoint keeps."""
    return CalibratedScore(
        KINDS[state["kind"]](state["direction"]), state["threshold"], state["steepness"]
    )
