"""A picture of the live view: scaled, faces destroyed, as JPEG."""

from dataclasses import dataclass

import cv2
import numpy as np

from facewarden.alert.snapshot import Box, blur, clipped, scaled
from facewarden.data import Image
from facewarden.errors import DataError

QUALITY = 70
"""Of the JPEG. A frame of street_crowd_1080p.mp4 at 640x360 with twelve blurred faces has 34 kB
and costs 2.7 ms of a core, outside the analysis (2026-11-22, 2-core Xeon); 5 a second 1.4 Mbit/s.
"""


@dataclass(frozen=True, slots=True)
class LivePicture:
    """A JPEG without metadata.

    Attributes:
        scale: px of it for a px of the picture it was made of.
    """

    jpeg: bytes
    width_px: int
    height_px: int
    scale: float


def live_picture(
    image: Image, *, hidden: Box, shown: Box, width_px: int, quality: int = QUALITY
) -> LivePicture:
    """Scale down, blur faces for good as snapshots do, and encode.

    Where boxes overlap, pixels inside a box that is shown stay as they were.

    Args:
        image: (H, W, 3) uint8 BGR; left as it is.
        hidden: (n, 4) faces to destroy, each with a margin.
        shown: (m, 4) faces to leave.
        width_px: of the result at most; never scaled up.

    Raises:
        DataError: boxes that are not finite, or a picture that cannot be encoded.
    """
    if not (np.isfinite(hidden).all() and np.isfinite(shown).all()):
        raise DataError("a box of a live picture is not finite")
    scale = min(1.0, width_px / image.shape[1])
    sharp = scaled(image, scale)
    picture = sharp.copy()
    height, width = picture.shape[:2]
    for box in np.asarray(hidden, np.float64).reshape(-1, 4) * scale:
        blur(picture, box)
    for box in np.asarray(shown, np.float64).reshape(-1, 4) * scale:
        x1, y1, x2, y2 = clipped(np.rint(box), width, height)
        picture[y1:y2, x1:x2] = sharp[y1:y2, x1:x2]
    ok, jpeg = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not ok:
        raise DataError("a live picture could not be encoded", found=f"{width}x{height} px")
    return LivePicture(jpeg.tobytes(), width, height, scale)
