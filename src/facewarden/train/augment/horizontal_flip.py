"""The face in a mirror."""

from dataclasses import dataclass

import torch
from torch import Tensor

from facewarden.detect.refine import MIRRORED


@dataclass(frozen=True, slots=True)
class HorizontalFlip:
    """Mirrors the face; eyes and corners of the mouth change places. No parameters."""

    def __call__(
        self,
        images: Tensor,
        landmarks: Tensor,
        generator: torch.Generator,  # noqa: ARG002  as every step
    ) -> tuple[Tensor, Tensor]:
        """Return changed images and landmarks; see `Step`."""
        moved = landmarks[:, MIRRORED].clone()
        moved[..., 0] = images.shape[-1] - 1 - moved[..., 0]
        return images.flip(-1), moved
