"""A small picture of one face, for the strip of looks that a reviewer compares."""

import cv2
import numpy as np

from facewarden.alert.snapshot import MARGIN, Box, clipped, scaled, with_margin
from facewarden.data import Image, Snapshot
from facewarden.errors import DataError

SIDE_PX = 160
"""More than the 112 px that are compared, so that nothing is hidden that the model saw."""

QUALITY = 80
"""Of the JPEG: 5.1 kB for a face of lfw-dev. Cutting and encoding one costs 0.1 ms of a core for a
face of 40 px, 0.5 ms for 100 px, 3 ms for 450 px (2026-11-22, 2-core Xeon, twelve other faces).
"""


def close_up(
    image: Image,
    candidate_box: Box,
    bystander_boxes: Box,
    *,
    side_px: int = SIDE_PX,
    quality: int = QUALITY,
) -> Snapshot:
    """Cut a face out with its hair and ears, paint other faces over, and encode as JPEG.

    The cut is a square around the box, larger by the margin that is blurred of a bystander. What
    it shows of a bystander gets one colour: in a cut, the blocks of a blur could be too fine.
    Pixels inside the candidate's own box stay as they were. The JPEG carries no metadata.

    Args:
        image: (H, W, 3) uint8 BGR; left as it is.
        candidate_box: (4,) the face; may reach over the edge.
        bystander_boxes: (n, 4) every other face there may be.
        side_px: of the result at most; never scaled up.
        quality: of the JPEG, 1 to 100.

    Returns:
        The picture, with the face's box in its pixels.

    Raises:
        DataError: boxes that are not finite, or a face outside the picture.
    """
    others = np.asarray(bystander_boxes, np.float64).reshape(-1, 4)
    face = np.asarray(candidate_box, np.float64).reshape(4)
    if not (np.isfinite(others).all() and np.isfinite(face).all()):
        raise DataError("a box of a look is not finite")
    height_px, width_px = image.shape[:2]
    centre, half = (face[:2] + face[2:]) / 2, max(face[2:] - face[:2]) * (0.5 + MARGIN)
    around = np.rint(np.concatenate([centre - half, centre + half]))
    x1, y1, x2, y2 = clipped(around, width_px, height_px)
    if x1 >= x2 or y1 >= y2:
        raise DataError(
            "the face of a look is outside the picture",
            expected=f"a box within {width_px}x{height_px} px",
            found=str(face.tolist()),
        )
    scale = min(1.0, side_px / max(x2 - x1, y2 - y1))
    sharp = scaled(image[y1:y2, x1:x2], scale)
    shown = sharp.copy()
    corner = np.array([x1, y1, x1, y1])
    reach = (others[:, 2:] - others[:, :2]) * MARGIN + 1 / scale  # a pixel for rounding
    near = ((others[:, 2:] + reach > (x1, y1)) & (others[:, :2] - reach < (x2, y2))).all(axis=1)
    for other in (others[near] - corner) * scale:
        over_x1, over_y1, over_x2, over_y2 = with_margin(shown, other)
        over = shown[over_y1:over_y2, over_x1:over_x2]
        if over.size:
            over[:] = np.rint(over.mean(axis=(0, 1)))
    height_px, width_px = shown.shape[:2]
    left, top, right, bottom = clipped(np.rint((face - corner) * scale), width_px, height_px)
    shown[top:bottom, left:right] = sharp[top:bottom, left:right]
    ok, jpeg = cv2.imencode(".jpg", shown, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not ok:
        raise DataError("a look could not be encoded", found=f"{width_px}x{height_px} px")
    return Snapshot(jpeg.tobytes(), width_px, height_px, (left, top, right, bottom))
