"""A picture at another size."""

import cv2
import numpy as np

from facewarden.data import Image


def scaled(image: Image, factor: float) -> Image:
    """Return the picture `factor` times as large, sides at least 1 px; factor > 0."""
    height, width = image.shape[:2]
    return resized(image, max(1, round(width * factor)), max(1, round(height * factor)))


def resized(image: Image, width: int, height: int) -> Image:
    """Return the picture at this size; made smaller, each px is the mean of those it covers."""
    method = cv2.INTER_AREA if width < image.shape[1] else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(image, (width, height), interpolation=method), np.uint8)
