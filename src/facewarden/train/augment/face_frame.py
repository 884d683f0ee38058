"""Coordinates that belong to the face: where something is drawn on the landmarks."""

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, slots=True)
class FaceFrame:
    """Axes of b faces: right along the eyes, down from the eyes to the mouth.

    One unit across is the distance of the eyes; one unit down that from the middle of the eyes to
    the middle of the mouth. So a head that turns or nods takes what is drawn on it along.

    Attributes:
        origin: (b, 2) px, the middle of the eyes.
        across, down: (b, 2) px, the units.
    """

    origin: Tensor
    across: Tensor
    down: Tensor

    @classmethod
    def of(cls, landmarks: Tensor) -> "FaceFrame":
        """Return the frames of (b, 5, 2) landmarks in px."""
        eyes, mouth = landmarks[:, :2].mean(1), landmarks[:, 3:].mean(1)
        return cls(eyes, landmarks[:, 1] - landmarks[:, 0], mouth - eyes)

    def place(self, points: Tensor) -> Tensor:
        """Return (b, k, 2) px of (b, k, 2) or (k, 2) points in units of the face."""
        across, down = self.across[:, None], self.down[:, None]
        return self.origin[:, None] + points[..., :1] * across + points[..., 1:] * down

    def coordinates(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """Return across and down, (b, S, S) each, of pixels at x (1, S) and y (S, 1)."""
        (ax, ay), (dx, dy) = self.across.T, self.down.T
        area = (ax * dy - ay * dx)[:, None, None]
        area = torch.where(area.abs() < 1e-3, torch.full_like(area, 1e-3), area)
        u = x[None] - self.origin[:, 0, None, None]
        v = y[None] - self.origin[:, 1, None, None]
        across = (u * dy[:, None, None] - v * dx[:, None, None]) / area
        down = (v * ax[:, None, None] - u * ay[:, None, None]) / area
        return across, down


def inside(polygon: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """Return (b, S, S) how much of each pixel a convex polygon covers, in [0, 1].

    Args:
        polygon: (b, k, 2) px, clockwise as seen on the screen.
        x, y: of the pixels, (1, S) and (S, 1).
    """
    edge = polygon.roll(-1, 1) - polygon
    length = edge.norm(dim=-1).clamp(min=1e-6)
    # Distance from each edge, positive inside; a pixel is half covered where it is 0.
    away = (
        edge[..., 0, None, None] * (y - polygon[..., 1, None, None])
        - edge[..., 1, None, None] * (x - polygon[..., 0, None, None])
    ) / length[..., None, None]
    covered: Tensor = (away.amin(1) + 0.5).clamp(0, 1)
    return covered
