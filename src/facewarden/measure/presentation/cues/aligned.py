"""Aligned faces of a clip in grey, evenly lit: what the cues of motion compare."""

import cv2
import numpy as np
from numpy.typing import NDArray

from facewarden.align.align import align
from facewarden.data import Float32
from facewarden.measure.presentation.shown_face import ShownFace


def aligned_greys(shown: ShownFace) -> NDArray[np.float32]:
    """Return (n, 112, 112) float32 grey faces, each of mean 0 and standard deviation 1.

    Landmarks jitter by a pixel or so from frame to frame. Their mean with those of the neighbouring
    frames is taken in the picture's own coordinates, so that most of what is left is the face's.
    """
    points = shown.landmarks + shown.places[:, None]
    smooth = _smoothed(points) - shown.places[:, None]
    greys = []
    for picture, landmarks in zip(shown.pictures, smooth, strict=True):
        face = align(picture, landmarks[None])[0]
        grey = cv2.cvtColor(face, cv2.COLOR_BGR2GRAY).astype(np.float32)
        greys.append((grey - grey.mean()) / max(float(grey.std()), 1.0))
    return np.array(greys, np.float32).reshape(-1, 112, 112)


def _smoothed(points: Float32) -> Float32:
    """Return each row's mean with its two neighbours; the ends have one."""
    if len(points) < 3:
        return points
    padded = np.concatenate([points[:1], points, points[-1:]])
    return np.asarray((padded[:-2] + padded[1:-1] + padded[2:]) / 3, np.float32)
