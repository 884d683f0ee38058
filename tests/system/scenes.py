"""Folders of pictures that a camera might have taken, from photographs of people."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from facewarden.data import Image

COLUMNS, ROWS, CELL_PX, FACE_PX = 4, 3, 400, 250


def first_photographs(shared: Path, count: int) -> list[Path]:
    """Return the first photograph of each of the first people of LFW."""
    folders = sorted((shared / "data" / "lfw-dev" / "images").iterdir())
    return [min(folder.iterdir()) for folder in folders[:count]]


def scene(photograph: Path | None, number: int) -> Image:
    """Return a wide grey picture with the photograph, if any, in one of twelve places in turn.

    The tracker tells people apart by where they are. It looks two face heights around, and gives
    a face up after 1.5 s: places lie farther apart, and one is used again after three seconds.
    """
    picture = np.full((ROWS * CELL_PX, COLUMNS * CELL_PX, 3), 96, np.uint8)
    if photograph is None:
        return picture
    row, column = divmod(number % (ROWS * COLUMNS), COLUMNS)
    face = cv2.imread(str(photograph))
    assert face is not None
    assert face.shape == (FACE_PX, FACE_PX, 3)
    y, x = row * CELL_PX, column * CELL_PX
    picture[y : y + FACE_PX, x : x + FACE_PX] = face
    return picture


def folder_camera(folder: Path, photographs: Sequence[Path | None]) -> Path:
    """Write a picture for each photograph, to be watched in this order at four a second."""
    folder.mkdir()
    for number, photograph in enumerate(photographs):
        cv2.imwrite(str(folder / f"{number:04d}.jpg"), scene(photograph, number))
    return folder
