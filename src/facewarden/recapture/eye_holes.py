"""Eyes that live behind the holes of a print."""

import cv2
import numpy as np
from numpy.typing import NDArray

from facewarden.data import Float32
from facewarden.recapture.film import Film
from facewarden.recapture.light import linear
from facewarden.recapture.medium import Seen
from facewarden.recapture.parameters import EyeHoles
from facewarden.recapture.sway import Sway

Float64 = NDArray[np.float64]

BEHIND = (0.7, 0.7, 0.7, 0.7)
"""How far the film of the face behind must reach, in face heights."""

_FINE = 256
_REACH = 0.8
"""Half the side of the drawing of the holes, in face heights."""
_SHADE = (0.3, 0.55)
"""Of the light falls on the face behind at the edge of a hole, and so much more in its middle: a
choice; the paper lies against the face."""


class LivingEyes:
    """The eye holes of a sheet, and the face of another clip behind them.

    Args:
        printed: (2, 2) where the eyes are on the sheet, in face heights from the face's centre.
        behind: the clip behind; its eyes are laid under the holes, and move with their head.
    """

    def __init__(
        self,
        chosen: EyeHoles,
        printed: Float64,
        behind: Film,
        *,
        fps: int,
        random: np.random.Generator,
    ) -> None:
        self._chosen = chosen
        self._behind = behind
        self._fps = fps
        self._sway = Sway(np.full(2, chosen.sway), 0.05, random)
        self._distance = float(np.hypot(*(printed[1] - printed[0])))
        self._printed = printed
        self._mask = self._cut()
        usual = np.median([behind.eyes(n) for n in range(len(behind.frames))], axis=0)
        self._laid = _similarity(usual, printed, chosen.growth)

    def light(self, seen: Seen, time_s: float) -> tuple[Float32, Float32]:
        """Return the light of the face behind and how far it is to be seen, (h, w, 3), (h, w)."""
        scale = np.float32(_FINE / (2 * _REACH))
        columns = (seen.x + np.float32(_REACH)) * scale - np.float32(0.5)
        rows = (seen.y + np.float32(_REACH)) * scale - np.float32(0.5)
        mask = cv2.remap(self._mask, columns, rows, cv2.INTER_LINEAR, borderValue=0)
        open_ = np.asarray(mask, np.float32) / np.float32(255)
        frames = self._behind.frames
        frame = frames[min(len(frames) - 1, round(time_s * self._fps))]
        # From the plane of the sheet to the film of the face behind.
        off = (np.array(self._chosen.off) + self._sway.at(time_s)) * self._distance
        back = np.linalg.inv(self._laid)
        x, y = seen.x - np.float32(off[0]), seen.y - np.float32(off[1])
        px, centre = np.float32(self._behind.face_px), self._behind.centre
        across = (back[0] * px).astype(np.float32)
        down = (back[1] * px).astype(np.float32)
        face = cv2.remap(
            frame,
            across[0] * x + across[1] * y + (across[2] + np.float32(centre[0])),
            down[0] * x + down[1] * y + (down[2] + np.float32(centre[1])),
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )
        depth = cv2.GaussianBlur(open_, (0, 0), max(0.6, 0.03 * seen.px_per_unit))
        shade = np.float32(_SHADE[0]) + np.float32(_SHADE[1]) * depth
        return linear(np.asarray(face, np.uint8)) * shade[..., None], open_

    def _cut(self) -> NDArray[np.uint8]:
        """(n, n) uint8, 255 where a hole is, over `_REACH` on each side of the face's centre."""
        place = ((np.arange(_FINE) + 0.5) / _FINE * 2 - 1) * _REACH
        x, y = np.meshgrid(place, place)
        across = (self._printed[1] - self._printed[0]) / self._distance
        wide, high = (part * self._distance for part in self._chosen.size)
        holes = np.zeros((_FINE, _FINE))
        for eye in self._printed:
            dx, dy = x - eye[0], y - eye[1]
            along = np.abs(dx * across[0] + dy * across[1]) / wide
            over = np.abs(dy * across[0] - dx * across[1]) / high
            radius = (along**self._chosen.corners + over**self._chosen.corners) ** (
                1 / self._chosen.corners
            )
            # One step of the drawing is the width of the cut's edge.
            holes = np.maximum(holes, np.clip((1 - radius) * high / (2 * _REACH) * _FINE, 0, 1))
        return np.round(255 * holes).astype(np.uint8)


def _similarity(eyes: Float64, to: Float64, growth: float) -> Float64:
    """Return the (3, 3) turn, size and shift that lay a pair of eyes on another, then grow."""
    here, there = eyes[1] - eyes[0], to[1] - to[0]
    ratio = complex(*there) / complex(*here) * growth
    turn = np.array([[ratio.real, -ratio.imag], [ratio.imag, ratio.real]])
    shift = to.mean(axis=0) - turn @ eyes.mean(axis=0)
    return np.array([[*turn[0], shift[0]], [*turn[1], shift[1]], [0, 0, 1]])
