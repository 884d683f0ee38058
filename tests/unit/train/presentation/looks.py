"""Prepared clips without faces: what is alive moves within itself, a picture only as a whole."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from facewarden.measure.clip_list import ClipEntry
from facewarden.train.presentation.prepared_clips import PreparedClips
from facewarden.train.presentation.recipe import ClipRecipe
from facewarden.train.presentation.storing import ClipStore

PEOPLE = ("ada", "ben", "cleo", "dan", "eve", "finn")
SIDE, LOOKS = 72, 12


def written(
    folder: Path,
    *,
    people: tuple[str, ...] = PEOPLE,
    species: tuple[str, ...] = ("print", "replay"),
    clips: int = 3,
    part_of: Mapping[str, str] | None = None,
) -> PreparedClips:
    """Write clips of each person: bona fide ones, and of each species."""
    random = np.random.default_rng(7)
    store = ClipStore(folder, SIDE)
    for person in people:
        for kind in ("", *species):
            for number in range(clips):
                entry = ClipEntry(
                    Path(f"{person}-{kind or 'alive'}-{number}.mp4"), person, bool(kind), kind,
                    part=(part_of or {}).get(person, ""),
                )  # fmt: skip
                store.add(entry, _looks(kind, random), [0.1 * at for at in range(LOOKS)])
    store.finish({"factor": 2.0})
    return PreparedClips.open(folder)


def _looks(kind: str, random: np.random.Generator) -> list[NDArray[np.uint8]]:
    y, x = np.mgrid[:SIDE, :SIDE].astype(np.float32)
    cx, cy, phase = random.uniform(28, 44), random.uniform(28, 44), random.uniform(0, 6)
    colour = random.uniform(90, 160, 3)
    found = []
    for at in range(LOOKS):
        inner = 0.6 * at if not kind or kind == "replay" else 0.0
        face = 60 * np.cos(np.hypot(x - cx, y - cy) / 6 + phase + inner)
        grid = 25 * np.cos(np.pi * x) * (kind == "replay") + 25 * np.cos(np.pi * y) * (
            kind == "print"
        )
        grain = random.normal(0, 4, (SIDE, SIDE))
        look = (face + grid + grain)[..., None] + colour
        found.append(np.clip(look, 0, 255).astype(np.uint8))
    return found


def recipe(**changes: object) -> ClipRecipe:
    """Return a recipe that trains in a second or two."""
    return ClipRecipe.model_validate(
        {
            "network": {
                "name": "mobile", "looks": 3, "input_size": 64, "embedding_size": 16,
                "parameters": {"width": 8},
            },
            "loss": {"name": "arcface", "parameters": {"scale": 16, "margin": 0.3}},
            "sampling": {"batch_size": 8, "spacing_s": [0.1, 0.3], "zoom": 0},
            "augment": [{"name": "horizontal_flip", "probability": 0.5}],
            "augment_looks": [
                {"name": "gaussian_noise", "probability": 0.5, "parameters": {"low": 0, "high": 4}}
            ],
            "optimiser": {"name": "adamw", "rate": 0.003},
            "arithmetic": {"threads": 1},
            "epochs": 3,
            **changes,
        }
    )  # fmt: skip
