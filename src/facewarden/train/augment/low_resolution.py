"""A face far from the camera."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from facewarden.train.augment.step import drawn, require_range


@dataclass(frozen=True, slots=True)
class LowResolution:
    """Averages the crop down and interpolates it up again.

    Attributes:
        low_px, high_px: side of the small crop, drawn between them; 8 to 224 px. The face is about
            0.8 of it high. A side beyond the crop's own changes nothing.
    """

    low_px: int = 20
    high_px: int = 64

    def __post_init__(self) -> None:
        require_range(self, "high_px", 8, 224, "px")
        require_range(self, "low_px", 8, 224, "px", upto="high_px")

    def __call__(
        self, images: Tensor, landmarks: Tensor, generator: torch.Generator
    ) -> tuple[Tensor, Tensor]:
        """Return changed images and landmarks; see `Step`."""
        side = images.shape[-1]
        sizes = drawn(self.low_px, self.high_px, len(images), generator, images.device).round()
        found = images.clone()
        for size in sorted(set(sizes.int().tolist())):
            if size >= side:
                continue
            rows = (sizes == size).nonzero().squeeze(1)
            small = functional.interpolate(
                images[rows], (size, size), mode="bilinear", antialias=True, align_corners=False
            )
            found[rows] = functional.interpolate(
                small, (side, side), mode="bilinear", align_corners=False
            )
        return found, landmarks
