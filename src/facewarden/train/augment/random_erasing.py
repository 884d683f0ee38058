"""Something in front of a part of the face."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from facewarden.train.augment.step import drawn, pixel_centres, require_range


@dataclass(frozen=True, slots=True)
class RandomErasing:
    """Puts noise in place of a rectangle (Zhong et al. 2020, algorithm 1).

    Where the paper draws again until the rectangle fits, here its sides are cut to the crop's.

    Attributes:
        low, high: area as a share of the crop, drawn between them; 0.001 to 0.6. The paper's are
            0.02 and 0.4; of an aligned crop nearly everything is face, hence less.
        aspect: the longer side is at most so many times the shorter; 1 to 10. The paper's is 3.3.
    """

    low: float = 0.02
    high: float = 0.2
    aspect: float = 3.3

    def __post_init__(self) -> None:
        require_range(self, "high", 0.001, 0.6, "of the area")
        require_range(self, "low", 0.001, 0.6, "of the area", upto="high")
        require_range(self, "aspect", 1, 10, "")

    def __call__(
        self, images: Tensor, landmarks: Tensor, generator: torch.Generator
    ) -> tuple[Tensor, Tensor]:
        """Return changed images and landmarks; see `Step`."""
        count, side = len(images), images.shape[-1]
        device = images.device

        def draw(low: float, high: float) -> Tensor:
            return drawn(low, high, count, generator, device)[:, None, None]

        area = draw(self.low, self.high) * side**2
        ratio = draw(-math.log(self.aspect), math.log(self.aspect)).exp()
        width = (area * ratio).sqrt().clamp(max=side)
        height = (area / ratio).sqrt().clamp(max=side)
        left, top = draw(0, 1) * (side - width), draw(0, 1) * (side - height)
        x, y = pixel_centres(side, device)
        erased = (x >= left) & (x < left + width) & (y >= top) & (y < top + height)
        noise = 255 * torch.rand(images.shape, generator=generator, device=generator.device)
        return torch.where(erased[:, None], noise.to(device), images), landmarks
