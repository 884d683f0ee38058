"""Rectangles one at a time, as a textbook would: the slow twin of geometry/boxes.py."""

from collections.abc import Sequence


def iou(first: Sequence[float], second: Sequence[float]) -> float:
    """Intersection over union of two boxes x1 y1 x2 y2."""
    width = min(first[2], second[2]) - max(first[0], second[0])
    height = min(first[3], second[3]) - max(first[1], second[1])
    shared = width * height if width > 0 and height > 0 else 0.0
    union = sum((box[2] - box[0]) * (box[3] - box[1]) for box in (first, second)) - shared
    return shared / union if union > 0 else 0.0
