"""Small trainings for tests."""

import signal
from pathlib import Path
from typing import Any

import torch

from facewarden.train.distributed import World
from facewarden.train.interruption import Interruption
from facewarden.train.recipe import Recipe
from facewarden.train.starter import Surroundings
from facewarden.train.watcher import Unwatched, Watcher

SMALL: dict[str, Any] = {
    "network": {"backbone": "mobilenetv3-small", "embedding_size": 32},
    "loss": {"name": "arcface", "parameters": {"scale": 16.0, "margin": 0.2}},
    "sampler": {"name": "shuffled", "parameters": {"batch_size": 8, "drop_last": True}},
    "augment": [{"name": "horizontal_flip", "probability": 0.5}],
    "optimiser": {"name": "sgd", "rate": 0.05},
    "arithmetic": {"threads": 1},
    "split": "images-70-15-15",
    "epochs": 2,
    "log_steps": 2,
    "seed": 7,
}


def recipe(**changes: Any) -> Recipe:
    """Return a recipe that trains a small network on drawn faces within seconds."""
    return Recipe.model_validate({**SMALL, **changes})


class StopsAt(Unwatched):
    """Asks a training to stop after a step, as a signal would."""

    def __init__(self, step: int) -> None:
        self.asked, self._step = Interruption(), step

    def stepped(self, done: int) -> None:
        if done == self._step:
            self.asked.ask(signal.SIGTERM, None)


class Told:
    """Keeps what was said."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def __call__(self, words: str) -> None:
        self.said.append(words)


def around(
    *, watcher: Watcher | None = None, asked: Interruption | None = None, told: Told | None = None
) -> Surroundings:
    """Return surroundings on the CPU, alone."""
    return Surroundings(
        World(torch.device("cpu")),
        watcher or Unwatched(),
        Interruption() if asked is None else asked,
        told or Told(),
        "facewarden train run",
    )


def weights(path: Path) -> dict[str, torch.Tensor]:
    """Return everything in a checkpoint that is a tensor, by its place."""
    found: dict[str, torch.Tensor] = {}

    def walk(name: str, value: Any) -> None:
        if isinstance(value, torch.Tensor):
            found[name] = value
        elif isinstance(value, dict):
            for key, inner in value.items():
                walk(f"{name}.{key}", inner)

    walk("", torch.load(path, weights_only=True))
    return found


def same(one: Path, other: Path) -> bool:
    """Tell whether two checkpoints hold the same bits in every tensor."""
    left, right = weights(one), weights(other)
    assert left
    return left.keys() == right.keys() and all(
        torch.equal(value, right[name]) for name, value in left.items()
    )
