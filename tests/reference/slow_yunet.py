"""YuNet's heads read cell by cell, and suppression pair by pair: slow twins of detect/."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from reference.boxes import iou

Row = tuple[float, list[float], list[float]]


def decode(
    outputs: Sequence[NDArray[np.float32]], width: int, height: int, min_confidence: float
) -> list[Row]:
    """Confidence, box and ten landmark coordinates of every cell that reaches min_confidence."""
    found: list[Row] = []
    for level, stride in enumerate((8, 16, 32)):
        cell = 0
        for row in range(height // stride):
            for column in range(width // stride):
                class_score, object_score, box, points = (
                    outputs[level + 3 * head][0, cell].tolist() for head in range(4)
                )
                score = math.sqrt(min(max(class_score[0], 0), 1) * min(max(object_score[0], 0), 1))
                if score >= min_confidence:
                    x, y = (column + box[0]) * stride, (row + box[1]) * stride
                    w, h = math.exp(box[2]) * stride, math.exp(box[3]) * stride
                    landmarks = [
                        ((row if axis % 2 else column) + value) * stride
                        for axis, value in enumerate(points)
                    ]
                    found.append((score, [x - w / 2, y - h / 2, x + w / 2, y + h / 2], landmarks))
                cell += 1
    return found


def suppress(
    boxes: Sequence[Sequence[float]], confidence: Sequence[float], max_overlap: float
) -> list[int]:
    kept: list[int] = []
    for row in sorted(range(len(boxes)), key=lambda row: (-confidence[row], row)):
        if all(iou(boxes[row], boxes[other]) <= max_overlap for other in kept):
            kept.append(row)
    return kept
