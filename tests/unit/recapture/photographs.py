"""Drawn faces as photographs on the disk."""

from pathlib import Path

import cv2
import numpy as np

from facewarden.data import Image
from facewarden.models.phantom import draw_phantom

SIDE, HALF = 250, 50.0


def face(seed: int = 0, *, half: float = HALF) -> Image:
    """Return somebody in the middle of a picture, with a tint of their own."""
    tint = np.random.default_rng(seed).uniform(0.85, 1.15, 3)
    drawn = draw_phantom(SIDE, SIDE, ((SIDE / 2, SIDE / 2, half),))
    return (drawn * tint).clip(0, 255).astype(np.uint8)


def two_faces() -> Image:
    return draw_phantom(SIDE, SIDE, ((70.0, 125.0, 50.0), (185.0, 125.0, 45.0)))


def nobody() -> Image:
    return np.full((SIDE, SIDE, 3), 125, np.uint8)


def rotated(picture: Image, degrees: float) -> Image:
    """Return it turned, black where it ends, as the photographs of LFW are."""
    turn = cv2.getRotationMatrix2D((SIDE / 2, SIDE / 2), degrees, 1.0)
    return np.asarray(cv2.warpAffine(picture, turn, (SIDE, SIDE)), np.uint8)


def written(path: Path, picture: Image) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), picture)
    return path
