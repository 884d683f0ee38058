"""Which of a network's detections can be a face at all."""

import numpy as np
from numpy.typing import NDArray

from facewarden.data import Float32

MIN_LANDMARK_SPREAD_PX = 1.0
"""Landmarks closer together than this, eye to mouth, cannot be aligned."""


def usable(boxes: Float32, landmarks: Float32) -> NDArray[np.bool_]:
    """Return (n,) where boxes (n, 4) and landmarks (n, 5, 2) are finite, ordered and apart.

    An output may hold anything when the model or the runtime is at fault.
    """
    finite = np.isfinite(boxes).all(axis=1) & np.isfinite(landmarks).all(axis=(1, 2))
    with np.errstate(invalid="ignore"):
        spread = np.ptp(landmarks, axis=1).max(axis=1, initial=0)
        ordered = (boxes[:, 2:] >= boxes[:, :2]).all(axis=1)
    return np.asarray(finite & ordered & (spread >= MIN_LANDMARK_SPREAD_PX))
