"""The head, or the camera, a little askew."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from facewarden.train.augment.step import drawn, require_range


@dataclass(frozen=True, slots=True)
class Rotation:
    """Turns the face about the middle of the crop; the border's colours go on beyond it.

    Attributes:
        max_deg: turned by -max_deg to max_deg degrees; 0 to 45.
    """

    max_deg: float = 10.0

    def __post_init__(self) -> None:
        require_range(self, "max_deg", 0, 45, "degrees")

    def __call__(
        self, images: Tensor, landmarks: Tensor, generator: torch.Generator
    ) -> tuple[Tensor, Tensor]:
        """Return changed images and landmarks; see `Step`."""
        turn = (
            math.pi
            / 180
            * drawn(-self.max_deg, self.max_deg, len(images), generator, images.device)
        )
        cos, sin = turn.cos(), turn.sin()
        nothing = torch.zeros_like(turn)
        # Where each pixel of the result comes from: turned back, in coordinates from -1 to 1.
        back = torch.stack(
            [torch.stack([cos, sin, nothing], -1), torch.stack([-sin, cos, nothing], -1)], 1
        )
        grid = functional.affine_grid(back, list(images.shape), align_corners=False)
        turned = functional.grid_sample(images, grid, padding_mode="border", align_corners=False)
        middle = (images.shape[-1] - 1) / 2
        x, y = (landmarks - middle).unbind(-1)
        cos, sin = cos[:, None], sin[:, None]
        moved = torch.stack([cos * x - sin * y, sin * x + cos * y], -1) + middle
        return turned, moved
