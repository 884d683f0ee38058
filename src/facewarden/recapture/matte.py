"""Who is in front, where a clip was filmed before a plain wall."""

import cv2
import numpy as np
from numpy.typing import NDArray

from facewarden.data import Float32, Image

_STRIP = 0.06
"""Width of the strips at the upper edge and the upper sides in which only the wall is expected."""
_SIDE = 0.72
"""How far down the strips at the sides reach."""
_PLAIN = 6.0
"""Largest standard deviation of a wall about its smooth shading, grey levels."""
_WALL = (22.0, 48.0)
"""Distance from the wall's colour, grey levels: below the first it is the wall, above the second
the person."""
_LIGHT = 60.0
"""Least grey level of a wall's strongest colour: dark hair and a dark wall are not told apart."""
_SPREAD = 0.8
"""Share of the strips that must be the wall."""


class PlainWall:
    """The colour of a wall, smoothly shaded, for pictures of one size."""

    def __init__(self, colours: Float32) -> None:
        """`colours`: (h, w, 3) float32 BGR of the wall alone."""
        self._colours = colours

    def person(self, picture: Image) -> Float32:
        """Return how much of each pixel is not the wall, (h, w) float32 in [0, 1]."""
        off = picture.astype(np.float32) - self._colours
        distance = cv2.GaussianBlur(np.sqrt((off * off).sum(axis=-1)), (0, 0), 0.8)
        share = np.clip((distance - _WALL[0]) / (_WALL[1] - _WALL[0]), 0, 1)
        # What is inside of an outline is the person, whatever its colour: eyes, a white shirt.
        certain = (share > 0.5).astype(np.uint8)
        spot = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5))
        certain = np.asarray(cv2.morphologyEx(certain, cv2.MORPH_CLOSE, spot), np.uint8)
        outlines, _ = cv2.findContours(certain, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
        largest = max(outlines, key=cv2.contourArea, default=None)
        filled = np.zeros(certain.shape, np.uint8)
        if largest is not None:
            cv2.drawContours(filled, [largest], -1, 1, cv2.FILLED)
        near = cv2.dilate(filled, spot)
        inner = cv2.erode(filled, spot)
        return np.asarray(np.maximum(share * near, inner), np.float32)


def plain_wall(picture: Image) -> PlainWall | None:
    """Return the wall behind a person; None where it is not plain.

    Args:
        picture: of a person, with room above them or beside their head.
    """
    height, width = picture.shape[:2]
    edge = np.zeros((height, width), np.bool_)
    edge[: max(2, int(_STRIP * height))] = True
    side = max(2, int(_STRIP * width))
    edge[: int(_SIDE * height), :side] = True
    edge[: int(_SIDE * height), -side:] = True
    rows, columns = np.nonzero(edge)
    terms = _terms(rows / height, columns / width)
    colours = picture[rows, columns].astype(np.float64)
    kept = np.ones(len(rows), np.bool_)
    for _ in range(3):  # hair or a lamp in a strip is not the wall
        weights, *_ = np.linalg.lstsq(terms[kept], colours[kept], rcond=None)
        off = np.abs(colours - terms @ weights).max(axis=1)
        kept = off < 3 * _PLAIN
        if kept.mean() < _SPREAD:
            return None
    if float((colours - terms @ weights)[kept].std(axis=0).max()) > _PLAIN:
        return None
    if float(colours[kept].mean(axis=0).max()) < _LIGHT:
        return None
    y, x = np.mgrid[:height, :width]
    # A plane's shading goes on below the strips; a curve fitted to them would run away there.
    flat = _terms(y.ravel() / height, x.ravel() / width) @ weights
    return PlainWall(flat.reshape(height, width, 3).astype(np.float32))


def _terms(down: NDArray[np.float64], across: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, 4): a constant, a slope each way, and a fall of the light to both sides."""
    return np.column_stack([np.ones_like(down), down, across, (across - 0.5) ** 2])
