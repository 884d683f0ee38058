"""The encoder of FlowNetS: how the last look differs from the first."""

import torch
from torch import Tensor, nn

from facewarden.train.presentation.networks.clip_network import PooledNetwork, standardised
from facewarden.train.presentation.networks.factored import drawn

LAYERS = (
    (1, 7, 2), (2, 5, 2), (4, 5, 2), (4, 3, 1), (8, 3, 2), (8, 3, 1), (8, 3, 2), (8, 3, 1),
    (16, 3, 2),
)  # fmt: skip
"""Outputs in units of the first layer's, side of the kernel, stride: Dosovitskiy et al., FlowNet,
2015 (arXiv 1504.06852), figure 2, FlowNetSimple, conv1 to conv6."""
SLOPE = 0.1
"""Of the rectifiers below 0 (the authors' code)."""


class FlowNetS(PooledNetwork):
    """The contracting part of FlowNetSimple on the first and last look, stacked to six channels.

    It is trained from first weights with the rest: what it says of flow is what helps to tell the
    classes apart, not a flow field.

    Args:
        looks: T; only the first and the last are looked at.
        input_size: S; at least 64 px, of which the last map is one place.
        width: outputs of the first layer; 64 in the paper.
    """

    def __init__(
        self, *, looks: int = 5, input_size: int = 224, embedding_size: int = 128, width: int = 64
    ) -> None:
        super().__init__(
            looks=looks, input_size=input_size, embedding_size=embedding_size, smallest_px=64
        )
        layers: list[nn.Module] = []
        inputs = 6
        for times, side, stride in LAYERS:
            layers.append(nn.Conv2d(inputs, times * width, side, stride, side // 2))
            layers.append(nn.LeakyReLU(SLOPE, inplace=True))
            inputs = times * width
        self.layers = nn.Sequential(*layers)
        drawn(self)
        self.channels = inputs
        self.make_head()

    def maps(self, clips: Tensor) -> Tensor:
        """See `ClipNetwork`; T' = 1."""
        looks = standardised(clips)
        maps: Tensor = self.layers(torch.cat([looks[:, 0], looks[:, -1]], 1))
        return maps[:, :, None]
