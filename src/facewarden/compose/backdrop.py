"""The place behind the people: a concourse, with a train passing behind its windows."""

import cv2
import numpy as np

from facewarden.compose.recipe import SceneRecipe
from facewarden.data import Float32, Image

_MARGIN_PX = 16
"""How far the picture may be moved for the trembling of the camera's mount."""

_TRAIN_PX_PER_S = 420.0
_TREMBLE_PX = 1.5


class Backdrop:
    """Draws the place at any moment; the same seed draws the same place."""

    def __init__(self, recipe: SceneRecipe, random: np.random.Generator) -> None:
        self._width = recipe.width_px
        self._height = recipe.height_px
        self._phase = random.uniform(0, 2 * np.pi, 4)
        self._place = _concourse(
            recipe.width_px + 2 * _MARGIN_PX, recipe.height_px + 2 * _MARGIN_PX, random
        )
        rows = slice(int(0.10 * recipe.height_px), int(0.46 * recipe.height_px))
        self._window_rows = rows
        self._window_columns = _windows(self._place.shape[1])
        self._train = _train(4 * recipe.width_px, rows.stop - rows.start, random)

    def tremble(self, time_s: float) -> tuple[float, float]:
        """Return by how many px the whole picture is shifted right and down."""
        a, b, c, d = self._phase
        return (
            _TREMBLE_PX * float(0.7 * np.sin(2.3 * time_s + a) + 0.3 * np.sin(13 * time_s + b)),
            _TREMBLE_PX * float(0.7 * np.sin(1.9 * time_s + c) + 0.3 * np.sin(11 * time_s + d)),
        )

    def at(self, time_s: float) -> Image:
        """Return the empty place at a moment of the clip, (H, W, 3) uint8 BGR, newly made."""
        place = self._place.copy()
        start = int(_TRAIN_PX_PER_S * time_s)
        for left, right in self._window_columns:
            columns = (np.arange(left, right) + start) % self._train.shape[1]
            seen = self._train[:, columns]
            pane = place[self._window_rows, left:right]
            cv2.addWeighted(seen, 0.75, pane, 0.25, 0, dst=pane)
        dx, dy = self.tremble(time_s)
        shift = np.array([[1, 0, dx - _MARGIN_PX], [0, 1, dy - _MARGIN_PX]], np.float32)
        return np.asarray(cv2.warpAffine(place, shift, (self._width, self._height)), np.uint8)


def _windows(width: int) -> list[tuple[int, int]]:
    """Columns of the window panes, between pillars."""
    pitch = width // 5
    return [(index * pitch + pitch // 8, (index + 1) * pitch - pitch // 8) for index in range(5)]


def _clouds(height: int, width: int, random: np.random.Generator, octaves: int) -> Float32:
    """(H, W) float32 around 0: noise with as much of every size, so that no surface is plain."""
    total = np.zeros((height, width), np.float32)
    for octave in range(octaves):
        cells = 3 * 2**octave
        coarse = random.normal(size=(cells, cells * width // height)).astype(np.float32)
        total += cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC) / 2**octave
    return total


def _concourse(width: int, height: int, random: np.random.Generator) -> Image:
    """Wall, pillars, window frames and a tiled floor."""
    ground = int(0.72 * height)
    rows = np.linspace(0, 1, height, dtype=np.float32)[:, None, None]
    place = np.array([150, 152, 156], np.float32) - 45 * rows + np.zeros((1, width, 1), np.float32)
    for left, right in _windows(width):
        top, bottom = int(0.08 * height), int(0.50 * height)
        cv2.rectangle(place, (left - 6, top), (right + 6, bottom), (70, 68, 66), cv2.FILLED)
        pillar = left - width // 40
        cv2.rectangle(place, (pillar - 14, 0), (pillar + 14, ground), (120, 126, 132), cv2.FILLED)
        cv2.rectangle(place, (pillar + 6, 0), (pillar + 14, ground), (95, 100, 106), cv2.FILLED)
    floor = place[ground:]
    depth = (np.arange(floor.shape[0], dtype=np.float32)[:, None] + 30) / 30
    across = (np.arange(width, dtype=np.float32)[None, :] - width / 2) / (90 * depth)
    along = 14 / depth + np.zeros_like(across)
    tiles = (np.floor(across) + np.floor(along)) % 2
    floor[...] = (
        np.array([118, 124, 128], np.float32) - 26 * tiles[..., None] + 6 * depth[..., None]
    )
    place += 7 * _clouds(height, width, random, 7)[..., None]
    blurred = cv2.GaussianBlur(place, (0, 0), 1.2)  # it lies behind the focus
    return np.clip(blurred, 0, 255).astype(np.uint8)


def _train(width: int, height: int, random: np.random.Generator) -> Image:
    """A long strip of carriages, blurred by its speed, with daylight between trains."""
    strip = np.full((height, width, 3), (214, 205, 190), np.float32)
    strip += 10 * _clouds(height, width, random, 5)[..., None]
    coach = width // 12
    for index in range(6):
        left = width // 4 + index * coach
        colour = (random.uniform(60, 110), random.uniform(70, 100), random.uniform(110, 160))
        top, bottom = int(0.25 * height), height
        cv2.rectangle(strip, (left, top), (left + coach - 12, bottom), colour, cv2.FILLED)
        for pane in range(4):
            x = left + 20 + pane * (coach - 40) // 4
            box = (x, int(0.36 * height)), (x + (coach - 40) // 5, int(0.68 * height))
            cv2.rectangle(strip, *box, (70, 80, 84), cv2.FILLED)
    blurred = cv2.blur(strip, (25, 3))
    return np.clip(blurred, 0, 255).astype(np.uint8)
