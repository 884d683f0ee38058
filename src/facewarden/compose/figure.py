"""One cut-out, placed in one frame."""

from dataclasses import dataclass
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

from facewarden.compose.cutout import Cutout
from facewarden.compose.walk import Pose
from facewarden.data import Image


@dataclass(frozen=True, slots=True)
class Figure:
    """A person's pixels at their place in the picture.

    Attributes:
        pixels: (h, w, 4) uint8, colours already multiplied by the opacity in the last channel.
        left, top: where they begin in the picture, px; never negative.
        box: x1 y1 x2 y2 of the face in the picture, px.
    """

    pixels: NDArray[np.uint8]
    left: int
    top: int
    box: tuple[float, float, float, float]

    @classmethod
    def placed(
        cls,
        cutout: Cutout,
        pose: Pose,
        blur_px: tuple[float, float],
        picture: tuple[int, int],
    ) -> Self:
        """Scale, turn and move a cut-out to a pose.

        Args:
            blur_px: how far the figure moves during the exposure, right and down.
            picture: width and height, px; pixels outside are not made.
        """
        # The next larger level is halved once at most, which linear interpolation does well.
        scale = pose.face_px / (cutout.box[3] - cutout.box[1])
        level = min(int(max(0.0, -np.log2(scale))), len(cutout.levels) - 1)
        source = cutout.levels[level]
        x1, y1, x2, y2 = cutout.box
        centre = np.array([(x1 + x2) / 2, (y1 + y2) / 2])
        turn = np.asarray(cv2.getRotationMatrix2D(tuple(centre), pose.roll_deg, scale), np.float64)
        turn[:, 0] *= np.cos(np.deg2rad(pose.turn_deg))
        turn[:, 2] = np.array([pose.x, pose.y]) - turn[:, :2] @ centre
        whole = _hull(turn, 0, 0, cutout.levels[0].shape[1], cutout.levels[0].shape[0])
        margin = 2 + int(np.ceil(max(map(abs, blur_px))))
        left = min(max(int(whole[0]) - margin, 0), picture[0])
        top = min(max(int(whole[1]) - margin, 0), picture[1])
        right = min(max(int(whole[2]) + margin, left), picture[0])
        bottom = min(max(int(whole[3]) + margin, top), picture[1])
        pixels = np.zeros((bottom - top, right - left, 4), np.uint8)
        if pixels.size:
            place = np.column_stack([turn[:, :2] * 2.0**level, turn[:, 2] - np.array([left, top])])
            sharp = cv2.warpAffine(source, place, (right - left, bottom - top))
            pixels = _blurred(np.asarray(sharp, np.uint8), blur_px)
        return cls(pixels, left, top, _hull(turn, *cutout.box))

    def paint(self, picture: Image) -> None:
        """Lay the figure over `picture`, in place."""
        if not self.pixels.size:
            return
        height, width = self.pixels.shape[:2]
        region = picture[self.top : self.top + height, self.left : self.left + width]
        through = cv2.merge([cv2.bitwise_not(self.pixels[..., 3])] * 3)
        behind = cv2.multiply(region, through, scale=1 / 255)
        cv2.add(behind, cv2.cvtColor(self.pixels, cv2.COLOR_BGRA2BGR), dst=region)

    def cover(self, box: tuple[float, float, float, float]) -> NDArray[np.float32]:
        """(rows, columns) float32 in [0, 1]: how opaque this figure is over each px of `box`."""
        x1, y1, x2, y2 = (round(side) for side in box)
        over = np.zeros((max(0, y2 - y1), max(0, x2 - x1)), np.float32)
        height, width = self.pixels.shape[:2]
        top, bottom = max(y1, self.top), min(y2, self.top + height)
        left, right = max(x1, self.left), min(x2, self.left + width)
        if top < bottom and left < right:
            mine = self.pixels[
                top - self.top : bottom - self.top, left - self.left : right - self.left
            ]
            over[top - y1 : bottom - y1, left - x1 : right - x1] = mine[..., 3] / np.float32(255)
        return over


def _hull(
    turn: NDArray[np.float64], x1: float, y1: float, x2: float, y2: float
) -> tuple[float, float, float, float]:
    """Return the upright box around a turned one; of a face, within 2 degrees, nearly the same."""
    corners = np.array([[x1, y1, 1], [x2, y1, 1], [x2, y2, 1], [x1, y2, 1]]) @ turn.T
    (left, top), (right, bottom) = corners.min(axis=0), corners.max(axis=0)
    return float(left), float(top), float(right), float(bottom)


def _blurred(pixels: NDArray[np.uint8], along: tuple[float, float]) -> NDArray[np.uint8]:
    """Smear the pixels evenly along a line."""
    length = float(np.hypot(*along))
    if length < 1:
        return pixels
    reach = int(np.ceil(max(map(abs, along)) / 2))
    kernel = np.zeros((2 * reach + 1, 2 * reach + 1), np.float32)
    for step in np.linspace(-0.5, 0.5, 8 * reach + 1):
        kernel[round(reach + step * along[1]), round(reach + step * along[0])] += 1
    return np.asarray(cv2.filter2D(pixels, -1, kernel / kernel.sum()), np.uint8)
