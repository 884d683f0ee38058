"""Local binary patterns: the grain that printing and displays leave on a face."""

import cv2
import numpy as np
from numpy.typing import NDArray

from facewarden.data import Image
from facewarden.measure.presentation.shown_face import ShownFace

SIDE_PX = 64
"""Of the face: Boulkenafet, Komulainen and Hadid (ICIP 2015), section 3."""
FACTOR = 1.1
"""The face with its edge, little of what is around it."""
RADII = (1, 2, 3)
FRAMES = 8
"""Spread over the clip; their histograms are averaged."""
UNIFORM = 59


def describe(shown: ShownFace) -> NDArray[np.float32]:
    """Return (3 * 6 * 59,) float32: histograms of uniform patterns (Ojala et al. 2002).

    One of eight neighbours at each radius and channel of HSV and YCbCr, whose roots sum to one in
    square (Hellinger). Colour tells more than grey: the gamut of printers and displays is smaller
    than that of faces (Boulkenafet et al. 2015). All NaN where the clip shows no face.
    """
    length = len(RADII) * 6 * UNIFORM
    if not len(shown):
        return np.full(length, np.nan, np.float32)
    rows = np.unique(np.linspace(0, len(shown) - 1, FRAMES).round().astype(int))
    frames = [_histograms(shown.square(int(row), FACTOR, SIDE_PX)) for row in rows]
    return np.asarray(np.sqrt(np.mean(frames, axis=0)), np.float32)


def _histograms(face: Image) -> NDArray[np.float32]:
    channels = np.concatenate(
        [cv2.cvtColor(face, cv2.COLOR_BGR2HSV), cv2.cvtColor(face, cv2.COLOR_BGR2YCrCb)], axis=2
    )
    labels = _uniform_labels()
    found = [
        np.bincount(labels[_codes(channels[..., channel], radius)].ravel(), minlength=UNIFORM)
        for channel in range(6)
        for radius in RADII
    ]
    counts = np.array(found, np.float32)
    return np.asarray((counts / counts.sum(axis=1, keepdims=True)).ravel(), np.float32)


def _codes(channel: NDArray[np.uint8], radius: int) -> NDArray[np.intp]:
    """Return the pattern of each pixel: which of eight neighbours are at least as bright.

    Neighbours lie on a circle and are interpolated between pixels.
    """
    values = channel.astype(np.float32)
    height, width = values.shape
    inner = values[radius : height - radius, radius : width - radius]
    codes = np.zeros(inner.shape, np.intp)
    for bit in range(8):
        angle = 2 * np.pi * bit / 8
        dx, dy = radius * np.cos(angle), -radius * np.sin(angle)
        shift = np.array([[1, 0, -dx], [0, 1, -dy]], np.float32)
        moved = cv2.warpAffine(values, shift, (width, height), flags=cv2.INTER_LINEAR)
        neighbour = moved[radius : height - radius, radius : width - radius]
        # A hair below counts as equal: interpolation between equal values rounds.
        codes |= (neighbour >= inner - 1e-3).astype(np.intp) << bit
    return codes


def _uniform_labels() -> NDArray[np.intp]:
    """Return the bin of each of 256 patterns: one of 58 with at most two changes, or the rest."""
    bits = np.arange(256)[:, None] >> np.arange(8) & 1
    changes = (bits != np.roll(bits, 1, axis=1)).sum(axis=1)
    uniform = changes <= 2
    labels = np.full(256, UNIFORM - 1, np.intp)
    labels[uniform] = np.arange(int(uniform.sum()))
    return labels
