"""A recipe: everything that decides what a training makes of prepared clips, frozen."""

from collections.abc import Sequence
from importlib.resources import files
from typing import Any, Literal, Self

import yaml
from pydantic import Field, model_validator

from facewarden.config.section import Label, Section, expectation
from facewarden.train.recipe import (
    ArithmeticRecipe,
    AugmentationRecipe,
    DivergenceRecipe,
    Named,
    OptimiserRecipe,
    ScheduleRecipe,
)
from facewarden.train.recipe_file import read_recipe, recipes_in


class ClipNetworkRecipe(Section):
    """The network."""

    name: Label = Field(description="Its name, such as mobile; the catalogue says which there are.")
    looks: Literal[1, 2, 3, 5] = Field(default=5, description="How many looks it takes.")
    input_size: int = Field(default=224, ge=32, le=512, description="Side of a look, px.")
    embedding_size: int = Field(default=64, ge=2, le=4096, description="Length of an embedding.")
    registered: bool = Field(
        default=False,
        description="Looks are laid over the middle one first, here and in the watch.",
    )
    parameters: dict[str, Any] = Field(
        default_factory=dict, description="Further ones by name, such as width."
    )


class SamplingRecipe(Section):
    """How looks become clips and clips batches."""

    batch_size: int = Field(
        default=16, ge=4, le=1024, description="Clips in a batch; half of them bona fide."
    )
    clips_per_epoch: int = Field(
        default=0, ge=0, le=10_000_000, description="0 takes as many as there are to train on."
    )
    spacing_s: tuple[float, float] = Field(
        default=(0.1, 0.4),
        description="Seconds between the looks of a clip, drawn between these for each clip anew.",
    )
    smallest_px: int = Field(
        default=0,
        ge=0,
        le=512,
        description="Batches are cut to squares of a side drawn between this and the network's "
        "input, in steps of 32 px, anywhere in the look: what is fine is to be learnt, not whose "
        "clip it is. 0 leaves them whole.",
    )
    zoom: float = Field(
        default=0.1,
        ge=0,
        le=0.3,
        description="Share of its side by which a clip is drawn larger or smaller at most.",
    )

    @model_validator(mode="after")
    def _ascending(self) -> Self:
        low, high = self.spacing_s
        if not 0 < low <= high <= 5:
            raise expectation("two ascending numbers above 0, at most 5", str([low, high]))
        return self


class ClipSplitRecipe(Section):
    """Whose clips are learnt from, whose give the threshold, whose are judged."""

    by: Literal["people", "part"] = Field(
        default="people",
        description="people: folds of the people. part: what the list of clips says.",
    )
    folds: int = Field(default=3, ge=2, le=1000, description="Of people: how many tests there are.")
    fold: int = Field(default=0, ge=0, le=999, description="Which of them is the test, from 0.")
    development: float = Field(
        default=0.25,
        gt=0,
        lt=1,
        description="Share of the other people who give the threshold; at least one.",
    )
    leave_out: tuple[Label, ...] = Field(
        default=(),
        description="Species of attack that are nowhere learnt from; then they alone, and bona "
        "fide presentations, are the test.",
    )

    @model_validator(mode="after")
    def _fold_exists(self) -> Self:
        if self.fold >= self.folds:
            raise expectation(f"a fold from 0 to {self.folds - 1}", str(self.fold))
        return self


class ClipRecipe(Section):
    """A training of a clip network."""

    description: str = Field(
        default="", max_length=2000, description="What it is for, and where its numbers are from."
    )
    network: ClipNetworkRecipe
    loss: Named = Field(description="What is made small.")
    sampling: SamplingRecipe = Field(default_factory=SamplingRecipe)
    augment: tuple[AugmentationRecipe, ...] = Field(
        default=(), description="Changes of a clip, all of whose looks are changed alike."
    )
    augment_looks: tuple[AugmentationRecipe, ...] = Field(
        default=(), description="Changes of each look by itself, such as gaussian_noise."
    )
    optimiser: OptimiserRecipe = Field(default_factory=OptimiserRecipe)
    schedule: ScheduleRecipe = Field(default_factory=ScheduleRecipe)
    arithmetic: ArithmeticRecipe = Field(default_factory=ArithmeticRecipe)
    divergence: DivergenceRecipe = Field(default_factory=DivergenceRecipe)
    split: ClipSplitRecipe = Field(default_factory=ClipSplitRecipe)
    epochs: int = Field(ge=1, le=100_000, description="Count of times everything is seen.")
    keep: Literal["best", "last"] = Field(
        default="best",
        description="Weights of the epoch that the development people liked best, or of the last: "
        "two or three people are too few to choose by.",
    )
    patience: int = Field(
        default=0, ge=0, le=10_000, description="Epochs without a new best before the end; 0 none."
    )
    seed: int = Field(default=20261122, ge=0, lt=2**31, description="Of everything that is drawn.")


def shipped_clip_recipes() -> tuple[str, ...]:
    """Return the names of the recipes that facewarden comes with, sorted."""
    return recipes_in(files("facewarden.train.presentation") / "recipes")


def load_clip_recipe(name: str, changes: Sequence[str] = ()) -> ClipRecipe:
    """Read a recipe; see `facewarden.train.recipe_file.load_recipe`.

    Raises:
        ConfigError: all that is wrong, a line each.
    """
    folder = files("facewarden.train.presentation") / "recipes"
    return read_recipe(ClipRecipe, folder, name, changes)


def clip_recipe_text(recipe: ClipRecipe) -> str:
    """Return every field of a recipe as a file that `load_clip_recipe` reads."""
    text: str = yaml.safe_dump(recipe.model_dump(mode="json"), sort_keys=False, allow_unicode=True)
    return text
