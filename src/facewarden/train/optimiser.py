"""The optimiser of a recipe, and which weights decay."""

from collections.abc import Iterable
from typing import Any

import torch
from torch import nn

from facewarden.train.recipe import OptimiserRecipe


def make_optimiser(recipe: OptimiserRecipe, modules: Iterable[nn.Module]) -> torch.optim.Optimizer:
    """Return an optimiser of all parameters of the modules, at the recipe's rate.

    Only kernels and matrices decay. Norms, biases, slopes and learned margins have one axis or
    none; pulled towards zero they would change what the layer says, not how smooth it is (He et
    al. 2019, "Bag of tricks", section 3.1).
    """
    decaying: list[nn.Parameter] = []
    free: list[nn.Parameter] = []
    for module in modules:
        for parameter in module.parameters():
            (decaying if parameter.ndim > 1 else free).append(parameter)
    groups: list[dict[str, Any]] = [
        {"params": decaying, "weight_decay": recipe.weight_decay},
        {"params": free, "weight_decay": 0.0},
    ]
    match recipe.name:
        case "adamw":
            return torch.optim.AdamW(groups, lr=recipe.rate, betas=recipe.betas, eps=recipe.eps)
        case "adam":
            return torch.optim.Adam(groups, lr=recipe.rate, betas=recipe.betas, eps=recipe.eps)
        case "sgd":
            return torch.optim.SGD(
                groups, lr=recipe.rate, momentum=recipe.momentum, nesterov=recipe.nesterov
            )


def set_rate(optimiser: torch.optim.Optimizer, rate: float) -> None:
    """Set the learning rate of every parameter."""
    for group in optimiser.param_groups:
        group["lr"] = rate
