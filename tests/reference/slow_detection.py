"""Matching and average precision, written as they are told, one thing at a time."""

import math

Box = tuple[float, float, float, float]


def overlap(a: Box, b: Box) -> float:
    width = max(0.0, min(a[2], b[2]) - max(a[0], b[0]))
    height = max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
    both = width * height
    total = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - both
    return both / total if total > 0 else 0.0


def share_within(a: Box, region: Box) -> float:
    width = max(0.0, min(a[2], region[2]) - max(a[0], region[0]))
    height = max(0.0, min(a[3], region[3]) - max(a[1], region[1]))
    own = (a[2] - a[0]) * (a[3] - a[1])
    return width * height / own if own > 0 else 0.0


def outcomes(
    truth: list[Box],
    ignored: list[bool],
    boxes: list[Box],
    confidence: list[float],
    low: float,
    high: float,
) -> list[str]:
    """Return "hit", "ignored" or "false" for each detection."""

    def tall_enough(box: Box) -> bool:
        return low <= box[3] - box[1] < high

    told = [""] * len(boxes)
    taken: set[int] = set()
    for place in sorted(range(len(boxes)), key=lambda i: -confidence[i]):
        best, face = 0.0, -1
        for t, box in enumerate(truth):
            if ignored[t] or not tall_enough(box) or t in taken:
                continue
            if overlap(boxes[place], box) > best:
                best, face = overlap(boxes[place], box), t
        if best >= 0.5:
            taken.add(face)
            told[place] = "hit"
            continue
        excused = not tall_enough(boxes[place])
        for t, box in enumerate(truth):
            if (ignored[t] or not tall_enough(box)) and overlap(boxes[place], box) >= 0.5:
                excused = True
            if ignored[t] and share_within(boxes[place], box) >= 0.5:
                excused = True
        told[place] = "ignored" if excused else "false"
    return told


def average_precision(confidence: list[float], hit: list[bool], faces: int) -> float:
    """Return the sum over faces found of the best precision at that recall or beyond."""
    if not faces:
        return math.nan
    points = []
    for level in sorted(set(confidence), reverse=True):
        shown = [h for c, h in zip(confidence, hit, strict=True) if c >= level]
        points.append((sum(shown) / faces, sum(shown) / len(shown)))
    area, before = 0.0, 0.0
    for recall, _ in points:
        area += (recall - before) * max(p for r, p in points if r >= recall)
        before = recall
    return area
