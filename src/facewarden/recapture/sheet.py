"""A printed sheet in somebody's hand: the light that it sends to the camera."""

import cv2
import numpy as np
from numpy.typing import NDArray

from facewarden.data import Float32
from facewarden.recapture.film import Film
from facewarden.recapture.ink import ANGLES_DEG, INKS, Inks, dot_tile, screened
from facewarden.recapture.lattice import Lattice, is_visible, laid
from facewarden.recapture.light import linear
from facewarden.recapture.medium import Seen
from facewarden.recapture.parameters import SheetParameters

_FINGER_MM = (17.0, 26.0)
"""Width of a finger, and how far it reaches over the edge: an adult's."""


class Sheet:
    """One frame of a clip on paper; nothing in it moves but the paper.

    Its plane is measured in heights of the face, from the face's centre.
    """

    def __init__(self, film: Film, parameters: SheetParameters, *, face_px: float) -> None:
        """`face_px`: height of the face as the camera sees it; the print is kept a bit finer."""
        self._chosen = parameters
        self._fine = max(40.0, 1.1 * face_px)
        left, up, right, down = parameters.extent
        size = (round((left + right) * self._fine), round((up + down) * self._fine))
        picture = cv2.warpPerspective(
            film.still(parameters.moment),
            film.placed(parameters.extent, self._fine),
            size,
            flags=cv2.INTER_CUBIC,
            borderMode=cv2.BORDER_REPLICATE,
        )
        if parameters.spread_px > 0.2:
            picture = cv2.GaussianBlur(picture, (0, 0), parameters.spread_px)
        self._inks = Inks(
            strength=parameters.ink,
            black_share=parameters.black_share,
            paper=parameters.paper,
        )
        covered = self._inks.separated(linear(np.asarray(picture, np.uint8)))
        edge = round(parameters.margin * self._fine)
        self._covered = cv2.copyMakeBorder(
            np.round(covered * 255).astype(np.uint8), edge, edge, edge, edge, cv2.BORDER_CONSTANT
        )
        self._plain = self._inks.returned(self._covered.astype(np.float32) / np.float32(255))
        self._origin = (left * self._fine + edge, up * self._fine + edge)
        self._dots = Lattice(dot_tile())
        self._fingers = self._drawn_fingers()

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom edge of the paper on its plane."""
        left, up, right, down = self._chosen.extent
        margin = self._chosen.margin
        return -left - margin, -up - margin, right + margin, down + margin

    @property
    def reach(self) -> float:
        """How far fingers reach beyond the edge, in face heights."""
        return _FINGER_MM[1] / self._chosen.face_mm if self._chosen.fingers else 0.0

    def texture_places(self, x: Float32, y: Float32) -> tuple[Float32, Float32]:
        """Return columns and rows of the print for places on the flat sheet."""
        fine = np.float32(self._fine)
        return (
            x * fine + np.float32(self._origin[0] - 0.5),
            y * fine + np.float32(self._origin[1] - 0.5),
        )

    def light(self, seen: Seen) -> Float32:
        """Return the light of the sheet at each pixel, (h, w, 3) float32."""
        columns, rows = self.texture_places(seen.x, seen.y)
        patterns = self._patterns(seen)
        if patterns:
            covered = cv2.remap(
                self._covered, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
            ).astype(np.float32) * np.float32(1 / 255)
            for ink, pattern in patterns.items():
                covered[..., ink] = screened(covered[..., ink], pattern)
            light = self._inks.returned(covered)
        else:
            light = np.asarray(
                cv2.remap(
                    self._plain, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
                ),
                np.float32,
            )
        return light

    def fingers(self, seen: Seen) -> tuple[Float32, Float32] | None:
        """Return light and opacity of the fingers that hold it; None where there are none."""
        if self._fingers is None:
            return None
        drawn, pad = self._fingers
        columns, rows = self.texture_places(seen.x, seen.y)
        drawn_here = cv2.remap(
            drawn,
            columns + np.float32(pad),
            rows + np.float32(pad),
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_CONSTANT,
        )
        return linear(np.ascontiguousarray(drawn_here[..., :3])), np.asarray(
            drawn_here[..., 3], np.float32
        ) / np.float32(255)

    def _patterns(self, seen: Seen) -> dict[int, Float32]:
        """Return the dots of each ink whose screen the camera does not blur away."""
        lines = self._chosen.lines_per_mm * self._chosen.face_mm
        patterns = {}
        for ink in range(INKS if lines else 0):
            angle = np.deg2rad(ANGLES_DEG[ink])
            turn = lines * np.array(
                [[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]]
            )
            tile = self._dots.seen(turn @ seen.steps, seen.aperture, seen.lens_px)
            if is_visible(tile):
                (a, b), (c, d) = turn.astype(np.float32)
                patterns[ink] = laid(tile, a * seen.x + b * seen.y, c * seen.x + d * seen.y)
        return patterns

    def _drawn_fingers(self) -> tuple[NDArray[np.uint8], int] | None:
        """(H, W, 4) colour and opacity of the fingers over the sheet and around it, and its pad."""
        chosen = self._chosen
        if not chosen.fingers:
            return None
        scale = self._fine / chosen.face_mm
        width, reach = _FINGER_MM[0] * scale, _FINGER_MM[1] * scale
        pad = round(2 * reach)
        height_px, width_px = self._covered.shape[:2]
        canvas = np.zeros((height_px + 2 * pad, width_px + 2 * pad, 4), np.uint8)
        skin = 255 * np.asarray(chosen.skin, np.float64) ** (1 / 2.2)
        for place in chosen.fingers:
            (x, y), (inx, iny) = _on_edge(place, width_px, height_px)
            tip = (int(pad + x + inx * reach), int(pad + y + iny * reach))
            root = (int(pad + x - inx * 1.8 * reach), int(pad + y - iny * 1.8 * reach))
            # From the shaded side to the light one: a finger is round.
            for part in range(6):
                share = 1 - part / 7
                tone = skin * (0.55 + 0.45 * part / 5)
                shift = (int(-0.1 * width * part / 5), int(-0.15 * width * part / 5))
                colour = (*(float(c) for c in tone), 255.0)
                a, b = ((p[0] + shift[0], p[1] + shift[1]) for p in (root, tip))
                cv2.line(canvas, a, b, colour, max(1, int(width * share)), cv2.LINE_AA)
        return np.asarray(canvas, np.uint8), pad


def _on_edge(
    place: float, width: float, height: float
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return a point on the edge of a rectangle and the direction inwards; 0 is bottom left."""
    side, along = divmod((place % 1) * 4, 1)
    return {
        0: ((along * width, height), (0.0, -1.0)),
        1: ((width, (1 - along) * height), (-1.0, 0.0)),
        2: ((along * width, 0.0), (0.0, 1.0)),
        3: ((0.0, (1 - along) * height), (1.0, 0.0)),
    }[int(side)]
