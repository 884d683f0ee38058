"""A photograph played as a clip: a camera goes slowly over it."""

from dataclasses import replace

import cv2
import numpy as np

from facewarden.data import Image
from facewarden.recapture.film import Film


def panned(film: Film, pan: tuple[float, float, float], *, fps: int, frames: int) -> Film:
    """Return a film of one frame as one of many, each a little moved and grown about its middle.

    So a replay of a photograph is compressed as moving pictures are, which is what it shows that a
    photograph on a screen does not. Nothing moves in the face.

    Args:
        pan: see `ScreenParameters.pan`.
        frames: how many; in the middle one the photograph is as it was.
    """
    middle = (frames - 1) / 2
    moved = tuple(_moved(film, pan, (number - middle) / fps) for number in range(frames))
    return replace(film, frames=moved, landmarks=np.repeat(film.landmarks[:1], frames, axis=0))


def _moved(film: Film, pan: tuple[float, float, float], time_s: float) -> Image:
    picture = film.frames[0]
    dx, dy = pan[0] * time_s * film.face_px, pan[1] * time_s * film.face_px
    growth = 1 + pan[2] * time_s
    x, y = film.centre
    mapping = np.array(
        [[growth, 0, x + dx - growth * x], [0, growth, y + dy - growth * y]], np.float64
    )
    return np.asarray(
        cv2.warpAffine(
            picture,
            mapping,
            (picture.shape[1], picture.shape[0]),
            flags=cv2.INTER_CUBIC,
            borderMode=cv2.BORDER_REPLICATE,
        ),
        np.uint8,
    )
