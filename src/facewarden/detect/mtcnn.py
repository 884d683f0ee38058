"""MTCNN: three small networks, each looking closer at what the one before let through.

Zhang et al.: Joint Face Detection and Alignment using Multi-task Cascaded Convolutional Networks
(IEEE Signal Processing Letters 23, 2016), section II.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from facewarden.data import Faces, Float32, Image
from facewarden.data.arrays import require_shape
from facewarden.detect.detector import Detector
from facewarden.detect.suppress import suppress
from facewarden.detect.usable import usable
from facewarden.errors import DataError
from facewarden.geometry.boxes import overlap_of_smaller
from facewarden.geometry.crop import crops
from facewarden.geometry.scaling import resized, scaled
from facewarden.models.card import Engine, ModelCard, Precision
from facewarden.models.feeding import feed
from facewarden.models.session import Session

WINDOW_PX, STRIDE_PX = 12, 2
"""What a cell of the first network sees, and how far cells are apart (figure 2 of the paper)."""
STEP = 0.709
"""From one size of the picture to the next: half the area. This and the values below are those of
the authors' demo (MTCNN_face_detection_alignment, demo.m), which other versions took over."""
PROPOSED, REFINED = 0.6, 0.7
"""Least score in the first and second stage."""
OVERLAP_OF_LEVEL, OVERLAP = 0.5, 0.7
BATCH = 256
"""Crops looked at together; bounds the memory for a picture of a crowd."""


