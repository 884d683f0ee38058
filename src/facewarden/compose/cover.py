"""Things in front of a face, drawn by its landmarks."""

from enum import StrEnum

import cv2
import numpy as np
from numpy.typing import NDArray

from facewarden.data import Float32, Image

_CLOTH = (212, 190, 170)  # a surgical mask: light blue, BGR
_GLASS = (28, 24, 24)

# Points are written in the face's own measure: across in distances between the eyes, from the
# middle between them; down in distances from the eyes to the mouth. A chin lies at about 1.8.
_CHIN = 1.85
_SUPERSAMPLED = 8  # bits of OpenCV's fixed-point corners


class Cover(StrEnum):
    """What is in front of a face."""

    NONE = "none"
    MASK = "mask"
    SUNGLASSES = "sunglasses"
    HAND = "hand"


def covered(photo: Image, landmarks: Float32, cover: Cover, share: float) -> Image:
    """Return the photograph with something in front of the face.

    Args:
        photo: (H, W, 3) uint8 BGR.
        landmarks: (5, 2) px: eye, eye, nose, corner, corner of the mouth.
        share: in [0, 1]. A mask reaches from the chin to under the mouth at 0.4 and over the nose
            at 1; sunglasses grow from slits to large ones; a hand comes from one side, half way
            over the face at 0.5 and before its middle at 1.
    """
    if cover is Cover.NONE or share <= 0:
        return photo
    eyes, mouth = landmarks[:2].mean(axis=0), landmarks[3:].mean(axis=0)
    across, down = landmarks[1] - landmarks[0], mouth - eyes

    def corners(points: list[tuple[float, float]]) -> NDArray[np.int32]:
        placed = np.array([eyes + a * across + b * down for a, b in points])
        return np.asarray(np.round(placed * 2**_SUPERSAMPLED), np.int32)

    match cover:
        case Cover.MASK:
            top = _CHIN - 1.45 * share
            shape = [(-1.0, top + 0.1), (0, top), (1.0, top + 0.1), (0.75, 1.5), (0, _CHIN + 0.1)]
            shape += [(-0.75, 1.5)]
            colour = np.array(_CLOTH, np.float32)
        case Cover.SUNGLASSES:
            half, wide = 0.08 + 0.34 * share, 0.85 + 0.25 * share
            shape = [(-wide, -half), (wide, -half), (wide - 0.1, half), (0.15, half)]
            shape += [(0, 0.3 * half), (-0.15, half), (-wide + 0.1, half)]
            colour = np.array(_GLASS, np.float32)
        case Cover.HAND:
            angles = np.linspace(0, 2 * np.pi, 40, endpoint=False)
            middle = 1.5 - 1.5 * share
            shape = [(middle + 0.75 * np.cos(t), 0.7 + 0.85 * np.sin(t)) for t in angles]
            colour = 0.85 * _skin(photo, landmarks)
    opacity = np.zeros(photo.shape[:2], np.uint8)
    cv2.fillPoly(opacity, [corners(shape)], 255, cv2.LINE_AA, _SUPERSAMPLED)
    soft = cv2.GaussianBlur(opacity, (0, 0), 0.8)[..., None] / np.float32(255)
    # Folds: a plain surface would be told from a face by its smoothness alone.
    folds = 1 + 0.06 * np.sin(np.arange(photo.shape[0], dtype=np.float32) / 4)[:, None, None]
    painted = photo * (1 - soft) + np.clip(colour * folds, 0, 255) * soft
    return np.asarray(painted, np.uint8)


def _skin(photo: Image, landmarks: Float32) -> NDArray[np.float32]:
    """Return the colour around the nose."""
    x, y = np.round(landmarks[2]).astype(int)
    around = photo[max(0, y - 4) : y + 5, max(0, x - 4) : x + 5].reshape(-1, 3)
    return np.asarray(np.median(around, axis=0) if len(around) else np.full(3, 128), np.float32)
