"""A picture made to fit a network: scaled down, padded to whole cells."""

from dataclasses import dataclass

import cv2
import numpy as np

from facewarden.data import Image


@dataclass(frozen=True, slots=True)
class Letterboxed:
    """A scaled and padded picture and the way back.

    Attributes:
        image: (H, W, 3) uint8, the picture in its top left corner, black elsewhere.
        scale_x, scale_y: px of `image` per px of the picture given, at most 1; they differ by
            rounding only.
    """

    image: Image
    scale_x: float
    scale_y: float


def letterbox(image: Image, *, size_px: int, multiple: int) -> Letterboxed:
    """Scale a picture down so that its longer side is at most `size_px`, then pad it.

    Padding goes to the right and below, to sides that are multiples of `multiple`, so that
    coordinates need no shift. A picture that is small enough is not scaled, never up.
    """
    height, width = image.shape[:2]
    scale = min(1.0, size_px / max(height, width))
    scaled_height = max(1, round(height * scale))
    scaled_width = max(1, round(width * scale))
    scaled = image
    if (scaled_height, scaled_width) != (height, width):
        # Each output pixel is the mean of those it covers: small faces do not alias away.
        smaller = cv2.resize(image, (scaled_width, scaled_height), interpolation=cv2.INTER_AREA)
        scaled = np.asarray(smaller, np.uint8)
    padded_height = -(-scaled_height // multiple) * multiple
    padded_width = -(-scaled_width // multiple) * multiple
    padded = scaled
    if (padded_height, padded_width) != (scaled_height, scaled_width):
        padded = np.zeros((padded_height, padded_width, 3), np.uint8)
        padded[:scaled_height, :scaled_width] = scaled
    return Letterboxed(padded, scaled_width / width, scaled_height / height)
