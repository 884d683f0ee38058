"""Haze, backlight, or a camera that exaggerates."""

from dataclasses import dataclass

import torch
from torch import Tensor

from facewarden.train.augment.step import drawn, require_range

GREY = (0.299, 0.587, 0.114)
"""Luma of R, G, B: ITU-R BT.601."""


@dataclass(frozen=True, slots=True)
class Contrast:
    """Stretches or shrinks the distance of all pixels from the crop's mean grey.

    Attributes:
        low, high: the factor, drawn between them; 0.1 to 4.
    """

    low: float = 0.6
    high: float = 1.4

    def __post_init__(self) -> None:
        require_range(self, "high", 0.1, 4, "")
        require_range(self, "low", 0.1, 4, "", upto="high")

    def __call__(
        self, images: Tensor, landmarks: Tensor, generator: torch.Generator
    ) -> tuple[Tensor, Tensor]:
        """Return changed images and landmarks; see `Step`."""
        factor = drawn(self.low, self.high, len(images), generator, images.device)
        weight = torch.tensor(GREY, device=images.device)[None, :, None, None]
        mean = (images * weight).sum(1, keepdim=True).mean((2, 3), keepdim=True)
        return (mean + (images - mean) * factor[:, None, None, None]).clamp(0, 255), landmarks
