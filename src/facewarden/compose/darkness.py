"""What a camera makes of little light: it amplifies, and amplifies its noise."""

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from facewarden.data import Float32, Image

FULL_WELL = 6000.0
"""Electrons that make a pixel white in full light: a choice, of the order of the 2 to 3 um pixels
of surveillance cameras."""

READ_NOISE = 3.0
"""Electrons of noise that a pixel has without any light: a choice, of the same kind of sensor."""

MOST_GAIN = 16.0
"""Automatic gain ends at 24 dB; what is darker stays darker. A choice: cameras end at 24 to 40."""

_GAMMA = 2.2
_STEPS = 4096


def exposed(picture: Image, light: float, normal: Float32) -> Image:
    """Return the picture as a sensor gives it with a share of the light.

    The linear model of EMVA 1288: electrons arrive by Poisson's law (here its normal
    approximation), read noise is added, gain makes up for the missing light as far as it goes.

    Args:
        picture: (H, W, 3) uint8 BGR, in full light.
        light: share of that light, in (0, 1].
        normal: (H, W, 3) numbers of the standard normal distribution.
    """
    mean, spread, tone = _curves(light)
    linear = cv2.LUT(picture, mean) + cv2.LUT(picture, spread) * normal
    steps = np.clip(linear, 0, _STEPS - 1).astype(np.int16)
    return np.asarray(tone[steps], np.uint8)


@lru_cache(maxsize=64)
def _curves(light: float) -> tuple[Float32, Float32, NDArray[np.uint8]]:
    """Return per grey level the mean and spread of the amplified signal, and its display curve."""
    electrons = FULL_WELL * light * (np.arange(256) / 255) ** _GAMMA
    gain = min(1 / light, MOST_GAIN) * (_STEPS - 1) / FULL_WELL
    spread = gain * np.sqrt(electrons + READ_NOISE**2)
    tone = np.round(255 * (np.arange(_STEPS) / (_STEPS - 1)) ** (1 / _GAMMA)).astype(np.uint8)
    return (gain * electrons).astype(np.float32), spread.astype(np.float32), tone
