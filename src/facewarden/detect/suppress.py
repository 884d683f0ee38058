"""Non-maximum suppression: of boxes that show the same face, the most confident stays."""

import numpy as np
from numpy.typing import NDArray

from facewarden.data import Float32, Int64


def suppress(boxes: Float32, confidence: Float32, *, max_overlap: float) -> Int64:
    """Return the rows to keep, most confident first; ties in the order given.

    A row is dropped when its intersection over union with a kept row exceeds `max_overlap`.

    Args:
        boxes: (n, 4) x1 y1 x2 y2 px.
        confidence: (n,).
    """
    order = np.argsort(-confidence, kind="stable")
    ranked = boxes[order].astype(np.float64)
    area = (ranked[:, 2] - ranked[:, 0]) * (ranked[:, 3] - ranked[:, 1])
    alive = np.ones(len(order), np.bool_)
    kept = []
    for rank in range(len(order)):
        if not alive[rank]:
            continue
        kept.append(order[rank])
        alive[rank:] &= (
            _overlap(ranked[rank], area[rank], ranked[rank:], area[rank:]) <= max_overlap
        )
    return np.array(kept, np.int64)


def _overlap(
    box: NDArray[np.float64],
    box_area: np.float64,
    boxes: NDArray[np.float64],
    area: NDArray[np.float64],
) -> NDArray[np.float64]:
    low = np.maximum(box[:2], boxes[:, :2])
    high = np.minimum(box[2:], boxes[:, 2:])
    both = np.clip(high - low, 0, None).prod(axis=1)
    union = box_area + area - both
    return np.asarray(np.divide(both, union, out=np.zeros_like(both), where=union > 0))
