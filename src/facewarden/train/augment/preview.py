"""A picture of what each augmentation does."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from facewarden.train.augment.catalogue import STEPS, build
from facewarden.train.augment.pipeline import Augment
from facewarden.train.data.prepared import Prepared
from facewarden.train.data.sheet import Cell, sheet

SIDE_PX = 112


def preview_sheet(prepared: Prepared, *, faces: int, draws: int, seed: int) -> bytes:
    """Return a PNG: first the faces, then a row for each augmentation at its defaults.

    Args:
        faces: how many people to show, at most as many as there are.
        draws: examples of each.
        seed: chooses people and what is drawn.
    """
    random = np.random.default_rng(seed)
    people = random.permutation(len(prepared.subjects))[:faces]
    rows = [int(np.flatnonzero(prepared.labels == one)[0]) for one in people]
    shown = [int(row) for row in rows for _ in range(draws)]
    images = torch.from_numpy(np.stack([prepared.images[row] for row in shown]))
    images = images.permute(0, 3, 1, 2).contiguous()
    landmarks = torch.from_numpy(prepared.landmarks[shown])
    cells = [Cell(_faces(images), ("as prepared",))]
    for name in STEPS:
        step = build([{"name": name, "probability": 1.0}])
        generator = torch.Generator().manual_seed(seed)
        changed = Augment(step)(images, landmarks, generator)
        cells.append(Cell(_faces(changed), (f"{name} {_values(step[0].step)}",)))
    return sheet(cells, columns=1, side_px=SIDE_PX)


def _faces(images: torch.Tensor) -> tuple[NDArray[np.uint8], ...]:
    return tuple(images.permute(0, 2, 3, 1).numpy())


def _values(step: Any) -> str:
    return ", ".join(f"{name} {getattr(step, name)}" for name in step.__slots__)
