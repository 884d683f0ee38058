"""Whether a file says of faces what the network says."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from facewarden.data import Float32
from facewarden.errors import ModelRefused
from facewarden.train.backbones.backbone import Backbone
from facewarden.train.feed import feed

LEAST_COSINE = 0.9999
"""Below it a float32 export is wrong. Sums in another order leave 1 - 1e-6 or more (all backbones,
random weights and SFace's, 2026-11-22)."""

AT_ONCE = 32


@dataclass(frozen=True, slots=True)
class Agreement:
    """Between two runs of n faces.

    Attributes:
        cosine: the least, in [-1, 1].
        mean_cosine: of all.
        largest_difference: between coordinates, in the embeddings' own unit.
    """

    cosine: float
    mean_cosine: float
    largest_difference: float
    compared: int

    def require(self, least: float = LEAST_COSINE) -> None:
        """Refuse an export that disagrees.

        Raises:
            ModelRefused: the least cosine is below.
        """
        if not self.cosine >= least:
            raise ModelRefused(
                "the exported file disagrees with the network",
                expected=f"cosine of at least {least:g}",
                found=f"{self.cosine:.6f}",
            )


def agreement(one: Float32, other: Float32) -> Agreement:
    """Compare (n, d) embeddings of the same faces; n at least 1."""
    lengths = np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1)
    cosine = (one * other).sum(axis=1) / np.maximum(lengths, 1e-12)
    return Agreement(
        # Rounding may lead beyond 1.
        float(np.clip(cosine.min(), -1, 1)),
        float(np.clip(cosine.mean(), -1, 1)),
        float(np.abs(one - other).max()),
        len(one),
    )


def by_torch(net: Backbone, faces: NDArray[np.uint8]) -> Float32:
    """Return (n, d) embeddings by the network, not normalised.

    Args:
        faces: (n, S, S, 3) uint8 RGB.
    """
    training = net.training
    net.eval()
    parts = []
    try:
        with torch.inference_mode():
            for start in range(0, len(faces), AT_ONCE):
                batch = torch.from_numpy(np.array(faces[start : start + AT_ONCE]))
                pixels = batch.permute(0, 3, 1, 2)
                fed = feed(pixels, net.preprocessing, torch.contiguous_format)
                parts.append(net(fed).float().numpy())
    finally:
        net.train(training)
    return np.concatenate(parts)
