"""Tiny clips of faces that are drawn: some blink, some are held up and move as a sheet does."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

from facewarden.data import Image
from facewarden.models.phantom import draw_phantom

WIDTH, HEIGHT = 192, 160
FACE = (96.0, 80.0, 40.0)
"""Centre and half the height, px."""


def person(seed: int) -> Image:
    """Return a face with a tint of its own."""
    random = np.random.default_rng(seed)
    tint = random.uniform(0.85, 1.15, 3)
    return (draw_phantom(HEIGHT, WIDTH, (FACE,)) * tint).clip(0, 255).astype(np.uint8)


def living(seed: int, frames: int = 30) -> Iterator[Image]:
    """Yield somebody who sways and closes the eyes for a moment."""
    open_eyes = person(seed)
    closed = open_eyes.copy()
    x, y, half = FACE
    for side in (-0.3, 0.3):
        centre = (round(x + side * half), round(y - 0.17 * half))
        skin = tuple(
            int(value) for value in open_eyes[round(y + 0.2 * half), round(x + 0.45 * half)]
        )
        cv2.ellipse(closed, centre, (8, 5), 0, 0, 360, skin, -1)
    for index in range(frames):
        blinking = frames // 2 <= index < frames // 2 + 5
        yield _moved(closed if blinking else open_eyes, 2 * np.sin(index / 6), 0, 0)


def held(seed: int, frames: int = 30, dots: int = 12) -> Iterator[Image]:
    """Yield a print of somebody: dotted, paler, in a hand that shakes, without a blink."""
    grid = np.indices((HEIGHT, WIDTH)).sum(axis=0) % 4 < 2
    sheet = (person(seed) * 0.8 + 30 + (grid[..., None] * 2 - 1) * dots).clip(0, 255)
    for index in range(frames):
        yield _moved(sheet.astype(np.uint8), 3 * np.sin(index / 3), 2 * np.cos(index / 4), 1)


def nobody(frames: int = 30) -> Iterator[Image]:
    """Yield a grey wall."""
    yield from (np.full((HEIGHT, WIDTH, 3), 125, np.uint8) for _ in range(frames))


def two_people(frames: int = 30) -> Iterator[Image]:
    """Yield two people side by side."""
    both = draw_phantom(HEIGHT, 2 * WIDTH, ((80.0, 80.0, 40.0), (290.0, 80.0, 34.0)))
    yield from (both for _ in range(frames))


def write_video(path: Path, pictures: Iterator[Image], fps: int = 25) -> Path:
    """Write pictures of one size as a video, by the name's ending."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as output:
        stream = None
        for index, picture in enumerate(pictures):
            if stream is None:
                stream = output.add_stream("libx264", rate=fps)
                stream.height, stream.width = picture.shape[:2]
                stream.pix_fmt, stream.options = "yuv420p", {"preset": "ultrafast", "crf": "12"}
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="bgr24")
            frame.pts, frame.time_base = index, Fraction(1, fps)
            output.mux(stream.encode(frame))
        assert stream is not None
        output.mux(stream.encode(None))
    return path


def _moved(picture: Image, dx_px: float, dy_px: float, degrees: float) -> Image:
    centre = (WIDTH / 2, HEIGHT / 2)
    turn = np.asarray(cv2.getRotationMatrix2D(centre, degrees * np.sin(dx_px), 1), np.float64)
    turn[:, 2] += np.array([dx_px, dy_px])
    moved = cv2.warpAffine(picture, turn, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(moved, np.uint8)
