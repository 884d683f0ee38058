"""Some of the classes at a time: An et al., Partial FC, 2021 (arXiv 2010.05222)."""

import math

import torch
from torch import Tensor, nn

from facewarden.train.draws import Draws


class PartialClasses(nn.Module):
    """Draws the classes whose centres a batch is compared with: its own, and others at random.

    It bounds the memory and the cost of the logits, b x share x classes. The centres themselves
    stay whole, and an optimiser with momentum or weight decay still moves those not drawn.

    Args:
        classes: how many there are.
        share: of the classes in each step, at least those of the batch; 1 takes all.
        seed: of the draws, which a checkpoint keeps.
    """

    def __init__(self, classes: int, share: float, seed: int = 0) -> None:
        super().__init__()
        self.classes, self.share = classes, share
        self.draws = Draws(seed)

    def forward(self, labels: Tensor) -> tuple[Tensor, Tensor]:
        """Return the classes drawn, ascending (k,), and where each label is among them (b,)."""
        own = torch.unique(labels)
        others = max(0, math.ceil(self.share * self.classes) - len(own))
        shuffled = torch.randperm(self.classes, generator=self.draws.generator).to(labels.device)
        strangers = shuffled[~torch.isin(shuffled, own)][:others]
        drawn = torch.cat([own, strangers]).sort().values
        return drawn, torch.searchsorted(drawn, labels)
