"""Optimisers do as their names say, and only kernels decay; the mean follows the weights."""

from typing import Any

import pytest
import torch
from torch import nn

from facewarden.train.averaging import Average
from facewarden.train.backbones.catalogue import build
from facewarden.train.losses.catalogue import build as build_loss
from facewarden.train.optimiser import make_optimiser, set_rate
from facewarden.train.recipe import OptimiserRecipe


@pytest.mark.parametrize("name", ["sgd", "adam", "adamw"])
def test_without_a_gradient_only_kernels_decay(name: Any) -> None:
    torch.manual_seed(1)
    net = build("mobilefacenet", embedding_size=8, input_size=32)
    loss = build_loss("arcface", {}, classes=3, embedding_size=8)
    before = {key: value.clone() for key, value in net.state_dict().items()}
    centres = loss.state_dict()["centres"].clone()
    optimiser = make_optimiser(
        OptimiserRecipe(name=name, rate=0.1, weight_decay=0.1, momentum=0), (net, loss)
    )
    for parameter in (*net.parameters(), *loss.parameters()):
        parameter.grad = torch.zeros_like(parameter)
    optimiser.step()
    for key, parameter in net.named_parameters():
        decayed = not torch.equal(parameter, before[key])
        assert decayed == (parameter.ndim > 1), key
    assert not torch.equal(loss.state_dict()["centres"], centres)


def _one(recipe: OptimiserRecipe, steps: int) -> float:
    """Return where steps of a gradient of 1 lead from 0, in one dimension."""
    net = nn.Linear(1, 1, bias=False)
    nn.init.zeros_(net.weight)
    optimiser = make_optimiser(recipe, (net,))
    for _ in range(steps):
        set_rate(optimiser, recipe.rate)
        net.weight.grad = torch.ones_like(net.weight)
        optimiser.step()
    return float(net.weight.detach())


@pytest.mark.parametrize(
    ("recipe", "where"),
    [
        # Velocity v = m v + 1: 1, 1.5, 1.75. Plain steps go along v, Nesterov's along m v + 1.
        ({"name": "sgd", "momentum": 0.5}, -0.1 * (1 + 1.5 + 1.75)),
        ({"name": "sgd", "momentum": 0.5, "nesterov": True}, -0.1 * (1.5 + 1.75 + 1.875)),
        # A gradient that is always the same makes steps of the rate.
        ({"name": "adam"}, -0.3),
        ({"name": "adamw", "weight_decay": 0}, -0.3),
    ],
)
def test_three_steps(recipe: dict[str, Any], where: float) -> None:
    made = OptimiserRecipe.model_validate({"rate": 0.1, "weight_decay": 0, **recipe})
    assert _one(made, 3) == pytest.approx(where, rel=1e-5)


def test_the_mean_is_the_mean() -> None:
    norm = nn.BatchNorm1d(2)
    net = nn.Sequential(nn.Linear(2, 2), norm)
    assert norm.running_mean is not None
    mean = {key: value.clone() for key, value in net.state_dict().items()}
    average = Average(net, 0.8)
    for step in range(6):
        with torch.no_grad():
            for parameter in net.parameters():
                parameter.add_(torch.randn_like(parameter))
            norm.running_mean.add_(1)
        average.follow(net, step)
        stays = min(0.8, (1 + step) / (10 + step))
        for key, value in net.named_parameters():
            mean[key] = stays * mean[key] + (1 - stays) * value.detach()
    found = average.net.state_dict()
    for key, _ in net.named_parameters():
        torch.testing.assert_close(found[key], mean[key])
    assert torch.equal(found["1.running_mean"], norm.running_mean)
    assert not average.net.training
