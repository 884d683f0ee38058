"""An image of a data set and the boxes that people drew in it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from facewarden.capture.folder import SUFFIXES
from facewarden.data import Image
from facewarden.geometry.boxes import area, clip

FACE = "face"
"""The class of data sets that know no other."""
Row = tuple[tuple[float, float, float, float], bool, str, str]
"""Box, whether it is ignored, class, and place in the annotations."""
TOLERANCE_PX = 1.0
"""Boxes that reach less over the edge are rounded, not wrong."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in a data set that is not as it should be.

    Attributes:
        kind: what, in the same words for all of a kind.
        place: the file, and the line where there is one.
        details: what was expected or found; may be empty.
    """

    kind: str
    place: str
    details: str = ""


@dataclass(frozen=True, slots=True)
class LabelledImage:
    """An image and the n boxes drawn in it.

    Attributes:
        boxes: (n, 4) x1 y1 x2 y2, px or, where `relative`, shares of width and height.
        ignored: (n,) marked as invalid or difficult.
        classes: the class of each box.
        places: the file and line of each box.
    """

    path: Path
    boxes: NDArray[np.float64]
    ignored: NDArray[np.bool_]
    classes: tuple[str, ...]
    places: tuple[str, ...]
    relative: bool = False

    def of(self, classes: Sequence[str]) -> "LabelledImage":
        """Return the image with the boxes of these classes only."""
        kept = [place for place, name in enumerate(self.classes) if name in classes]
        return replace(
            self,
            boxes=self.boxes[kept],
            ignored=self.ignored[kept],
            classes=tuple(self.classes[place] for place in kept),
            places=tuple(self.places[place] for place in kept),
        )

    def within(self, image: Image) -> tuple[NDArray[np.float64], NDArray[np.bool_], list[Problem]]:
        """Return boxes in px and their marks, cut at the border of the decoded image.

        Boxes that reach over it are listed, those without area in the image left out and listed.
        """
        height_px, width_px = image.shape[:2]
        scale = np.array([width_px, height_px] * 2, np.float64) if self.relative else 1.0
        boxes = self.boxes * scale
        cut = clip(boxes, width_px, height_px)
        problems = []
        kept = area(cut) > 0
        moved = np.abs(cut - boxes).max(axis=1, initial=0) > TOLERANCE_PX
        for row in np.flatnonzero(moved | ~kept):
            told = f"{_words(boxes[row])} px in {width_px}x{height_px}"
            if not area(boxes[row : row + 1])[0] > 0:
                kind = "box without area, left out"
            elif not kept[row]:
                kind = "box outside the image, left out"
            else:
                kind = "box reaches over the edge, clipped"
            problems.append(Problem(kind, self.places[row], told))
        return cut[kept], self.ignored[kept], problems


def images_under(folder: Path) -> dict[str, Path]:
    """Return the pictures below a folder by their path in it, without suffix."""
    return {
        path.relative_to(folder).with_suffix("").as_posix(): path
        for path in sorted(folder.rglob("*"))
        if path.suffix.lower() in SUFFIXES and path.is_file()
    }


def labelled(
    path: Path,
    rows: Sequence[Row],
    *,
    relative: bool = False,
) -> LabelledImage:
    """Build an image from rows of box, mark, class and place."""
    boxes = np.array([row[0] for row in rows], np.float64).reshape(-1, 4)
    return LabelledImage(
        path,
        boxes,
        np.array([row[1] for row in rows], np.bool_),
        tuple(row[2] for row in rows),
        tuple(row[3] for row in rows),
        relative,
    )


def _words(box: NDArray[np.float64]) -> str:
    return " ".join(f"{value:.1f}" for value in box)
