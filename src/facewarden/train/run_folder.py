"""The folder of a run: what went into it, how it goes, and the weights that came out."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from facewarden.errors import InputError
from facewarden.text import shown
from facewarden.train.backbones.backbone import Backbone
from facewarden.train.backbones.catalogue import build
from facewarden.train.checkpoint import load
from facewarden.train.recipe import Recipe
from facewarden.train.recipe_file import load_recipe, to_text
from facewarden.train.run_files import ABOUT, RECIPE, RunFiles, begin_run

VERSION = 1


@dataclass(frozen=True, slots=True)
class RunFolder(RunFiles):
    """A run.

    Attributes:
        folder: holds recipe.yaml, run.json, metrics.csv, tensorboard/, log.txt, last.pt, once it
            was judged best.pt, and first.pt where it began with weights from elsewhere.
        recipe: frozen when the run began.
        about: where the data lie and their fingerprint, split, counts, versions, device, threads,
            processes, command, time, and the teacher's template recipe where it is applied.
    """

    recipe: Recipe
    about: dict[str, Any]

    @classmethod
    def create(cls, folder: Path, recipe: Recipe, about: dict[str, Any]) -> "RunFolder":
        """Make a folder for a new run; only this user may look into it.

        Raises:
            InputError: something is there already.
        """
        about = {"version": VERSION, **about}
        begin_run(
            folder,
            to_text(recipe),
            about,
            remedy=f"facewarden train resume {folder}, or name another",
        )
        return cls(folder, recipe, about)

    @classmethod
    def open(cls, folder: Path) -> "RunFolder":
        """Open the folder of a run.

        Raises:
            InputError: it is none.
            ConfigError: its recipe is not valid.
        """
        try:
            about = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
            version = about["version"]
        except (OSError, ValueError, KeyError, TypeError):
            raise InputError(
                f"{folder} is no run", expected="a folder that facewarden train run has made"
            ) from None
        if version != VERSION:
            raise InputError(
                f"{folder} is a run of another version",
                expected=f"version {VERSION}", found=str(version),
            )  # fmt: skip
        return cls(folder, load_recipe(str(folder / RECIPE)), about)

    @property
    def go_on(self) -> str:
        """What to type to go on."""
        return shown(f"facewarden train resume {self.folder}")

    def log(self, words: str) -> None:
        """Add a line to the run's log."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        with (self.folder / "log.txt").open("a", encoding="utf-8") as out:
            out.write(f"{now} {shown(words)}\n")

    def backbone(self, which: Literal["best", "last"] = "best") -> Backbone:
        """Return the trained network, set to evaluation: the mean of weights where one is kept.

        Raises:
            InputError: there is no such checkpoint, or it is of another network.
        """
        state = load(self.best if which == "best" else self.last)
        network = self.recipe.network
        net = build(
            network.backbone,
            embedding_size=network.embedding_size,
            input_size=int(self.about["size_px"]),
        )
        try:
            net.load_state_dict(state["average"] or state["backbone"])
        except (RuntimeError, KeyError):
            raise InputError(
                f"the weights in {self.folder} are of another network",
                expected=network.backbone,
            ) from None
        return net.eval()

    def towards_first(self, net: Backbone, kept: float) -> Backbone:
        """Move a trained network back towards the weights that its run began with; in place.

        Wortsman et al., Robust fine-tuning of zero-shot models, 2022 (arXiv 2109.01903): what was
        known before is kept better than by training for a shorter time.

        Args:
            kept: share of the first weights, in [0, 1].

        Raises:
            InputError: the run began with weights that were drawn, or they are gone.
        """
        if not self.first.exists():
            raise InputError(
                f"{self.folder} has no first.pt to go back towards",
                expected="a run with network.warm_start",
            )
        first = load(self.first)["backbone"]
        mixed = {
            name: value.lerp(first[name], kept) if value.is_floating_point() else value
            for name, value in net.state_dict().items()
        }
        net.load_state_dict(mixed)
        return net
