"""Augmentations one after the other, each on the faces that chance gives it."""

from collections.abc import Sequence

import torch
from torch import Tensor

from facewarden.train.augment.catalogue import Chance


class Augment:
    """Changes a batch of faces; the same generator state gives the same batch.

    Args:
        steps: taken in this order, each with its probability for each face.
    """

    def __init__(self, steps: Sequence[Chance]) -> None:
        self._steps = tuple(steps)

    def __call__(self, images: Tensor, landmarks: Tensor, generator: torch.Generator) -> Tensor:
        """Return changed images of the type given; those given stay as they are.

        Args:
            images: (b, 3, S, S) RGB in [0, 255], uint8 or float32; b may be 0.
            landmarks: (b, 5, 2) float32 px, in the order of `Faces.landmarks`.
            generator: draws on its own device; give one of the images' device where that is a GPU.
        """
        whole = images.dtype == torch.uint8
        changed, points = images.to(torch.float32, copy=True), landmarks.to(images.device)
        points = points.to(torch.float32, copy=True)
        for chance in self._steps:
            luck = torch.rand(len(images), generator=generator, device=generator.device)
            rows = (luck < chance.probability).nonzero().squeeze(1).to(images.device)
            if not len(rows):
                continue
            changed[rows], points[rows] = chance.step(changed[rows], points[rows], generator)
        changed = changed.clamp(0, 255)  # interpolation may pass the ends by a rounding error
        return changed.round().to(torch.uint8) if whole else changed
