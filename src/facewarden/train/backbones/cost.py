"""What a network costs, counted as the papers count it."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from facewarden.train.backbones.backbone import Backbone


@dataclass(frozen=True, slots=True)
class Cost:
    """Of a network or a part of it.

    Attributes:
        parameters: numbers that are learnt (running statistics are not).
        multiply_adds: for one face, of convolutions and fully connected layers alone. The papers
            call this MAdds or FLOPs; tools that count a multiplication and an addition as two
            operations report twice as much.
    """

    parameters: int
    multiply_adds: int


def cost(net: Backbone) -> Cost:
    """Return what a network costs at its own input size."""
    return Cost(
        sum(parameter.numel() for parameter in net.parameters()),
        sum(part.multiply_adds for part in cost_of_layers(net).values()),
    )


def cost_of_layers(net: Backbone) -> dict[str, Cost]:
    """Return what each convolution and fully connected layer costs, by its name in the network."""
    found: dict[str, Cost] = {}
    layers = {
        name: layer
        for name, layer in net.named_modules()
        if isinstance(layer, nn.Conv2d | nn.Linear)
    }

    def count(name: str, layer: nn.Conv2d | nn.Linear) -> Any:
        def hook(_layer: nn.Module, _inputs: Any, output: Tensor) -> None:
            # Each output is a sum over what its row of the weight matrix covers.
            per_output = layer.weight[0].numel()
            parameters = sum(parameter.numel() for parameter in layer.parameters())
            found[name] = Cost(parameters, output[0].numel() * per_output)

        return hook

    hooks = [layer.register_forward_hook(count(name, layer)) for name, layer in layers.items()]
    training = net.training
    try:
        net.eval()
        device = next(net.parameters()).device
        with torch.no_grad():
            net(torch.zeros(1, 3, net.input_size, net.input_size, device=device))
    finally:
        net.train(training)
        for hook in hooks:
            hook.remove()
    return found
