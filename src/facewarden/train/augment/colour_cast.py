"""Light of another colour, or a camera that balances white in another way."""

from dataclasses import dataclass

import torch
from torch import Tensor

from facewarden.train.augment.step import drawn, require_range


@dataclass(frozen=True, slots=True)
class ColourCast:
    """Multiplies red, green and blue each by a factor of its own.

    Attributes:
        low, high: the factor, drawn between them for each channel; 0.1 to 4.
    """

    low: float = 0.7
    high: float = 1.3

    def __post_init__(self) -> None:
        require_range(self, "high", 0.1, 4, "")
        require_range(self, "low", 0.1, 4, "", upto="high")

    def __call__(
        self, images: Tensor, landmarks: Tensor, generator: torch.Generator
    ) -> tuple[Tensor, Tensor]:
        """Return changed images and landmarks; see `Step`."""
        factor = drawn(self.low, self.high, 3 * len(images), generator, images.device)
        return (images * factor.reshape(-1, 3, 1, 1)).clamp(0, 255), landmarks
