"""The faces of one picture, as columns."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from facewarden.data.arrays import Float32, Int64, require_shape
from facewarden.errors import DataError

UNTRACKED = -1


@dataclass(frozen=True, slots=True)
class Faces:
    """n faces of one picture, one row each.

    Attributes:
        boxes: (n, 4) float32, x1 y1 x2 y2 in px of the whole picture; may reach over its edge.
        confidence: (n,) float32 in [0, 1].
        landmarks: (n, 5, 2) float32 px: the subject's right eye (left in the picture), left eye,
            nose tip, right and left corner of the mouth.
        track_id: (n,) int64; UNTRACKED before the track stage.

    Raises:
        DataError: columns of different length, wrong types, or boxes with x2 < x1 or y2 < y1.
    """

    boxes: Float32
    confidence: Float32
    landmarks: Float32
    track_id: Int64

    def __post_init__(self) -> None:
        n = len(self.boxes)
        require_shape("Faces.boxes", self.boxes, (None, 4), np.float32)
        require_shape("Faces.confidence", self.confidence, (n,), np.float32)
        require_shape("Faces.landmarks", self.landmarks, (n, 5, 2), np.float32)
        require_shape("Faces.track_id", self.track_id, (n,), np.int64)
        if n and not (self.boxes[:, 2:] >= self.boxes[:, :2]).all():
            raise DataError("Faces.boxes are inside out", expected="x1 <= x2 and y1 <= y2")

    @classmethod
    def of(cls, boxes: Float32, confidence: Float32, landmarks: Float32) -> Self:
        """Build untracked faces from a detector's columns."""
        return cls(boxes, confidence, landmarks, np.full(len(boxes), UNTRACKED, np.int64))

    @classmethod
    def empty(cls) -> Self:
        """No face: a value, not an exception."""
        return cls.of(
            np.zeros((0, 4), np.float32),
            np.zeros(0, np.float32),
            np.zeros((0, 5, 2), np.float32),
        )

    def __len__(self) -> int:
        return len(self.boxes)

    def take(self, rows: NDArray[np.int64] | NDArray[np.bool_]) -> "Faces":
        """Return the chosen rows, by index or by mask."""
        return Faces(
            self.boxes[rows], self.confidence[rows], self.landmarks[rows], self.track_id[rows]
        )

    def with_track_id(self, track_id: Int64) -> "Faces":
        """Return the same faces with these track ids."""
        return replace(self, track_id=track_id)

    def moved(self, dx_px: float, dy_px: float) -> "Faces":
        """Return the faces shifted, as when the picture was a crop of a larger one."""
        shift = np.array([dx_px, dy_px], np.float32)
        return replace(self, boxes=self.boxes + np.tile(shift, 2), landmarks=self.landmarks + shift)

    @property
    def height_px(self) -> Float32:
        """(n,) height of each box."""
        return self.boxes[:, 3] - self.boxes[:, 1]
