"""A face with its surroundings, cut out as a square: what presentation attack detection sees."""

import cv2
import numpy as np
from numpy.typing import NDArray

from facewarden.data import Image


def square_crop(image: Image, box: NDArray[np.float32], factor: float, size_px: int) -> Image:
    """Cut a square of `factor` times the box's longer side about its centre.

    What lies outside the picture is the picture mirrored at its edge, so that no straight black
    edge looks like the edge of a sheet of paper.

    Args:
        image: (H, W, 3) uint8.
        box: (4,) x1 y1 x2 y2 in px, with a width and a height.
        factor: 1.5 shows the face and some hair, 2.7 the shoulders.
        size_px: side of the result; Lanczos when enlarging, area means when shrinking.

    Returns:
        (size_px, size_px, 3) uint8, a copy.
    """
    height_px, width_px = image.shape[:2]
    x1, y1, x2, y2 = (float(value) for value in box)
    side = max(1, round(max(x2 - x1, y2 - y1) * factor))
    left, top = round((x1 + x2 - side) / 2), round((y1 + y2 - side) / 2)
    square = image[max(0, top) : max(0, top + side), max(0, left) : max(0, left + side)]
    before = max(0, -top), max(0, -left)
    after = max(0, top + side - height_px), max(0, left + side - width_px)
    if max(before[0], after[0]) >= square.shape[0] or max(before[1], after[1]) >= square.shape[1]:
        # More is missing than is there: mirrored again and again.
        rows, columns = np.arange(top, top + side), np.arange(left, left + side)
        square = image[_mirrored(rows, height_px)[:, None], _mirrored(columns, width_px)]
    elif any(before) or any(after):
        square = np.asarray(
            cv2.copyMakeBorder(
                square, before[0], after[0], before[1], after[1], cv2.BORDER_REFLECT_101
            ),
            np.uint8,
        )
    way = cv2.INTER_LANCZOS4 if side < size_px else cv2.INTER_AREA
    return np.ascontiguousarray(cv2.resize(square, (size_px, size_px), interpolation=way), np.uint8)


def _mirrored(places: NDArray[np.int64], length: int) -> NDArray[np.int64]:
    """Reflect places outside [0, length) at the edges, without repeating the edge."""
    period = max(1, 2 * (length - 1))
    wrapped = places % period
    return np.where(wrapped < length, wrapped, period - wrapped)
