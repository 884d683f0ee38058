"""YuNet: a small one-pass detector of faces and five landmarks.

Wu, Peng, Yu: YuNet: A Tiny Millisecond-level Face Detector (Machine Intelligence Research, 2023).
"""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from facewarden.data import Faces, Float32, Image
from facewarden.data.arrays import require_shape
from facewarden.detect.detector import Detector
from facewarden.detect.suppress import suppress
from facewarden.detect.usable import usable
from facewarden.errors import DataError
from facewarden.geometry.letterbox import letterbox
from facewarden.models.card import Engine, ModelCard, Precision
from facewarden.models.feeding import feed
from facewarden.models.session import Session

STRIDES = (8, 16, 32)
MAX_OVERLAP = 0.3
"""OpenCV Zoo's own setting for this model (face_detection_yunet/demo.py, --nms_threshold)."""


class YuNet(Detector):
    """Reads YuNet's twelve heads.

    Args:
        session: runs the model.
        card: of architecture yunet; its colour order, mean and scale are applied.
    """

    def __init__(self, session: Session, card: ModelCard) -> None:
        self._session = session
        self._card = card

    @property
    def model_id(self) -> str:
        """The id of the detector's card."""
        return self._card.model_id

    @property
    def engine(self) -> Engine:
        """What runs the model."""
        return self._session.engine

    @property
    def precision(self) -> Precision:
        """The arithmetic it runs in."""
        return self._session.precision

    def detect(self, image: Image, *, size_px: int, min_confidence: float) -> Faces:
        """Find the faces of one picture.

        Raises:
            DataError: a picture of another shape or type, or without a pixel.
        """
        return self.detect_alike([image], size_px=size_px, min_confidence=min_confidence)[0]

    def detect_alike(
        self, images: Sequence[Image], *, size_px: int, min_confidence: float
    ) -> list[Faces]:
        """Find the faces of pictures of one size in one run of the network.

        Raises:
            DataError: a picture of another shape or type, or without a pixel.
        """
        for image in images:
            require_shape("image", image, (*images[0].shape[:2], 3), np.uint8)
            if not image.size:
                raise DataError("the picture has no pixels", found="x".join(map(str, image.shape)))
        boxed = [letterbox(image, size_px=size_px, multiple=max(STRIDES)) for image in images]
        pictures = np.stack([one.image for one in boxed])
        outputs = self._session.run(feed(pictures, self._card.input))
        scale = np.array([boxed[0].scale_x, boxed[0].scale_y] * 2, np.float32)
        return [
            _scaled(decode(outputs, pictures.shape[2], min_confidence, row), scale)
            for row in range(len(images))
        ]


def _scaled(faces: Faces, scale: Float32) -> Faces:
    """Return the best of overlapping faces, in px of the picture before it was scaled."""
    faces = faces.take(suppress(faces.boxes, faces.confidence, max_overlap=MAX_OVERLAP))
    return Faces.of(
        np.asarray(faces.boxes / scale, np.float32),
        faces.confidence,
        np.asarray(faces.landmarks / scale[:2], np.float32),
    )


def decode(
    outputs: tuple[Float32, ...], width_px: int, min_confidence: float, row: int = 0
) -> Faces:
    """Read the heads of one picture: every cell whose score reaches `min_confidence`.

    A cell of stride s in column c and row r holds class and object scores, whose geometric mean
    is the confidence; a box centre (c + x, r + y) s and size (exp w, exp h) s; and five landmarks
    (c + x, r + y) s.

    Args:
        outputs: twelve of pictures x cells x (1, 1, 4 or 10): class, object, box and landmarks,
            each for the strides 8, 16 and 32.
        width_px: of the network's input; with the stride it gives the number of columns.
        min_confidence: in [0, 1].
        row: which picture.

    Returns:
        the faces in px of the network's input, overlapping ones included, in no order.
    """
    class_score, object_score, box, points = (
        np.concatenate([outputs[level + 3 * head][row] for level in range(3)]) for head in range(4)
    )
    score = (np.clip(class_score, 0, 1) * np.clip(object_score, 0, 1))[:, 0]
    cells = np.flatnonzero(score >= min_confidence**2)
    if not len(cells):
        return Faces.empty()
    corner, stride = _grid(tuple(len(outputs[level][row]) for level in range(3)), width_px)
    corner, stride, box = corner[cells], stride[cells], box[cells]
    centre = (corner + box[:, :2]) * stride
    # exp(20) px is far beyond any picture and still finite.
    half = np.exp(np.minimum(box[:, 2:], 20)) * (stride / 2)
    boxes = np.concatenate([centre - half, centre + half], axis=1)
    landmarks = (points[cells].reshape(-1, 5, 2) + corner[:, None]) * stride[:, None]
    rows = usable(boxes, landmarks)
    return Faces.of(boxes[rows], np.sqrt(score[cells])[rows], landmarks[rows])


@lru_cache(maxsize=16)
def _grid(cells: tuple[int, ...], width_px: int) -> tuple[Float32, Float32]:
    """Return column and row (n, 2), and stride (n, 1) in px, of the cells of all three strides."""
    corner, strides = [], []
    for count, stride in zip(cells, STRIDES, strict=True):
        line, column = np.divmod(np.arange(count), width_px // stride)
        corner.append(np.stack([column, line], axis=1))
        strides.append(np.full((count, 1), stride))
    return np.concatenate(corner).astype(np.float32), np.concatenate(strides).astype(np.float32)
