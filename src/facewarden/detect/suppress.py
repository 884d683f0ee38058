"""Non-maximum suppression: of boxes that show the same face, the most confident stays."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from facewarden.data import Float32, Int64
from facewarden.geometry.boxes import iou

Overlap = Callable[[NDArray[np.float64], NDArray[np.float64]], NDArray[np.float64]]


def suppress(
    boxes: Float32, confidence: Float32, *, max_overlap: float, overlap: Overlap = iou
) -> Int64:
    """Return the rows to keep, most confident first; ties in the order given.

    A row is dropped when its overlap with a kept row exceeds `max_overlap`.

    Args:
        boxes: (n, 4) x1 y1 x2 y2 px.
        confidence: (n,).
        overlap: (n, 4), (m, 4) to (n, m); intersection over union unless told otherwise.
    """
    order = np.argsort(-confidence, kind="stable")
    ranked = boxes[order].astype(np.float64)
    alive = np.ones(len(order), np.bool_)
    kept = []
    for rank in range(len(order)):
        if alive[rank]:
            kept.append(order[rank])
            alive[rank:] &= overlap(ranked[rank : rank + 1], ranked[rank:])[0] <= max_overlap
    return np.array(kept, np.int64)
