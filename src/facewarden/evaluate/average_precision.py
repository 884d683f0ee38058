"""Precision against recall of a detector, and the area under it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Ranked:
    """d detections of several images, most confident first, each right or wrong.

    Attributes:
        confidence: (d,) falling.
        hit: (d,) whether it found a face that nothing more confident had found.
        image: (d,) the place of its image.
        faces: (images,) how many faces each image has.
    """

    confidence: Float
    hit: NDArray[np.bool_]
    image: NDArray[np.int64]
    faces: NDArray[np.int64]


def precision_recall(ranked: Ranked, weights: Float | None = None) -> tuple[Float, Float, Float]:
    """Return recall, precision and confidence at each distinct confidence, falling.

    Args:
        weights: (images,) how often each image counts; None for once.
    """
    weight = np.ones(len(ranked.faces)) if weights is None else weights
    each = weight[ranked.image]
    hits = np.cumsum(each * ranked.hit)
    shown = np.cumsum(each)
    # Detections of equal confidence come or go together.
    last = np.flatnonzero(np.append(np.diff(ranked.confidence) != 0, True)[: len(each)])
    hits, shown = hits[last], shown[last]
    known = shown > 0
    faces = float(weight @ ranked.faces)
    recall = hits[known] / faces if faces else np.full(int(known.sum()), np.nan)
    return recall, hits[known] / shown[known], ranked.confidence[last][known]


def average_precision(ranked: Ranked, weights: Float | None = None) -> float:
    """Return the area under precision against recall; NaN where there is no face.

    All-points interpolation, as Pascal VOC has it since 2010 (Everingham et al. 2015, 4.2): the
    precision at a recall is the best at that recall or beyond. Not the 11 points of VOC 2007, not
    the 101 of COCO.
    """
    recall, precision, _ = precision_recall(ranked, weights)
    faces = ranked.faces.sum() if weights is None else weights @ ranked.faces
    if not faces:
        return float("nan")
    best = np.maximum.accumulate(precision[::-1])[::-1]
    return float((np.diff(recall, prepend=0.0) * best).sum())
