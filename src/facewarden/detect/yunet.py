"""YuNet: a small one-pass detector of faces and five landmarks.

Wu, Peng, Yu: YuNet: A Tiny Millisecond-level Face Detector (Machine Intelligence Research, 2023).
"""

import numpy as np

from facewarden.data import Faces, Float32, Image
from facewarden.data.arrays import require_shape
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


class YuNet:
    """A Detector that reads YuNet's twelve heads.

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
        require_shape("image", image, (None, None, 3), np.uint8)
        if not image.size:
            raise DataError("the picture has no pixels", found="x".join(map(str, image.shape)))
        boxed = letterbox(image, size_px=size_px, multiple=max(STRIDES))
        outputs = self._session.run(feed(boxed.image[None], self._card.input))
        faces = decode(outputs, boxed.image.shape[1], min_confidence)
        faces = faces.take(suppress(faces.boxes, faces.confidence, max_overlap=MAX_OVERLAP))
        scale = np.array([boxed.scale_x, boxed.scale_y] * 2, np.float32)
        return Faces.of(
            np.asarray(faces.boxes / scale, np.float32),
            faces.confidence,
            np.asarray(faces.landmarks / scale[:2], np.float32),
        )


def decode(outputs: tuple[Float32, ...], width_px: int, min_confidence: float) -> Faces:
    """Read the heads of one picture: every cell whose score reaches `min_confidence`.

    A cell of stride s in column c and row r holds class and object scores, whose geometric mean
    is the confidence; a box centre (c + x, r + y) s and size (exp w, exp h) s; and five landmarks
    (c + x, r + y) s.

    Args:
        outputs: twelve of 1 x cells x (1, 1, 4 or 10): class, object, box and landmarks, each for
            the strides 8, 16 and 32.
        width_px: of the network's input; with the stride it gives the number of columns.
        min_confidence: in [0, 1].

    Returns:
        the faces in px of the network's input, overlapping ones included, in no order.
    """
    boxes, confidence, landmarks = [], [], []
    for level, stride in enumerate(STRIDES):
        class_score, object_score, box, points = (outputs[level + 3 * head][0] for head in range(4))
        score = np.sqrt(np.clip(class_score, 0, 1) * np.clip(object_score, 0, 1))[:, 0]
        cells = np.flatnonzero(score >= min_confidence)
        row, column = np.divmod(cells, width_px // stride)
        corner = np.stack([column, row], axis=1).astype(np.float32)
        centre = (corner + box[cells, :2]) * stride
        # exp(20) px is far beyond any picture and still finite.
        half = np.exp(np.minimum(box[cells, 2:], 20)) * (stride / 2)
        boxes.append(np.concatenate([centre - half, centre + half], axis=1))
        confidence.append(score[cells])
        landmarks.append((points[cells].reshape(-1, 5, 2) + corner[:, None]) * stride)
    columns = (
        np.concatenate(boxes).astype(np.float32),
        np.concatenate(confidence).astype(np.float32),
        np.concatenate(landmarks).astype(np.float32),
    )
    rows = usable(columns[0], columns[2])
    return Faces.of(*(column[rows] for column in columns))
