"""Rectangles as rows of x1 y1 x2 y2; pure functions over all rows at once."""

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Number = TypeVar("Number", np.float32, np.float64)


def area(boxes: NDArray[Number]) -> NDArray[Number]:
    """Return the (n,) areas of (n, 4) boxes; 0 for one that is inside out."""
    sides: NDArray[Number] = np.maximum(boxes[:, 2:] - boxes[:, :2], 0)
    product: NDArray[Number] = sides[:, 0] * sides[:, 1]
    return product


def centre(boxes: NDArray[Number]) -> NDArray[Number]:
    """Return the (n, 2) centres x y of (n, 4) boxes."""
    middle: NDArray[Number] = (boxes[:, :2] + boxes[:, 2:]) * boxes.dtype.type(0.5)
    return middle


def iou(first: NDArray[Number], second: NDArray[Number]) -> NDArray[Number]:
    """Return the (n, m) intersection over union of (n, 4) with (m, 4) boxes, in [0, 1].

    Jaccard's index; two boxes without area have 0, also with themselves.
    """
    shared = _shared(first, second)
    union = area(first)[:, None] + area(second)[None, :] - shared
    ratio: NDArray[Number] = np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)
    return np.minimum(ratio, 1, out=ratio)  # rounding may lift a box's overlap with itself over 1


def overlap_of_smaller(first: NDArray[Number], second: NDArray[Number]) -> NDArray[Number]:
    """Return the (n, m) share of the smaller of two boxes that lies in the other, in [0, 1].

    1 for a box within another, where `iou` may be small; a box without area has 0.
    """
    shared = _shared(first, second)
    smaller = np.minimum(area(first)[:, None], area(second)[None, :])
    ratio: NDArray[Number] = np.divide(
        shared, smaller, out=np.zeros_like(shared), where=smaller > 0
    )
    return np.minimum(ratio, 1, out=ratio)


def _shared(first: NDArray[Number], second: NDArray[Number]) -> NDArray[Number]:
    low = np.maximum(first[:, None, :2], second[None, :, :2])
    high = np.minimum(first[:, None, 2:], second[None, :, 2:])
    sides = np.maximum(high - low, 0)
    product: NDArray[Number] = sides[..., 0] * sides[..., 1]
    return product


def expand(boxes: NDArray[Number], share: float) -> NDArray[Number]:
    """Return (n, 4) boxes that reach further by `share` of their width and height on each side.

    A negative share down to -0.5 shrinks them.
    """
    reach = (boxes[:, 2:] - boxes[:, :2]) * boxes.dtype.type(share)
    return np.concatenate([boxes[:, :2] - reach, boxes[:, 2:] + reach], axis=1)


def clip(boxes: NDArray[Number], width_px: float, height_px: float) -> NDArray[Number]:
    """Return the (n, 4) boxes cut at the border of a picture; outside ones lose their area."""
    limit = np.array([width_px, height_px, width_px, height_px], boxes.dtype)
    return np.clip(boxes, 0, limit)
