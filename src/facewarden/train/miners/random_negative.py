"""Triplets that nobody chose."""

import torch
from torch import Tensor, nn

from facewarden.train.draws import Draws
from facewarden.train.miners.distances import different, same
from facewarden.train.miners.miner import Triplets


class RandomNegative(nn.Module):
    """For every genuine pair a negative drawn at random; a checkpoint keeps where the draws stand.

    Args:
        seed: of the draws.
    """

    def __init__(self, seed: int = 0) -> None:
        super().__init__()
        self.draws = Draws(seed)

    def forward(self, squares: Tensor, labels: Tensor) -> Triplets:  # noqa: ARG002
        """Return one triplet for each genuine pair that has a negative."""
        anchor, positive = same(labels).nonzero(as_tuple=True)
        negatives = different(labels)[anchor]  # (pairs, b)
        luck = torch.rand(negatives.shape, generator=self.draws.generator).to(negatives.device)
        found = negatives.any(dim=1)
        if not found.any():
            return Triplets(anchor[found], anchor[found], anchor[found])
        drawn = torch.where(negatives, luck, -1.0)[found].argmax(dim=1)
        return Triplets(anchor[found], positive[found], drawn)
