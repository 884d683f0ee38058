"""More or less light, or another exposure."""

from dataclasses import dataclass

import torch
from torch import Tensor

from facewarden.train.augment.step import drawn, require_range


@dataclass(frozen=True, slots=True)
class Brightness:
    """Multiplies all pixels, as exposure does; what exceeds the scale is cut off.

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
        return (images * factor[:, None, None, None]).clamp(0, 255), landmarks
