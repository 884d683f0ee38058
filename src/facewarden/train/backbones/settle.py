"""Give batch normalisations that were folded into a file statistics of their own again."""

from collections.abc import Iterable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from facewarden.errors import DataError
from facewarden.train.backbones.backbone import Backbone


@torch.no_grad()
def settle(net: Backbone, unfolded: Sequence[str], faces: Iterable[Tensor]) -> None:
    """Set running statistics to those of data, and scale and shift so that nothing else changes.

    Without this the first step of training would normalise by the batch what the file never
    normalised, and lose what it knew.

    Args:
        net: warm-started, in place; its embeddings in evaluation mode stay what they are.
        unfolded: names of batch normalisations, see Fitting.
        faces: batches as for `forward`; a few hundred faces in all.

    Raises:
        DataError: fewer than two faces.
    """
    norms = {name: net.get_submodule(name) for name in unfolded}
    sums: dict[str, tuple[int, Tensor, Tensor]] = {}

    def count(name: str) -> Any:
        def hook(_layer: nn.Module, inputs: tuple[Tensor, ...]) -> None:
            values = inputs[0].double().transpose(0, 1).flatten(1)  # (channels, the rest)
            n, total, squares = sums.get(name, (0, torch.zeros(()), torch.zeros(())))
            sums[name] = (
                n + values.shape[1],
                total + values.sum(1),
                squares + values.square().sum(1),
            )

        return hook

    hooks = [norm.register_forward_pre_hook(count(name)) for name, norm in norms.items()]
    training, seen = net.training, 0
    try:
        net.eval()
        for batch in faces:
            net(batch)
            seen += len(batch)
    finally:
        net.train(training)
        for hook in hooks:
            hook.remove()
    if seen < 2:
        raise DataError("nothing to settle on", expected="two faces or more", found=f"{seen}")
    for name, norm in norms.items():
        if isinstance(norm, nn.BatchNorm1d | nn.BatchNorm2d):
            _restate(norm, *sums[name])


def _restate(norm: nn.BatchNorm1d | nn.BatchNorm2d, n: int, total: Tensor, squares: Tensor) -> None:
    old_mean, old_variance = norm.running_mean, norm.running_var
    if old_mean is None or old_variance is None:
        return
    mean = total / n
    variance = (squares / n - mean.square()).clamp_min(0)
    slope = norm.weight.double() / (old_variance.double() + norm.eps).sqrt()
    shift = norm.bias.double() + slope * (mean - old_mean.double())
    norm.weight.copy_(slope * (variance + norm.eps).sqrt())
    norm.bias.copy_(shift)
    old_mean.copy_(mean)
    old_variance.copy_(variance)
