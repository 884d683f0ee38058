"""Running statistics of batch normalisations, counted anew for the weights of now."""

from collections.abc import Iterable

import torch
from torch import Tensor, nn


@torch.no_grad()
def count_anew(net: nn.Module, batches: Iterable[Tensor]) -> None:
    """Set every running mean and variance to the mean over some batches, in place.

    In a training of a few hundred steps weights change faster than running means follow. After 64
    steps of `mobile` on 120 simulated clips, the area under the ROC of clips that it had learnt
    from was 0.93 by the batch's own statistics and 0.37 by the running ones (2026-11-22). Counting
    them anew before each judgement closes that gap (Wu and Johnson, Rethinking "Batch" in
    BatchNorm, 2021, arXiv 2105.07576, section 3). Weights stay as they are, and so does the mode.

    Args:
        batches: inputs as in training; at least one.
    """
    training = net.training
    net.train()
    norms = [
        module
        for module in net.modules()
        if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d | nn.BatchNorm3d)
        and module.training  # what stays in evaluation is not learnt here
    ]
    before = [norm.momentum for norm in norms]
    try:
        for norm in norms:
            norm.reset_running_stats()
            norm.momentum = None  # the mean over all batches
        for batch in batches if norms else ():
            net(batch)
    finally:
        net.train(training)
        for norm, momentum in zip(norms, before, strict=True):
            norm.momentum = momentum
