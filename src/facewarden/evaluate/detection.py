"""How well faces are found: precision, recall, overlap and average precision, by face height."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from facewarden.evaluate.average_precision import (
    Float,
    Ranked,
    average_precision,
    precision_recall,
)
from facewarden.evaluate.intervals import Estimate, bootstrap_all, or_rule_of_three
from facewarden.geometry.boxes import area, iou

MIN_IOU = 0.5
"""From which overlap a detection has found a face (Pascal VOC, WIDER FACE)."""


@dataclass(frozen=True, slots=True)
class HeightClass:
    """Faces of low_px <= height < high_px; the others neither count nor hurt."""

    name: str
    low_px: float
    high_px: float = float("inf")

    def holds(self, boxes: Float) -> NDArray[np.bool_]:
        """Tell which of (n, 4) boxes have such a height."""
        height = boxes[:, 3] - boxes[:, 1]
        return np.asarray((height >= self.low_px) & (height < self.high_px))


def height_classes(least_px: float) -> tuple[HeightClass, ...]:
    """Return all faces from `least_px` on, two cumulative classes and four narrow ones."""
    bounds = (10.0, 20.0, 40.0, 80.0, float("inf"))
    narrow = [
        HeightClass(f"{low:g} to {high:g} px" if np.isfinite(high) else f">= {low:g} px", low, high)
        for low, high in pairwise(bounds)
    ]
    whole = [HeightClass(f">= {low:g} px", low) for low in dict.fromkeys((least_px, 20.0, 40.0))]
    return tuple(
        one for one in (*whole, *narrow) if one.high_px > least_px and one.low_px >= least_px
    )


@dataclass(frozen=True, slots=True)
class SeenImage:
    """What is in an image, and what was detected in it.

    Attributes:
        name: of the image, for lists.
        truth: (t, 4) x1 y1 x2 y2 px of the faces.
        ignored: (t,) marked as invalid, difficult or as a region not annotated.
        boxes: (d, 4) px of the detections.
        confidence: (d,) in [0, 1].
    """

    name: str
    truth: Float
    ignored: NDArray[np.bool_]
    boxes: Float
    confidence: Float


class Outcome(IntEnum):
    """What became of a detection."""

    FALSE = 0
    HIT = 1
    IGNORED = 2


@dataclass(frozen=True, slots=True)
class Matched:
    """One image, judged; rows as in the image given.

    Attributes:
        outcome: (d,) of Outcome.
        overlap: (d,) IoU with the face found, 0 without.
        counted: (t,) whether the face counts.
        found_at: (t,) confidence of the detection that found it, NaN where none did.
    """

    outcome: NDArray[np.int64]
    overlap: Float
    counted: NDArray[np.bool_]
    found_at: Float


def match(seen: SeenImage, height: HeightClass) -> Matched:
    """Assign detections to faces, the most confident first, each face at most once.

    A detection takes the free face that it overlaps most, at IoU >= 0.5. Without one it is ignored
    when it overlaps so much with a face that does not count, lies by half in an ignored region,
    or has another height than asked; else it is false. These are COCO's rules (Lin et al. 2014),
    for ignored regions and sizes too. A second detection of a face is false.
    """
    overlap = iou(seen.boxes, seen.truth)
    counted = ~seen.ignored & height.holds(seen.truth)
    free = counted.copy()
    outcome = np.full(len(seen.boxes), Outcome.FALSE, np.int64)
    best_overlap = np.zeros(len(seen.boxes))
    found_at = np.full(len(seen.truth), np.nan)
    elsewhere = (
        (overlap[:, ~counted] >= MIN_IOU).any(axis=1)
        | _within(seen.boxes, seen.truth[seen.ignored])
        | ~height.holds(seen.boxes)
    )
    for row in np.argsort(-seen.confidence, kind="stable"):
        open_to_it = np.where(free, overlap[row], 0.0)
        if open_to_it.size and open_to_it.max() >= MIN_IOU:
            face = int(open_to_it.argmax())
            free[face] = False
            outcome[row], best_overlap[row] = Outcome.HIT, open_to_it[face]
            found_at[face] = seen.confidence[row]
        elif elsewhere[row]:
            outcome[row] = Outcome.IGNORED
    return Matched(outcome, best_overlap, counted, found_at)


def _within(boxes: Float, regions: Float) -> NDArray[np.bool_]:
    """Tell which boxes lie by half of their own area in one of the regions."""
    if not len(regions):
        return np.zeros(len(boxes), np.bool_)
    low = np.maximum(boxes[:, None, :2], regions[None, :, :2])
    high = np.minimum(boxes[:, None, 2:], regions[None, :, 2:])
    shared = np.maximum(high - low, 0).prod(axis=2)
    return np.asarray((shared >= 0.5 * area(boxes)[:, None]).any(axis=1) & (area(boxes) > 0))


def ranked(images: Sequence[SeenImage], matches: Sequence[Matched]) -> Ranked:
    """Put the detections of all images that count into one order; ties as they come."""
    kept = [one.outcome != Outcome.IGNORED for one in matches]
    confidence = _joined([i.confidence[k] for i, k in zip(images, kept, strict=True)], np.float64)
    order = np.argsort(-confidence, kind="stable")
    hit = _joined(
        [m.outcome[k] == Outcome.HIT for m, k in zip(matches, kept, strict=True)], np.bool_
    )
    image = np.repeat(np.arange(len(images)), [int(k.sum()) for k in kept])
    faces = np.array([int(m.counted.sum()) for m in matches], np.int64)
    return Ranked(confidence[order], hit[order], image[order], faces)


@dataclass(frozen=True, slots=True)
class DetectionRates:
    """How faces of one class of height are found.

    Attributes:
        faces: how many there are.
        precision, recall, mean_iou: at the operating confidence; the mean is over faces found.
        average_precision: over the whole curve.
        curve: recall, precision and confidence, see `precision_recall`.
        per_image: false detections in an image at the operating confidence.
    """

    height: HeightClass
    faces: int
    precision: Estimate
    recall: Estimate
    mean_iou: Estimate
    average_precision: Estimate
    per_image: Estimate
    curve: tuple[Float, Float, Float]


def rates(
    images: Sequence[SeenImage], height: HeightClass, *, min_confidence: float
) -> DetectionRates:
    """Return the rates with bootstrap intervals, whole images drawn with replacement.

    Where every image agrees, by the rule of three over the images that could have differed: those
    with a detection for precision, with a face for recall and average precision.

    Args:
        min_confidence: the operating confidence; detections below it count on the curve only.
    """
    matches = [match(image, height) for image in images]
    order = ranked(images, matches)
    faces, hits, false, overlap = (
        np.array(column, np.float64)
        for column in zip(
            *(_counts(i, m, min_confidence) for i, m in zip(images, matches, strict=True)),
            strict=True,
        )
    )

    def statistics(weights: Float) -> Float:
        found = weights @ hits
        return np.array(
            [
                _ratio(found, found + weights @ false),
                _ratio(found, weights @ faces),
                _ratio(weights @ overlap, found),
                average_precision(order, weights),
                _ratio(weights @ false, weights.sum()),
            ]
        )

    precision, recall, mean_iou, area_under, per_image = bootstrap_all(statistics, len(images))
    shown = int((faces > 0).sum())
    return DetectionRates(
        height,
        int(faces.sum()),
        or_rule_of_three(precision, int((hits + false > 0).sum())),
        or_rule_of_three(recall, shown),
        mean_iou,
        or_rule_of_three(area_under, shown),
        per_image if per_image.value else or_rule_of_three(per_image, len(images)),
        precision_recall(order),
    )


def _counts(
    image: SeenImage, judged: Matched, min_confidence: float
) -> tuple[int, int, int, float]:
    """Return faces, hits, false detections and the sum of the hits' overlaps."""
    sure = image.confidence >= min_confidence
    hit = sure & (judged.outcome == Outcome.HIT)
    false = sure & (judged.outcome == Outcome.FALSE)
    return (
        int(judged.counted.sum()),
        int(hit.sum()),
        int(false.sum()),
        float(judged.overlap[hit].sum()),
    )


def _ratio(part: Any, whole: Any) -> float:
    return float(part / whole) if whole else float("nan")


def _joined(columns: Sequence[NDArray[np.generic]], dtype: type[np.generic]) -> NDArray[Any]:
    return np.concatenate([np.zeros(0, dtype), *columns])
