"""Faces of photographs that lie on a side or upside down."""

from dataclasses import replace
from typing import Final

import numpy as np

from facewarden.data import Faces, Float32, Image
from facewarden.detect.detector import Detector
from facewarden.geometry.scaling import scaled

SURE: Final = 0.91
"""Of a face that stands. YuNet is less sure of 6 % of upright photographs of LFW, which cost one
more look, and of every one that lies on a side or is upside down (439 photographs, 2026-11-23)."""
SURER: Final = 0.02
"""By so much, at least, it is surer of a face once its picture is turned the right way up. Of those
439, all that were upside down were set right, and none that was upright was turned."""
STANDS_OR_HANGS: Final = 0.88
"""From here on a face does not lie on a side: 3 of 878 that did seemed as sure."""
LEAST: Final = 0.8
"""Of a face that is found in a turned picture only."""


class AnyWayUp(Detector):
    """A detector that turns the picture by quarters where it is not sure of any face in it.

    Detectors learn from faces that stand. They find most others, too, with landmarks that stand
    and are wrong: their template is nobody's. A photograph whose file does not say how it was held
    is common, and people who lie down are looked for as well.
    """

    def __init__(self, detector: Detector) -> None:
        self._detector = detector

    @property
    def model_id(self) -> str:
        """The id of the detector's card."""
        return self._detector.model_id

    def detect(self, image: Image, *, size_px: int, min_confidence: float) -> Faces:
        """Find the faces; the landmarks of those that lie do so, too."""
        best = self._detector.detect(image, size_px=size_px, min_confidence=min_confidence)
        sure = _surest(best)
        if sure >= SURE:
            return best
        needed = max(sure + SURER, LEAST)
        scale = min(1.0, size_px / max(image.shape[:2]))
        small = scaled(image, scale) if scale < 1 else image
        for quarters in (2,) if sure >= STANDS_OR_HANGS else (1, 2, 3):
            turned = np.ascontiguousarray(np.rot90(small, -quarters))
            found = self._detector.detect(turned, size_px=size_px, min_confidence=min_confidence)
            if _surest(found) >= needed:
                needed = _surest(found)
                best = _turned_back(found, quarters, small.shape[1], small.shape[0], scale)
        return best


def _surest(faces: Faces) -> float:
    return float(faces.confidence.max(initial=0))


def _turned_back(faces: Faces, quarters: int, width: int, height: int, scale: float) -> Faces:
    """Return faces of a picture that was turned clockwise as they lie in it unturned.

    Args:
        width, height: of the picture unturned.
        scale: by which it was made smaller before; the faces returned are at full size.
    """

    def back(points: Float32) -> Float32:
        x, y = points[..., 0], points[..., 1]
        match quarters:
            case 1:
                x, y = y, height - x
            case 2:
                x, y = width - x, height - y
            case _:
                x, y = width - y, x
        return (np.stack([x, y], axis=-1) / scale).astype(np.float32)

    corners = back(faces.boxes.reshape(-1, 2, 2))
    boxes = np.concatenate([corners.min(axis=1), corners.max(axis=1)], axis=1)
    return replace(faces, boxes=boxes, landmarks=back(faces.landmarks))
