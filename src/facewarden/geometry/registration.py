"""Looks of one face laid over each other, so that what still moves is the face itself."""

import cv2
import numpy as np
from numpy.typing import NDArray

SIDE_PX = 116
"""Of the pictures that are compared; a face cut out at twice its box is 58 px in them."""
INNER = slice(24, 92)
"""Of those, where the face is: what is behind it moves otherwise."""
STEPS = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 30, 1e-3)
FILTER_PX = 5


def registered(looks: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Lay each look over the middle one by the affine motion that makes them most alike.

    A flat picture that is carried about stands still afterwards, whether turned, tilted or brought
    nearer; a living face does not. The motion is that of the greatest enhanced correlation
    coefficient (Evangelidis and Psarakis, 2008), which does not mind light; a look for which none
    is found stays as it is. About 2 ms a look of 224 px.

    Args:
        looks: (T, S, S, channels) uint8, each with the face in the middle.

    Returns:
        (T, S, S, channels) uint8, a copy; beyond the edge of a look it is mirrored.
    """
    side = looks.shape[1]
    middle = len(looks) // 2
    small = [_small(look) for look in looks]
    out = looks.copy()
    for place, look in enumerate(looks):
        if place == middle:
            continue
        motion = _motion(small[middle], small[place], side)
        if motion is not None:
            out[place] = cv2.warpAffine(
                look, motion, (side, side),
                flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REFLECT_101,
            )  # fmt: skip
    return out


def _small(look: NDArray[np.uint8]) -> NDArray[np.uint8]:
    grey = cv2.cvtColor(look, cv2.COLOR_BGR2GRAY)  # of RGB it is another grey, as good
    return np.asarray(cv2.resize(grey, (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_AREA), np.uint8)


def _motion(
    middle: NDArray[np.uint8], other: NDArray[np.uint8], side: int
) -> NDArray[np.float32] | None:
    """Return (2, 3), from places of the middle look to those of the other, in px of whole looks."""
    found = np.eye(2, 3, dtype=np.float32)
    try:
        # Its stubs lack that the mask may be None beside a filter size.
        _, found = cv2.findTransformECC(  # type: ignore[call-overload]
            middle[INNER, INNER], other[INNER, INNER], found, cv2.MOTION_AFFINE, STEPS,
            None, FILTER_PX,
        )  # fmt: skip
    except cv2.error:  # an even picture, or nothing alike
        return None
    # From the inner square of the small picture to the whole look; (0, 0) is a pixel's middle.
    scale = side / SIDE_PX
    offset = np.full(2, (INNER.start + 0.5) * scale - 0.5, np.float32)
    matrix = found[:, :2]
    shift = scale * found[:, 2] + offset - matrix @ offset
    return np.column_stack([matrix, shift]).astype(np.float32)
