"""The hardest triplet of every anchor."""

import torch
from torch import Tensor

from facewarden.train.miners.distances import different, same
from facewarden.train.miners.miner import Triplets


class Hard:
    """For every anchor its farthest positive and its nearest negative.

    Hermans et al., In Defense of the Triplet Loss, 2017 (arXiv 1703.07737), batch hard, equation 5.
    """

    def __call__(self, squares: Tensor, labels: Tensor) -> Triplets:
        """Return a triplet for each anchor that has a positive and a negative."""
        genuine, impostor = same(labels), different(labels)
        anchor = (genuine.any(dim=1) & impostor.any(dim=1)).nonzero().squeeze(1)
        farthest = torch.where(genuine, squares, -torch.inf)[anchor]
        nearest = torch.where(impostor, squares, torch.inf)[anchor]
        if len(anchor) == 0:
            return Triplets(anchor, anchor, anchor)
        return Triplets(anchor, farthest.argmax(dim=1), nearest.argmin(dim=1))
