"""Out of focus."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from facewarden.train.augment.step import drawn, require_range

REACH = 3
"""Of the kernel on each side, in standard deviations: 99.7 % of a Gaussian."""


@dataclass(frozen=True, slots=True)
class Blur:
    """Blurs with a Gaussian.

    Attributes:
        low, high: its standard deviation in px of a crop of 112, drawn between them; larger crops
            are blurred as much in proportion; 0.1 to 8.
    """

    low: float = 0.4
    high: float = 2.5

    def __post_init__(self) -> None:
        require_range(self, "high", 0.1, 8, "px")
        require_range(self, "low", 0.1, 8, "px", upto="high")

    def __call__(
        self, images: Tensor, landmarks: Tensor, generator: torch.Generator
    ) -> tuple[Tensor, Tensor]:
        """Return changed images and landmarks; see `Step`."""
        count, channels, side, _ = images.shape
        if not count:
            return images, landmarks
        scale = side / 112
        sigma = scale * drawn(self.low, self.high, count, generator, images.device)
        reach = max(1, round(REACH * scale * self.high))
        place = torch.arange(-reach, reach + 1, dtype=torch.float32, device=images.device)
        kernel = torch.exp(-(place[None] ** 2) / (2 * sigma[:, None] ** 2))
        kernel = (kernel / kernel.sum(1, keepdim=True)).repeat_interleave(channels, 0)
        # One group for each channel of each face, since each has a kernel of its own.
        planes = images.reshape(1, count * channels, side, side)
        padded = functional.pad(planes, (reach,) * 4, mode="replicate")
        across = functional.conv2d(padded, kernel[:, None, None, :], groups=count * channels)
        both = functional.conv2d(across, kernel[:, None, :, None], groups=count * channels)
        return both.reshape(images.shape).clamp(0, 255), landmarks
