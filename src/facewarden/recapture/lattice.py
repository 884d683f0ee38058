"""A pattern that repeats without end, such as a panel's subpixels, as a camera's pixels see it."""

import cv2
import numpy as np
from numpy.typing import NDArray

from facewarden.data import Float32

_VISIBLE = 0.004
"""Of full light: half a grey level of 8 bits at mid grey."""


class Lattice:
    """One period of a pattern, averaged over the pixels of a camera as an integral.

    A picture that is sampled without this average shows moire that no camera would see; one that
    is averaged over whole pixels shows none where a real camera, whose pixels are light-sensitive
    in part only, does. The average over a square (the pixel) and a Gaussian (the lens) is a
    product in the frequencies of the pattern, so it is exact where the mapping is linear over one
    pixel. What is left above half the sampling rate folds down in the sampling itself: moire of
    the right frequency, direction and depth.

    Args:
        tile: (n, n, c) float32, one period in both directions.
    """

    def __init__(self, tile: Float32) -> None:
        self._spectrum = np.fft.fft2(tile, axes=(0, 1))
        steps = np.fft.fftfreq(tile.shape[0], 1 / tile.shape[0])
        self._waves = np.meshgrid(steps, steps)  # along u (columns) and v (rows)

    def seen(self, periods_per_px: NDArray[np.float64], aperture: float, lens_px: float) -> Float32:
        """Return the period as pixels see it, (n, n, c) float32.

        Args:
            periods_per_px: (2, 2), by how many periods u and v (rows) change with a step of one
                camera pixel to the right and downwards (columns).
            aperture: side of the pixel's light-sensitive part, px.
            lens_px: standard deviation of the lens's blur, px.
        """
        u, v = self._waves
        across = u * periods_per_px[0, 0] + v * periods_per_px[1, 0]  # cycles per px to the right
        down = u * periods_per_px[0, 1] + v * periods_per_px[1, 1]
        passed = np.sinc(aperture * across) * np.sinc(aperture * down)
        passed *= np.exp(-2 * (np.pi * lens_px) ** 2 * (across**2 + down**2))
        return np.asarray(
            np.fft.ifft2(self._spectrum * passed[..., None], axes=(0, 1)).real, np.float32
        )


def is_visible(tile: Float32) -> bool:
    """Tell whether anything but the mean is left of a pattern."""
    return bool(np.ptp(tile, axis=(0, 1)).max() > _VISIBLE)


def laid(tile: Float32, u: Float32, v: Float32) -> Float32:
    """Return the pattern at places given in periods, (H, W, c), or (H, W) for one channel."""
    n = tile.shape[0]
    # One row and column more, so that interpolation passes the seam.
    wide = np.pad(tile, ((0, 1), (0, 1), (0, 0)), mode="wrap")
    columns = (u - np.floor(u)) * np.float32(n)
    rows = (v - np.floor(v)) * np.float32(n)
    return np.asarray(cv2.remap(wide, columns, rows, cv2.INTER_LINEAR), np.float32)