class Mtcnn(Detector):
    """Three networks after each other; slow where many parts of a picture look like faces.

    Args:
        stages: session and card of the first, second and third network.
        smallest_px: height of the smallest face looked for, px after scaling; at least 12. The
            authors' 20.
    """

    def __init__(
        self, stages: Sequence[tuple[Session, ModelCard]], *, smallest_px: float = 20
    ) -> None:
        self._propose_with, self._refine_with, self._confirm_with = stages
        self._smallest_px = max(float(smallest_px), WINDOW_PX)

    @property
    def model_id(self) -> str:
        """The id of the detector's card."""
        return self._propose_with[1].model_id

    @property
    def engine(self) -> Engine:
        """What runs the first network, which takes most of the time."""
        return self._propose_with[0].engine

    @property
    def precision(self) -> Precision:
        """The arithmetic it runs in."""
        return self._propose_with[0].precision

    def detect(self, image: Image, *, size_px: int, min_confidence: float) -> Faces:
        """Find the faces of one picture.

        Raises:
            DataError: a picture of another shape or type, or without a pixel.
        """
        require_shape("image", image, (None, None, 3), np.uint8)
        if not image.size:
            raise DataError("the picture has no pixels", found="x".join(map(str, image.shape)))
        picture = image
        if size_px < max(image.shape[:2]):
            picture = scaled(image, size_px / max(image.shape[:2]))
        faces = self._confirm(
            picture, self._refine(picture, self._propose(picture)), min_confidence
        )
        scale = _sides(picture) / _sides(image)
        return Faces.of(
            np.asarray(faces.boxes / np.tile(scale, 2), np.float32),
            faces.confidence,
            np.asarray(faces.landmarks / scale, np.float32),
        )

    def _propose(self, picture: Image) -> Float32:
        """Slide the first network over the picture at many sizes; (n, 4) squares."""
        found = [
            (np.zeros((0, 4), np.float32), np.zeros(0, np.float32), np.zeros((0, 4), np.float32)),
            *(self._proposals(picture, factor) for factor in self._factors(picture)),
        ]
        boxes, score, offset = (np.concatenate(column) for column in zip(*found, strict=True))
        kept = suppress(boxes, score, max_overlap=OVERLAP)
        return _squared(_moved(boxes[kept], offset[kept], less_px=1))

    def _factors(self, picture: Image) -> Iterator[float]:
        factor = WINDOW_PX / self._smallest_px
        while min(picture.shape[:2]) * factor >= WINDOW_PX:
            yield factor
            factor *= STEP

    def _proposals(self, picture: Image, factor: float) -> tuple[Float32, Float32, Float32]:
        """Return windows in px of the picture, their scores and the offsets of their boxes."""
        height, width = (int(side * factor) + 1 for side in picture.shape[:2])
        score, offset = self._run(self._propose_with, resized(picture, width, height)[None])
        row, column = np.nonzero(score[0, 0] >= PROPOSED)
        corner = np.stack([column, row], axis=1) * STRIDE_PX
        # Whole px counted from 1, ends included, as in MATLAB, where the weights were made: with
        # the window's true edges recall of faces of 40 px and more in faces-detect-dev is 0.81
        # instead of 0.84 (2026-11-22).
        low, high = np.floor((corner + 1) / factor) - 1, np.floor((corner + WINDOW_PX) / factor)
        windows = np.concatenate([low, high], axis=1).astype(np.float32)
        scores = score[0, 0, row, column]
        kept = suppress(windows, scores, max_overlap=OVERLAP_OF_LEVEL)
        return windows[kept], scores[kept], offset[0][:, row, column].T[kept]

    def _refine(self, picture: Image, boxes: Float32) -> Float32:
        """Keep the squares that the second network takes for faces, and centre them better."""
        score, offset = self._look(self._refine_with, picture, boxes)
        likely = score[:, 0] >= REFINED
        boxes, score, offset = boxes[likely], score[likely], offset[likely]
        kept = suppress(boxes, score[:, 0], max_overlap=OVERLAP)
        return _squared(_moved(boxes[kept], offset[kept]))

    def _confirm(self, picture: Image, squares: Float32, min_confidence: float) -> Faces:
        """Let the third network decide; it gives the final boxes, and landmarks."""
        score, offset, landmark = self._look(self._confirm_with, picture, squares)
        sure = score[:, 0] >= min_confidence
        squares = squares[sure]
        boxes = _moved(squares, offset[sure])
        # Five x, then five y, from the corner and in sides of the square.
        relative = landmark[sure].reshape(-1, 2, 5).transpose(0, 2, 1)
        side = (squares[:, 2:] - squares[:, :2])[:, None]
        landmarks = squares[:, None, :2] + relative * side
        rows = usable(boxes, landmarks)
        faces = Faces.of(boxes[rows], np.clip(score[sure, 0], 0, 1)[rows], landmarks[rows])
        kept = suppress(
            faces.boxes, faces.confidence, max_overlap=OVERLAP, overlap=overlap_of_smaller
        )
        return faces.take(kept)

    def _look(
        self, stage: tuple[Session, ModelCard], picture: Image, boxes: Float32
    ) -> tuple[Float32, ...]:
        """Show what is in the boxes to a network; its outputs, (n, k) each."""
        card = stage[1]
        side = card.input.height_px or 0
        batches = [
            self._run(stage, crops(picture, boxes[start : start + BATCH], side))
            for start in range(0, len(boxes), BATCH)
        ]
        if not batches:
            return tuple(np.zeros((0, output.shape[1] or 0), np.float32) for output in card.outputs)
        return tuple(np.concatenate(parts) for parts in zip(*batches, strict=True))

    @staticmethod
    def _run(stage: tuple[Session, ModelCard], pictures: NDArray[np.uint8]) -> tuple[Float32, ...]:
        session, card = stage
        return session.run(feed(pictures, card.input))


def _sides(picture: Image) -> Float32:
    """Width and height, px."""
    return np.array([picture.shape[1], picture.shape[0]], np.float32)


def _moved(boxes: Float32, offset: Float32, *, less_px: int = 0) -> Float32:
    """Return (n, 4) boxes moved by offsets in sides of each box, taken `less_px` shorter."""
    sides = boxes[:, 2:] - boxes[:, :2] - less_px
    return np.asarray(boxes + offset * np.tile(sides, 2), np.float32)


def _squared(boxes: Float32) -> Float32:
    """Return the (n, 4) squares of the longer side around the same centres."""
    centre = (boxes[:, :2] + boxes[:, 2:]) / np.float32(2)
    half = (boxes[:, 2:] - boxes[:, :2]).max(axis=1, keepdims=True) / np.float32(2)
    squares = np.concatenate([centre - half, centre + half], axis=1)
    sound = np.isfinite(squares).all(axis=1) & (half[:, 0] > 0)
    return np.asarray(squares[sound], np.float32)
