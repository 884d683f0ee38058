"""Pictures of strangers made anew from their pixels: nothing that was written beside them stays."""

import cv2
import numpy as np

from facewarden.data import Image
from facewarden.errors import ImageRefused

LONGEST_PX = 4096
"""A face that is a tenth of the picture has 400 px, more than four times what a template is cut
from (112 px); larger pictures only cost memory."""
JPEG_QUALITY = 95


def fitted(image: Image, longest_px: int = LONGEST_PX) -> Image:
    """Return the picture with its longer side at most `longest_px`, averaged down."""
    height, width = image.shape[:2]
    share = longest_px / max(height, width)
    if share >= 1:
        return image
    size = (max(1, round(width * share)), max(1, round(height * share)))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


def as_jpeg(image: Image, quality: int = JPEG_QUALITY) -> bytes:
    """Return the picture as a JPEG without any metadata.

    Raises:
        ImageRefused: it has no pixels, or more than a JPEG can hold.
    """
    if not image.size:
        raise ImageRefused("the picture is empty")
    sampling = [cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444]
    done, encoded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality, *sampling])
    if not done:
        raise ImageRefused("the picture cannot be encoded")
    return bytes(encoded.tobytes())
