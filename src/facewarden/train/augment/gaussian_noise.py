"""The grain of a sensor in the dark."""

from dataclasses import dataclass

import torch
from torch import Tensor

from facewarden.train.augment.step import drawn, require_range


@dataclass(frozen=True, slots=True)
class GaussianNoise:
    """Adds noise to every value on its own.

    Attributes:
        low, high: its standard deviation, drawn between them; grey levels of 255, 0 to 64.
    """

    low: float = 2.0
    high: float = 16.0

    def __post_init__(self) -> None:
        require_range(self, "high", 0, 64, "grey levels")
        require_range(self, "low", 0, 64, "grey levels", upto="high")

    def __call__(
        self, images: Tensor, landmarks: Tensor, generator: torch.Generator
    ) -> tuple[Tensor, Tensor]:
        """Return changed images and landmarks; see `Step`."""
        deviation = drawn(self.low, self.high, len(images), generator, images.device)
        noise = torch.randn(images.shape, generator=generator, device=generator.device)
        grain = deviation[:, None, None, None] * noise.to(images.device)
        return (images + grain).clamp(0, 255), landmarks
