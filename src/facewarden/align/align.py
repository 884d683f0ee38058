"""The align stage: each face brought to where the embedder expects its landmarks."""

import cv2
import numpy as np
from numpy.typing import NDArray

from facewarden.data import Float32, Image
from facewarden.geometry.similarity import ARCFACE_112, similarity_transform

SIDE_PX = 112


def align(image: Image, landmarks: Float32) -> NDArray[np.uint8]:
    """Cut the faces of one picture out, upright and of one size.

    Args:
        image: (H, W, 3) uint8 BGR.
        landmarks: (n, 5, 2) float32 px, in the order of `Faces.landmarks`; n may be 0.

    Returns:
        (n, 112, 112, 3) uint8 BGR; black where the face reaches over the picture's edge.

    Raises:
        DataError: landmarks that all coincide or are not finite.
    """
    crops = np.zeros((len(landmarks), SIDE_PX, SIDE_PX, 3), np.uint8)
    transforms = similarity_transform(landmarks, np.array(ARCFACE_112, np.float32))
    for crop, transform in zip(crops, transforms, strict=True):
        cv2.warpAffine(image, transform, (SIDE_PX, SIDE_PX), dst=crop, flags=cv2.INTER_LINEAR)
    return crops
