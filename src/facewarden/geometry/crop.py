"""Parts of a picture, brought to one size."""

import cv2
import numpy as np
from numpy.typing import NDArray

from facewarden.data import Float32, Image


def crops(image: Image, boxes: Float32, side_px: int) -> NDArray[np.uint8]:
    """Return (n, side_px, side_px, 3): what each box of (n, 4) shows of the picture.

    Boxes are x1 y1 x2 y2 px, finite, and rounded down. What of a box lies in the picture is
    stretched to the whole tile; a tile of a box that lies outside is black.
    """
    tiles = np.zeros((len(boxes), side_px, side_px, 3), np.uint8)
    height, width = image.shape[:2]
    limit = np.array([width, height] * 2, np.float32)
    places = np.floor(np.clip(boxes, 0, limit)).astype(np.int64)
    for tile, (x1, y1, x2, y2) in zip(tiles, places.tolist(), strict=True):
        if x1 < x2 and y1 < y2:
            # Each output pixel is the mean of those it covers: small faces do not alias away.
            tile[:] = cv2.resize(
                image[y1:y2, x1:x2], (side_px, side_px), interpolation=cv2.INTER_AREA
            )
    return tiles
