"""The part of a camera's picture that is searched for faces."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from facewarden.data.arrays import Float32
from facewarden.errors import DataError

Point = tuple[float, float]


class Region:
    """The union of polygons in relative coordinates; no polygon means the whole picture.

    Args:
        polygons: each of three or more (x, y) in [0, 1], from the top left corner. A polygon that
            crosses itself is filled by the even-odd rule.

    Raises:
        DataError: too few points, points outside [0, 1], or a polygon without area.
    """

    def __init__(self, polygons: Sequence[Sequence[Point]] = ()) -> None:
        self._polygons = tuple(_checked(polygon) for polygon in polygons)

    @property
    def everything(self) -> bool:
        """Whether the whole picture is searched."""
        return not self._polygons

    def bounds_px(self, width: int, height: int) -> tuple[int, int, int, int]:
        """Return x1 y1 x2 y2 px of the smallest crop that holds the region; never empty."""
        if self.everything:
            return 0, 0, width, height
        points = np.concatenate(self._polygons)
        low, high = points.min(axis=0), points.max(axis=0)
        x1 = min(math.floor(low[0] * width), width - 1)
        y1 = min(math.floor(low[1] * height), height - 1)
        x2 = max(math.ceil(high[0] * width), x1 + 1)
        y2 = max(math.ceil(high[1] * height), y1 + 1)
        return x1, y1, min(x2, width), min(y2, height)

    def contains(self, points_px: Float32, width: int, height: int) -> NDArray[np.bool_]:
        """Return (n,) which of (n, 2) points lie in the region, by casting a ray to the right.

        Without polygons every point does, even one outside the picture.
        """
        inside = np.full(len(points_px), self.everything)
        x, y = (points_px / np.array([width, height], np.float64)).T[:, :, None]
        for polygon in self._polygons:
            (x1, y1), (x2, y2) = polygon.T, np.roll(polygon, -1, axis=0).T
            crosses = (y1 > y) != (y2 > y)  # (n, edges); half open: a shared edge counts once
            rise = np.where(y2 == y1, 1.0, y2 - y1)
            left_of = x < x1 + (y - y1) / rise * (x2 - x1)
            inside |= np.count_nonzero(crosses & left_of, axis=1) % 2 == 1
        return inside


def _checked(polygon: Sequence[Point]) -> NDArray[np.float64]:
    points = np.asarray(polygon, np.float64)
    if points.ndim != 2 or points.shape[1] != 2 or len(points) < 3:
        raise DataError("a polygon has too few points", expected="three or more (x, y)")
    if not ((points >= 0) & (points <= 1)).all():
        raise DataError(
            "a polygon leaves the picture", expected="x and y in [0, 1]", found=f"{points.tolist()}"
        )
    if np.ptp(points, axis=0).min() <= 0:
        raise DataError("a polygon has no area", found=f"{points.tolist()}")
    return points
