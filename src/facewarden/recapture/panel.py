"""The subpixels of a display panel."""

import numpy as np

from facewarden.data import Float32

_TILE = 48
_GAP = 0.12
"""Of a subpixel's width, dark on either side: the black matrix. A choice between 0.05 and 0.2."""


def stripes() -> Float32:
    """Return one pixel of a panel of red, green and blue stripes: (n, n, 3) float32, mean 1."""
    place = (np.arange(_TILE) + 0.5) / _TILE
    rows = ((place > _GAP / 2) & (place < 1 - _GAP / 2)).astype(np.float32)
    tile = np.zeros((_TILE, _TILE, 3), np.float32)
    for colour, third in ((2, 0), (1, 1), (0, 2)):  # red is on the left; pictures are BGR
        within = place * 3 - third
        lit = ((within > _GAP) & (within < 1 - _GAP)).astype(np.float32)
        tile[..., colour] = rows[:, None] * lit[None, :]
    return _of_mean_one(tile)


def pentile() -> Float32:
    """Return two by two pixels of a panel with half as many blue and red points, mean 1.

    Green in every pixel, red and blue in turn, as a chequerboard of diamonds (the RGBG layout of
    many phones' OLED panels).
    """
    y, x = np.meshgrid(*[(np.arange(_TILE) + 0.5) / _TILE * 2] * 2, indexing="ij")
    tile = np.zeros((_TILE, _TILE, 3), np.float32)
    centres = {
        1: ((0.25, 0.25), (1.25, 0.25), (0.25, 1.25), (1.25, 1.25)),
        2: ((0.75, 0.75), (1.75, 1.75)),
        0: ((1.75, 0.75), (0.75, 1.75)),
    }
    for colour, points in centres.items():
        reach = 0.3 if colour == 1 else 0.42
        for px, py in points:
            dx = np.abs((x - px + 1) % 2 - 1)
            dy = np.abs((y - py + 1) % 2 - 1)
            tile[..., colour] += dx + dy < reach
    return _of_mean_one(tile)


def _of_mean_one(tile: Float32) -> Float32:
    return np.asarray(tile / tile.mean(axis=(0, 1), dtype=np.float64), np.float32)
