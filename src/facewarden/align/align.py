"""The align stage: each face brought to where the embedder expects its landmarks."""

import numpy as np
from numpy.typing import NDArray

from facewarden.data import Float32, Image
from facewarden.geometry.similarity import ARCFACE_112, similarity_transform
from facewarden.geometry.warp import warped

SIDE_PX = 112


def align(image: Image, landmarks: Float32) -> NDArray[np.uint8]:
    """Cut the faces of one picture out, upright, of one size, on the ArcFace template.

    Args:
        image: (H, W, 3) uint8 BGR.
        landmarks: (n, 5, 2) float32 px, in the order of `Faces.landmarks`; n may be 0.

    Returns:
        (n, 112, 112, 3) uint8 BGR; black where the face reaches over the picture's edge.

    Raises:
        DataError: landmarks that all coincide or are not finite.
    """
    transforms = similarity_transform(landmarks, np.array(ARCFACE_112, np.float32))
    return warped(image, transforms, SIDE_PX, SIDE_PX)
