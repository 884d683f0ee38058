"""An exponential moving average of a network's weights."""

import copy

import torch
from torch import Tensor, nn


class Average:
    """The mean network; it follows the trained one step by step.

    Running statistics are copied, not averaged: they are means already.

    Args:
        net: followed; a copy of it is the first mean.
        decay: share of the mean that stays at each step. At first less stays, (1 + t) / (10 + t),
            so that the first weights are soon forgotten.
    """

    def __init__(self, net: nn.Module, decay: float) -> None:
        self.net = copy.deepcopy(net).eval().requires_grad_(requires_grad=False)
        self._decay = decay

    @torch.no_grad()
    def follow(self, net: nn.Module, step: int) -> None:
        """Move the mean towards the weights after a step.

        Args:
            step: steps taken before this one.
        """
        share = 1 - min(self._decay, (1 + step) / (10 + step))
        means: list[Tensor] = list(self.net.parameters())
        # All tensors in one call: a call for each would cost a GPU more than the step's own.
        torch._foreach_lerp_(means, list[Tensor](net.parameters()), share)
        for mean, value in zip(self.net.buffers(), net.buffers(), strict=True):
            mean.copy_(value)
