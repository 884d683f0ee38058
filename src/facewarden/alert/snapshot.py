"""The picture that goes with an alert: the candidate framed, every other face destroyed."""

import cv2
import numpy as np
from numpy.typing import NDArray

from facewarden.data import Image, Snapshot
from facewarden.errors import DataError

BLOCKS = 4
"""A blurred area keeps 4x4 mean colours. A face fills about 2x2 of them; pixelated faces of
8x8 blocks and more have been recognised by trained networks (McPherson, Shokri, Shmatikov,
"Defeating Image Obfuscation with Deep Learning", 2016, arXiv:1609.00408)."""

MARGIN = 0.4
"""A detector's box ends at chin and brows; ears and hair identify too. Added on each side, as a
share of the box's width and height."""

FRAME_COLOUR = (0, 215, 255)
FRAME_PX = 2

Box = NDArray[np.floating]
"""x1 y1 x2 y2 in px of the picture; may reach over its edge."""


def snapshot(
    image: Image,
    candidate_box: Box,
    bystander_boxes: Box,
    *,
    max_side_px: int = 1280,
    quality: int = 85,
) -> Snapshot:
    """Scale down, blur the bystanders for good, frame the candidate and encode as JPEG.

    What is left of a bystander is a smooth surface through BLOCKS x BLOCKS mean colours: no
    filter brings back what is not there. Where boxes overlap, pixels inside the candidate's own
    box stay as they were. The JPEG carries no metadata.

    Args:
        image: (H, W, 3) uint8 BGR; left as it is.
        candidate_box: (4,) the face the alert is about.
        bystander_boxes: (n, 4) every other face there may be: detections of low confidence and
            predicted places of tracks as well as certain ones.
        max_side_px: the longer side of the result is at most this; never scaled up.
        quality: of the JPEG, 1 to 100.

    Returns:
        The picture, with the candidate's box in its pixels.

    Raises:
        DataError: boxes that are not finite, or a candidate outside the picture.
    """
    bystanders = np.asarray(bystander_boxes, np.float64).reshape(-1, 4)
    candidate = np.asarray(candidate_box, np.float64).reshape(4)
    if not (np.isfinite(bystanders).all() and np.isfinite(candidate).all()):
        raise DataError("a box of a snapshot is not finite")
    scale = min(1.0, max_side_px / max(image.shape[:2]))
    sharp = scaled(image, scale)
    height_px, width_px = sharp.shape[:2]
    x1, y1, x2, y2 = clipped(np.rint(candidate * scale), width_px, height_px)
    if x1 >= x2 or y1 >= y2:
        raise DataError(
            "the candidate is outside the picture",
            expected=f"a box within {width_px}x{height_px} px",
            found=str((candidate * scale).tolist()),
        )
    shown = sharp.copy()
    for box in bystanders * scale:
        blur(shown, box)
    shown[y1:y2, x1:x2] = sharp[y1:y2, x1:x2]
    # Drawn outside the box: a reviewer should see the whole face, and it stays comparable.
    grown = (x1 - FRAME_PX, y1 - FRAME_PX), (x2 + FRAME_PX - 1, y2 + FRAME_PX - 1)
    cv2.rectangle(shown, *grown, FRAME_COLOUR, FRAME_PX)
    shown[y1:y2, x1:x2] = sharp[y1:y2, x1:x2]
    ok, jpeg = cv2.imencode(".jpg", shown, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not ok:
        raise DataError("a snapshot could not be encoded", found=f"{width_px}x{height_px} px")
    return Snapshot(jpeg.tobytes(), width_px, height_px, (x1, y1, x2, y2))


def scaled(image: Image, scale: float) -> Image:
    """Return a picture scaled down, averaging areas; the same one for a scale of 1."""
    if scale == 1.0:
        return image
    height_px, width_px = image.shape[:2]
    size = max(1, round(width_px * scale)), max(1, round(height_px * scale))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


def blur(picture: Image, box: Box) -> None:
    """Replace a box and its margin, in place."""
    x1, y1, x2, y2 = with_margin(picture, box)
    if x1 >= x2 or y1 >= y2:
        return
    area = picture[y1:y2, x1:x2]
    blocks = cv2.resize(area, (BLOCKS, BLOCKS), interpolation=cv2.INTER_AREA)
    picture[y1:y2, x1:x2] = cv2.resize(blocks, (x2 - x1, y2 - y1), interpolation=cv2.INTER_LINEAR)


def with_margin(picture: Image, box: Box) -> tuple[int, int, int, int]:
    """Return the part of a box and its margin that is in a picture, whole px; may be empty."""
    height_px, width_px = picture.shape[:2]
    reach = np.tile((box[2:] - box[:2]) * MARGIN, 2) * (-1, -1, 1, 1)
    outward = np.concatenate([np.floor(box[:2] + reach[:2]), np.ceil(box[2:] + reach[2:])])
    return clipped(outward, width_px, height_px)


def clipped(box: Box, width_px: int, height_px: int) -> tuple[int, int, int, int]:
    """Return the part of a box that is in a picture, whole px; may be empty."""
    x1, y1, x2, y2 = np.clip(box, 0, [width_px, height_px, width_px, height_px]).astype(int)
    return int(x1), int(y1), int(x2), int(y2)
