"""A place behind a person or a medium: walls, frames, shelves, windows, out of focus."""

import cv2
import numpy as np

from facewarden.data import Float32, Image
from facewarden.recapture.light import stored

_SIDE_PX = 320
"""Of the drawing: it is out of focus, and enlarged."""


def surroundings(random: np.random.Generator) -> Float32:
    """Return the linear light of a drawn place, (n, n, 3) float32, the same for the same state.

    It has straight edges, as rooms have: the edge of a sheet is not the only one in a picture.
    """
    n = _SIDE_PX
    wall = _colour(random, 0.08, 0.7)
    fall = np.linspace(-0.5, 0.5, n, dtype=np.float32)
    shade = (
        1 + random.uniform(-0.5, 0.5) * fall[None, :] + random.uniform(-0.5, 0.5) * fall[:, None]
    )
    place = wall * shade[..., None]
    place *= 1 + random.uniform(0.02, 0.15) * _clouds(n, random)[..., None]
    if random.random() < 0.6:  # a floor, a table
        top = int(random.uniform(0.5, 0.95) * n)
        place[top:] = _colour(random, 0.04, 0.5) * shade[top:, :, None]
    for _ in range(int(random.integers(0, 9))):
        _object(place, random)
    if random.random() < 0.45:  # whoever holds the medium, or stands behind
        _figure(place, random)
    blur = float(np.exp(random.uniform(np.log(0.5), np.log(9))))
    return np.asarray(np.clip(cv2.GaussianBlur(place, (0, 0), blur), 0.002, 1.5), np.float32)


def other_place(seed: int) -> Image:
    """Return another drawn place as a stored picture, (n, n, 3) uint8."""
    return stored(surroundings(np.random.default_rng([seed, 1])))


def _colour(random: np.random.Generator, low: float, high: float) -> Float32:
    grey = float(np.exp(random.uniform(np.log(low), np.log(high))))
    tint = 1 + random.normal(0, 0.18, 3)
    return np.asarray(np.clip(grey * tint, 0.01, 1.0), np.float32)


def _clouds(n: int, random: np.random.Generator) -> Float32:
    total = np.zeros((n, n), np.float32)
    for octave in range(6):
        cells = 3 * 2**octave
        coarse = random.normal(size=(cells, cells)).astype(np.float32)
        total += cv2.resize(coarse, (n, n), interpolation=cv2.INTER_CUBIC) / 2**octave
    return total


def _object(place: Float32, random: np.random.Generator) -> None:
    """A frame, a door, a screen, a lamp: a rectangle, sometimes with another one in it."""
    n = place.shape[0]
    x, y = random.uniform(-0.1, 1, 2) * n
    w, h = np.exp(random.uniform(np.log(0.04), np.log(0.7), 2)) * n
    low, high = (x, y), (x + w, y + h)
    bright = random.random() < 0.15
    colour = _colour(random, 0.6, 1.4) if bright else _colour(random, 0.02, 0.6)
    _rectangle(place, low, high, colour)
    if random.random() < 0.5:
        edge = random.uniform(0.03, 0.2) * min(w, h)
        inner = _colour(random, 0.03, 0.8)
        _rectangle(place, (x + edge, y + edge), (x + w - edge, y + h - edge), inner)


def _rectangle(
    place: Float32, low: tuple[float, float], high: tuple[float, float], colour: Float32
) -> None:
    corner, other = (int(low[0]), int(low[1])), (int(high[0]), int(high[1]))
    cv2.rectangle(place, corner, other, [float(part) for part in colour], cv2.FILLED)


def _figure(place: Float32, random: np.random.Generator) -> None:
    """Shoulders and a trunk in one colour of cloth, sometimes striped."""
    n = place.shape[0]
    centre = (int(random.uniform(0.3, 0.7) * n), int(random.uniform(0.9, 1.3) * n))
    axes = (int(random.uniform(0.25, 0.5) * n), int(random.uniform(0.4, 0.9) * n))
    cloth = _colour(random, 0.02, 0.5)
    shape = np.zeros((n, n), np.uint8)
    cv2.ellipse(shape, centre, axes, 0, 0, 360, 255, cv2.FILLED)
    rows = np.arange(n, dtype=np.float32)[:, None]
    stripes = 1 + random.choice([0.0, 0.0, 0.5]) * np.sign(np.sin(rows / random.uniform(2, 8)))
    dressed = cloth * np.broadcast_to(stripes[..., None], (n, n, 1))
    place[shape > 0] = np.broadcast_to(dressed, place.shape)[shape > 0]
