"""A mask over mouth and nose, drawn on the landmarks."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from facewarden.train.augment.face_frame import FaceFrame, inside
from facewarden.train.augment.step import drawn, pixel_centres, require_range

# Corners in units of the face (see FaceFrame), clockwise from the bridge of the nose, drawn after
# photographs of surgical masks on the mean face of the ArcFace template: the eyes lie at (-0.5, 0)
# and (0.5, 0), the tip of the nose at (0, 0.5), the mouth at (0, 1).
OUTLINE = (
    (0.0, 0.30), (0.55, 0.42), (0.98, 0.48), (0.92, 1.05), (0.55, 1.55),
    (0.0, 1.75), (-0.55, 1.55), (-0.92, 1.05), (-0.98, 0.48), (-0.55, 0.42),
)  # fmt: skip
NOSE = 0.30
"""How far down the upper edge lies in `OUTLINE`."""
PLEATS = 5
SHADE = 0.25
"""Of the light that folds and the turn of the cheek take away, at most."""


@dataclass(frozen=True, slots=True)
class Mask:
    """Covers the lower face with cloth of a colour drawn at random, with folds.

    Attributes:
        high, low: where the upper edge lies on the nose, drawn between them: 0 is at the eyes, 1 at
            the mouth; 0 to 0.9.
    """

    high: float = 0.15
    low: float = 0.5

    def __post_init__(self) -> None:
        require_range(self, "low", 0, 0.9, "from eyes to mouth")
        require_range(self, "high", 0, 0.9, "from eyes to mouth", upto="low")

    def __call__(
        self, images: Tensor, landmarks: Tensor, generator: torch.Generator
    ) -> tuple[Tensor, Tensor]:
        """Return changed images and landmarks; see `Step`."""
        count, side, device = len(images), images.shape[-1], images.device
        frame = FaceFrame.of(landmarks)
        outline = torch.tensor(OUTLINE, device=device).repeat(count, 1, 1)
        edge = drawn(self.high, self.low, count, generator, device)
        # The upper five corners move with the edge.
        upper = torch.tensor([0, 1, 2, 8, 9], device=device)
        outline[:, upper, 1] += (edge - NOSE)[:, None]
        x, y = pixel_centres(side, device)
        cover = inside(frame.place(outline), x, y)[:, None]
        across, down = frame.coordinates(x, y)
        folds = (1 + torch.cos(2 * math.pi * PLEATS * down)) / 2
        light = 1 - SHADE * (0.4 * folds + 0.6 * across.abs().clamp(0, 1) ** 2)
        colour = 255 * torch.rand((count, 3), generator=generator, device=generator.device)
        # Most masks are pale: half of the draws are pulled towards white.
        pale = (drawn(0, 1, count, generator, device) < 0.5)[:, None]
        colour = torch.where(pale, 255 - (255 - colour.to(device)) * 0.3, colour.to(device))
        cloth = colour[:, :, None, None] * light[:, None]
        return images * (1 - cover) + cloth * cover, landmarks
