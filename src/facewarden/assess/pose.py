"""How a head is turned, from five landmarks."""

import numpy as np
from numpy.typing import NDArray

from facewarden.data import Float32

# Of the alignment template: eyes 35.2 px apart; nose tip and mouth 20.1 and 40.7 px below.
_MOUTH_BELOW = 40.7 / 35.2
_NOSE_BELOW = 20.1 / 35.2
# How far the nose tip stands out from the plane of eyes and mouth, in distances of the eyes: about
# 0.6, that is 38 mm of 63. An estimate; 0.1 more or less changes an angle of 30 deg by 4.
_NOSE_OUT = 0.6


def angles_deg(landmarks: Float32) -> NDArray[np.float64]:
    """Return (n, 3) yaw, pitch and roll in degrees; all 0 for the alignment template.

    A pinhole far away sees a nose that stands out by d move by d*tan(yaw) between the eyes, and by
    d*tan(pitch) between eyes and mouth. Good to about ten degrees, to 60 at most.

    Args:
        landmarks: (n, 5, 2) px, in the order of `Faces.landmarks`.
    """
    points = landmarks.astype(np.float64)
    across = points[:, 1] - points[:, 0]
    eyes, mouth = points[:, :2].mean(axis=1), points[:, 3:].mean(axis=1)
    roll = np.arctan2(across[:, 1], across[:, 0])
    unit = np.stack([np.cos(roll), np.sin(roll)], axis=1)
    down = np.stack([-unit[:, 1], unit[:, 0]], axis=1)
    nose, chin = points[:, 2] - eyes, mouth - eyes
    apart = np.maximum(np.hypot(across[:, 0], across[:, 1]), 1e-3)
    height = np.maximum((chin * down).sum(axis=1), 1e-3)
    # The nose sits off the middle line between eyes and mouth, which a turned head slants.
    nose_down = (nose * down).sum(axis=1)
    middle = (chin * unit).sum(axis=1) * np.clip(nose_down / height, 0, 1)
    yaw = np.arctan(((nose * unit).sum(axis=1) - middle) / apart / _NOSE_OUT)
    pitch = np.arctan((nose_down / height * _MOUTH_BELOW - _NOSE_BELOW) / _NOSE_OUT)
    angles: NDArray[np.float64] = np.degrees(np.stack([yaw, pitch, roll], axis=1))
    return angles
