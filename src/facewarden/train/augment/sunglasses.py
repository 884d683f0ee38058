"""Sunglasses, drawn on the landmarks."""

from dataclasses import dataclass

import torch
from torch import Tensor

from facewarden.train.augment.face_frame import FaceFrame
from facewarden.train.augment.step import drawn, pixel_centres, require_range

# In units of the face (see FaceFrame), after photographs on the mean face of the ArcFace template.
HALF_WIDTH = 0.40
HALF_HEIGHT = 0.26
FRAME = 0.05
"""Thickness of rim and arms."""
REACH = 1.15
"""Of the arms from the middle."""
SOFT = 0.03
"""Width of the edges, about a pixel of a crop of 112."""


@dataclass(frozen=True, slots=True)
class Sunglasses:
    """Covers the eyes with two dark glasses, a bridge and arms.

    Attributes:
        low, high: how much of the light the glasses take away, drawn between them; 0.3 to 1.
        size: the glasses are up to this share larger or smaller than common ones; 0 to 0.4.
    """

    low: float = 0.7
    high: float = 1.0
    size: float = 0.2

    def __post_init__(self) -> None:
        require_range(self, "high", 0.3, 1, "of the light")
        require_range(self, "low", 0.3, 1, "of the light", upto="high")
        require_range(self, "size", 0, 0.4, "")

    def __call__(
        self, images: Tensor, landmarks: Tensor, generator: torch.Generator
    ) -> tuple[Tensor, Tensor]:
        """Return changed images and landmarks; see `Step`."""
        count, device = len(images), images.device

        def draw(low: float, high: float) -> Tensor:
            return drawn(low, high, count, generator, device)[:, None, None]

        across, down = FaceFrame.of(landmarks).coordinates(*pixel_centres(images.shape[-1], device))
        scale, taken = draw(1 - self.size, 1 + self.size), draw(self.low, self.high)
        power = draw(2, 5)  # from ellipses to nearly rectangles
        away = across.abs()
        radius = (
            ((away - 0.5).abs() / (HALF_WIDTH * scale)) ** power
            + (down.abs() / (HALF_HEIGHT * scale)) ** power
        ) ** (1 / power)
        glass = _soft(1 - radius, SOFT / HALF_HEIGHT)
        rim = _soft(1 + FRAME / HALF_HEIGHT - radius, SOFT / HALF_HEIGHT) - glass
        between = (away < 0.5) | ((away > 0.5) & (away < REACH))
        bar = _soft(FRAME - (down + HALF_HEIGHT / 2).abs(), SOFT) * between * (1 - glass)
        frame = torch.maximum(rim, bar)[:, None]
        colour = 80 * torch.rand((count, 3), generator=generator, device=generator.device)
        colour = colour.to(device)[:, :, None, None]
        dark = images * (1 - taken[:, None]) + 0.2 * colour * taken[:, None]
        worn = images * (1 - glass[:, None]) + dark * glass[:, None]
        return worn * (1 - frame) + colour * frame, landmarks


def _soft(depth: Tensor, width: float) -> Tensor:
    """Return 1 well inside, 0 outside, and a ramp of `width` between."""
    return (depth / width + 0.5).clamp(0, 1)
