"""Triplets that are nearly right: FaceNet's."""

import torch
from torch import Tensor

from facewarden.train.miners.distances import different, same
from facewarden.train.miners.miner import Triplets


class SemiHard:
    """For every genuine pair the nearest negative that is farther than the positive, by less
    than the margin: Schroff et al., FaceNet, 2015 (arXiv 1503.03832), section 3.2.

    Args:
        margin: of squared distances.
    """

    def __init__(self, margin: float) -> None:
        self.margin = margin

    def __call__(self, squares: Tensor, labels: Tensor) -> Triplets:
        """Return at most one triplet for each genuine pair."""
        anchor, positive = same(labels).nonzero(as_tuple=True)
        genuine = squares[anchor, positive][:, None]
        impostor = squares[anchor]  # (pairs, b)
        nearly = (impostor > genuine) & (impostor < genuine + self.margin)
        chosen = torch.where(nearly & different(labels)[anchor], impostor, torch.inf)
        found = chosen.isfinite().any(dim=1)
        return Triplets(anchor[found], positive[found], chosen[found].argmin(dim=1))
