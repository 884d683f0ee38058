"""Steadier landmarks for faces that are worth embedding."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from facewarden.data import Faces, Float32, Image
from facewarden.detect.detector import Detector
from facewarden.geometry.boxes import iou
from facewarden.geometry.scaling import scaled

OF_PHOTOGRAPHS_PX: Final = (160,)
OF_LOOKS_PX: Final = (160, 384)
"""Sides of the close-ups that are looked at; a face is 1 / `REACH` of them high. On photographs a
second size gained nothing (lfw-dev, 1:N and all pairs), on poor video it did."""
REACH = 2.2
"""Side of a close-up, in heights of the face: the detector wants to see what is around a face."""
SAME_FACE_IOU = 0.5
MIRRORED: Final = [1, 0, 2, 4, 3]
"""Whose place each landmark takes in a mirror image: eyes and mouth corners change sides."""


class LandmarkRefiner:
    """Looks at a face again, close up, and takes the mean of its landmarks.

    Alignment is what an embedding depends on most. A landmark's error at one size has little to do
    with that at another, and an error to one side becomes one to the other in the mirror image, so
    each close-up is looked at as it is and mirrored. Measured by `scripts/bench photo_to_video`
    and `scripts/bench lfw`.
    """

    def __init__(self, detector: Detector, close_ups_px: Sequence[int]) -> None:
        self._detector = detector
        self._close_ups_px = tuple(close_ups_px)

    def refine(self, image: Image, faces: Faces) -> Faces:
        """Return the faces with better landmarks; those not found again keep theirs.

        Args:
            image: (H, W, 3) uint8 BGR.
            faces: of that picture; n may be 0.
        """
        landmarks = faces.landmarks.copy()
        for row in range(len(faces)):
            landmarks[row] = self._refined(image, faces.boxes[row], landmarks[row])
        return replace(faces, landmarks=landmarks)

    def _refined(self, image: Image, box: Float32, landmarks: Float32) -> Float32:
        corner, side = _square(box)
        x1, y1 = np.maximum(corner, 0)
        x2, y2 = np.minimum(corner + side, [image.shape[1], image.shape[0]])
        close = image[y1:y2, x1:x2]
        if not close.size:
            return landmarks
        offset = np.array([x1, y1], np.float32)
        wanted = (box.reshape(2, 2) - offset).reshape(1, 4)
        found = [landmarks]
        for size_px in self._close_ups_px:
            scale = size_px / side
            picture = scaled(close, scale)
            for seen in self._seen(picture, size_px):
                if not len(seen):
                    continue
                overlap = iou(wanted, seen.boxes / np.float32(scale))[0]
                nearest = int(overlap.argmax())
                if overlap[nearest] >= SAME_FACE_IOU:
                    found.append(seen.landmarks[nearest] / np.float32(scale) + offset)
        return np.asarray(np.mean(found, axis=0), np.float32)

    def _seen(self, picture: Image, size_px: int) -> tuple[Faces, Faces]:
        """Return the faces of a close-up as it is and mirrored, both in its own px."""
        mirror = np.ascontiguousarray(picture[:, ::-1])
        straight, faces = self._detector.detect_alike(
            (picture, mirror), size_px=size_px, min_confidence=0.3
        )
        width = np.float32(picture.shape[1])
        boxes = faces.boxes.copy()
        boxes[:, [0, 2]] = width - boxes[:, [2, 0]]
        landmarks = faces.landmarks[:, MIRRORED].copy()
        landmarks[..., 0] = width - landmarks[..., 0]
        return straight, replace(faces, boxes=boxes, landmarks=landmarks)


class CloseUpDetector(Detector):
    """A detector whose landmarks are found again close up.

    For photographs; and for measuring on photographs what a close look of a watch would see.
    """

    def __init__(self, detector: Detector, close_ups_px: Sequence[int] = OF_PHOTOGRAPHS_PX) -> None:
        self._detector = detector
        self._refiner = LandmarkRefiner(detector, close_ups_px)

    @property
    def model_id(self) -> str:
        """The id of the detector's card."""
        return self._detector.model_id

    def detect(self, image: Image, *, size_px: int, min_confidence: float) -> Faces:
        """Find the faces of one picture."""
        faces = self._detector.detect(image, size_px=size_px, min_confidence=min_confidence)
        return self._refiner.refine(image, faces)


def _square(box: Float32) -> tuple[np.ndarray[tuple[int], np.dtype[np.int64]], int]:
    """Return corner and side of the close-up around a face, in whole px."""
    centre = (box[:2] + box[2:]) / 2
    side = max(1, round(float(box[3] - box[1]) * REACH))
    return np.round(centre - side / 2).astype(np.int64), side
