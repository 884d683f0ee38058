"""The looks that presentation attack detection saw, side by side, and where it looked."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from facewarden.alert.snapshot import blur
from facewarden.data import Float32, Image, Snapshot
from facewarden.errors import DataError

SIDE_PX: Final = 160
"""Of one look: as large as the pictures of looks beside it in an alert."""

QUALITY: Final = 80
STRENGTH: Final = 0.5
"""Share of the colour where attention is highest; the picture stays to be seen below it."""


@dataclass(frozen=True, slots=True)
class SeenLook:
    """One look as a model sees it.

    Attributes:
        picture: (S, S, 3) uint8 BGR, the face and what is around it.
        box: x1 y1 x2 y2 of the face in it, px.
        alone: whether no other face is in it.
    """

    picture: Image
    box: tuple[int, int, int, int]
    alone: bool = True


def attention_strip(looks: Sequence[SeenLook], attention: Float32) -> Snapshot:
    """Return the looks in order of time as one JPEG, each under its attention.

    Args:
        looks: one or more, of one size.
        attention: (T', h, w), 0 or more; the highest of all looks is the strongest colour. T' may
            be less than the number of looks, each then standing for several, or 0: no colour.

    Raises:
        DataError: no look at all.
    """
    if not looks:
        raise DataError("a strip of looks needs a look")
    pictures = [
        cv2.resize(picture, (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_AREA)
        for picture in coloured(looks, attention)
    ]
    strip = np.concatenate(pictures, axis=1)
    ok, jpeg = cv2.imencode(".jpg", strip, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    if not ok:
        raise DataError("a strip of looks could not be encoded", found=f"{strip.shape[1]} px wide")
    scale = SIDE_PX / len(looks[0].picture)
    x1, y1, x2, y2 = (round(value * scale) for value in looks[0].box)
    return Snapshot(jpeg.tobytes(), strip.shape[1], strip.shape[0], (x1, y1, x2, y2))


def coloured(looks: Sequence[SeenLook], attention: Float32) -> list[Image]:
    """Return each look under its attention, (S, S, 3) uint8 BGR; nobody else can be recognised."""
    private = [_private(look) for look in looks]
    highest = float(attention.max()) if attention.size else 0.0
    if highest <= 0:
        return private
    shown = []
    for number, picture in enumerate(private):
        of_it = attention[number * len(attention) // len(looks)] / highest
        side = picture.shape[1], picture.shape[0]
        weight = np.clip(cv2.resize(of_it.astype(np.float32), side), 0, 1)
        colour = cv2.applyColorMap(np.rint(weight * 255).astype(np.uint8), cv2.COLORMAP_TURBO)
        share = (STRENGTH * weight)[..., None]
        shown.append(np.rint(picture * (1 - share) + colour * share).astype(np.uint8))
    return shown


def _private(look: SeenLook) -> Image:
    """Return the picture; where there is another face, only the candidate's is left of it."""
    if look.alone:
        return look.picture
    x1, y1, x2, y2 = look.box
    shown = look.picture.copy()
    blur(shown, np.array([0, 0, shown.shape[1], shown.shape[0]], np.float64))
    shown[y1:y2, x1:x2] = look.picture[y1:y2, x1:x2]
    return shown
