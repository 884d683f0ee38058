"""Pixels as a network of the laboratory takes them."""

import torch
from torch import Tensor

from facewarden.train.backbones.preprocessing import Preprocessing


def feed(images: Tensor, preprocessing: Preprocessing, layout: torch.memory_format) -> Tensor:
    """Return (b, 3, S, S) float32, (pixel - mean) * scale.

    Args:
        images: (b, 3, S, S) RGB in [0, 255], uint8 or float32.
        layout: of the result in memory.
    """
    pixels = images.to(torch.float32, memory_format=layout, copy=True)
    return pixels.sub_(preprocessing.mean).mul_(preprocessing.scale)
