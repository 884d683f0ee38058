"""What a printer makes of a picture: coverages of four inks, and the light that paper returns."""

import cv2
import numpy as np
from numpy.typing import NDArray

from facewarden.data import Float32

INKS = 4
ANGLES_DEG = (15.0, 75.0, 0.0, 45.0)
"""Of the screens of cyan, magenta, yellow and black: the usual ones of offset and laser print."""

_TRANSMISSION = ((0.74, 0.34, 0.02), (0.21, 0.02, 0.76), (0.02, 0.84, 1.0), (0.012, 0.012, 0.012))
"""Of light through full cyan, magenta, yellow and black for blue, green and red: the solid inks of
ISO 12647-2 on coated paper as sRGB (#009EE0, #E2007A, #FFED00, #1D1D1B), made linear."""

_ROUNDS = 2
_DOT_TILE = 32


class Inks:
    """Four inks of a strength on a paper.

    Args:
        strength: 1 is `_TRANSMISSION`; a printer with less ink lets more light through.
        black_share: of the grey part of a colour that is printed in black.
        paper: reflectance for blue, green and red.
    """

    def __init__(
        self, *, strength: float, black_share: float, paper: tuple[float, float, float]
    ) -> None:
        self._through = np.array(_TRANSMISSION, np.float32) ** np.float32(strength)
        self._black_share = black_share
        self._paper = np.array(paper, np.float32)

    def separated(self, light: Float32) -> Float32:
        """Return the (H, W, 4) coverages in [0, 1] that come nearest to a picture's light.

        A colour outside the inks' gamut is cut off at its edge; black is never darker than ink.
        """
        # First as if each ink took one colour only (red, green, blue from the complement), then
        # corrected for what it takes of the others.
        own = np.array([self._through[0, 2], self._through[1, 1], self._through[2, 0]], np.float32)
        wanted = light[..., ::-1]
        inks = np.clip((1 - wanted) / (1 - own), 0, 1)
        covered = self._with_black(inks)
        for _ in range(_ROUNDS):
            excess = (wanted - self._returned(covered)[..., ::-1]) * np.float32(0.9)
            inks = np.clip(inks - excess, 0, 1)
            covered = self._with_black(inks)
        return covered

    def returned(self, covered: Float32) -> Float32:
        """Return the light (H, W, 3) of paper of which inks cover shares (H, W, 4).

        Demichel's equation: dots of different screens overlap as if at random.
        """
        return np.asarray(self._returned(covered) * self._paper, np.float32)

    def _with_black(self, inks: Float32) -> Float32:
        black = self._black_share * inks.min(axis=-1)
        rest = (inks - black[..., None]) / (1 - black[..., None] + 1e-3)
        return np.asarray(np.dstack([np.clip(rest, 0, 1), black]), np.float32)

    def _returned(self, covered: Float32) -> Float32:
        light = np.ones((*covered.shape[:2], 3), np.float32)
        for ink in range(INKS):
            light *= 1 - covered[..., ink, None] * (1 - self._through[ink])
        return light


def dot_tile() -> Float32:
    """Return one period of a screen that covers half: (n, n, 1) float32, ink less its mean.

    Euclidean dots: round in light and dark tones, a chequerboard between them.
    """
    cycle = (np.arange(_DOT_TILE) + 0.5) / _DOT_TILE * 2 * np.pi
    spot = np.cos(cycle)[None, :] + np.cos(cycle)[:, None]
    dots = (spot > 0).astype(np.float32)
    return np.asarray(dots - dots.mean(), np.float32)[..., None]


def screened(covered: NDArray[np.float32], pattern: Float32) -> Float32:
    """Return a coverage (H, W) with its dots, as pixels see them.

    Args:
        pattern: (H, W) of `dot_tile`, averaged over pixels and laid there. Dots of half the
            paper stand out most, none and full not at all.
    """
    depth = np.asarray(4 * covered * (1 - covered), np.float32)
    return np.asarray(cv2.scaleAdd(depth * pattern, 1.0, covered), np.float32)
