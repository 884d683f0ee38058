"""From stored grey levels to light and back."""

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from facewarden.data import Float32, Image

GAMMA = 2.2
"""Of stored pictures: the power law nearest to IEC 61966-2-1 (sRGB)."""


def linear(picture: Image, gamma: float = GAMMA) -> Float32:
    """Return the light of stored grey levels, in [0, 1], of the same shape."""
    return np.asarray(cv2.LUT(picture, _curve(gamma)), np.float32)


def stored(light: Float32) -> Image:
    """Return the grey levels of light in [0, 1], of the same shape."""
    steps = np.clip(light * 4095, 0, 4095).astype(np.uint16)
    return np.asarray(_tone(GAMMA)[steps], np.uint8)


def developed(raw: NDArray[np.uint16], gamma: float) -> Image:
    """Return the grey levels of a sensor's 12 bits."""
    return np.asarray(_tone(round(gamma, 3))[raw], np.uint8)


@lru_cache(maxsize=64)
def _curve(gamma: float) -> Float32:
    return np.asarray((np.arange(256) / 255) ** gamma, np.float32)


@lru_cache(maxsize=64)
def _tone(gamma: float) -> NDArray[np.uint8]:
    return np.round(255 * (np.arange(4096) / 4095) ** (1 / gamma)).astype(np.uint8)
