"""Photographs to make presentations of: who is on which, and the part of each that serves."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from facewarden.capture.folder import SUFFIXES, pictures_below
from facewarden.capture.image import read_image
from facewarden.data import Image
from facewarden.detect.detector import Detector
from facewarden.detect.size import detect_size_px
from facewarden.errors import ImageRefused, InputError
from facewarden.recapture.genuine import (
    LEAST_FACE_PX,
    MIN_CONFIDENCE,
    Genuine,
    named,
    two_in_view,
    without_bars,
)

_FPS = 25.0
_BLACK = 12
"""The lightest grey level of a corner that a rotated photograph leaves black, with JPEG's noise."""
_CORNER_PX = 3
_MIXED_PX = 2
"""Beside a black corner, pixels are mixed with it."""
_MOST_LOST = 0.25
"""Of a side, to be rid of black corners. Of 600 photographs of lfw-dev, which were rotated so that
the eyes are level, 83 % lose less (2026-11-22)."""


def photographs_in(paths: Sequence[Path]) -> list[tuple[str, Path]]:
    """Return subject and file of photographs, in the order of names.

    A folder inside a given folder is a person, whose name it is, as when photographs are enrolled;
    a file directly in a given folder, or given itself, is somebody of the file's name.

    Raises:
        InputError: a path is not there or holds no photograph, or two people have one name.
    """
    found: dict[Path, str] = {}
    owners: dict[str, Path] = {}
    for given in paths:
        for file in _files(given):
            inside = file.relative_to(given).parts
            owner = given / inside[0] if inside else given
            subject = named(owner.name if len(inside) > 1 else owner.stem)
            before = owners.setdefault(subject, owner)
            if before.resolve() != owner.resolve():
                raise InputError(
                    f"two people are named {subject}",
                    found=f"{before} and {owner}",
                    remedy="rename one of them; a person's photographs lie in one folder",
                )
            found[file.resolve()] = subject
    return [(subject, file) for file, subject in found.items()]


def one_photograph(path: Path, subject: str, detector: Detector) -> Genuine:
    """Return the person whom a photograph shows alone, as a clip in which nothing moves.

    Raises:
        InputError: it cannot be decoded, no face or a small one is found in it, two people are in
            view, or its corners are black to far within.
    """
    whole = read_photograph(path)
    frame = _without_corners(whole, path)
    left, top, right, bottom = frame
    image = np.ascontiguousarray(whole[top:bottom, left:right])
    size_px = detect_size_px(max(image.shape[:2]), LEAST_FACE_PX)
    faces = detector.detect(image, size_px=size_px, min_confidence=MIN_CONFIDENCE)
    if not len(faces):
        raise InputError(f"{path}: no face was found in it", expected="one person's face")
    if two_in_view(faces):
        raise InputError(f"{path}: two people are in view", expected="one")
    row = int(np.argmax(faces.height_px))
    if faces.height_px[row] < LEAST_FACE_PX:
        raise InputError(
            f"{path}: the face is too small",
            expected=f"{LEAST_FACE_PX:.0f} px or more",
            found=f"{faces.height_px[row]:.0f} px",
        )
    corner = np.array([left, top], np.float32)
    return Genuine(
        subject=subject,
        path=path,
        fps=_FPS,
        times_s=np.zeros(1),
        boxes=faces.boxes[row : row + 1] + np.tile(corner, 2),
        landmarks=faces.landmarks[row : row + 1] + corner,
        crowd=False,
        frame=frame,
        still=True,
    )


def read_photograph(path: Path) -> Image:
    """Return the picture of a file, (H, W, 3) uint8 BGR, upright.

    Raises:
        InputError: it cannot be read, or is none that can be decoded.
    """
    try:
        return read_image(path)[0]
    except ImageRefused as error:
        raise InputError(
            f"{path}: {error.what.removeprefix(f'{path.name} ')}",
            expected=error.expected,
            found=error.found,
            remedy=error.remedy,
        ) from error


def _files(given: Path) -> list[Path]:
    if given.is_file():
        return [given]
    files = pictures_below(given)
    if not files:
        raise InputError(
            f"no photograph in {given}",
            expected="a photograph, or a folder with files ending in " + " ".join(sorted(SUFFIXES)),
            found="nothing there" if not given.exists() else "none",
        )
    return files


def _without_corners(image: Image, path: Path) -> tuple[int, int, int, int]:
    """Return left, top, right, bottom of what has neither black bars nor black corners.

    A rotated picture is convex: where all four corners of a part are in it, all of the part is.
    """
    left, top, right, bottom = without_bars(image)
    light = image[top:bottom, left:right].max(axis=2) > _BLACK
    height, width = light.shape
    most = int(_MOST_LOST / 2 * min(height, width)) - _MIXED_PX
    for off in range(most + 1):
        near, low, far = slice(off, off + _CORNER_PX), height - off, width - off
        below, beside = slice(low - _CORNER_PX, low), slice(far - _CORNER_PX, far)
        corners = light[near, near], light[near, beside], light[below, near], light[below, beside]
        if all(corner.any() for corner in corners):
            lost = off + _MIXED_PX if off else 0
            return left + lost, top + lost, right - lost, bottom - lost
    raise InputError(
        f"{path}: its corners are black",
        expected=f"a photograph that was rotated by less, or {1 - _MOST_LOST:.0%} of it without",
    )
