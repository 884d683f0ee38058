"""R(2+1)D: Tran et al., A Closer Look at Spatiotemporal Convolutions, 2018 (arXiv 1711.11248)."""

from torch import Tensor, nn

from facewarden.train.presentation.networks.clip_network import (
    PooledNetwork,
    standardised,
    times_first,
)
from facewarden.train.presentation.networks.factored import FactoredConv, FactoredLayer, drawn

STAGES = (1, 2, 4, 8)
"""Outputs of the four stages in units of the first's (table 1)."""


class R2Plus1d(PooledNetwork):
    """The residual network of 18 layers with every convolution factored (table 1, R(2+1)D-18).

    Stages 2 to 4 halve both sides and, as in the paper, the time, as long as there are two times
    left to choose from.

    Args:
        looks: T.
        input_size: S, at least 32 px.
        width: outputs of the first stage; 64 in the paper. A smaller one is a scaled network.
    """

    def __init__(
        self, *, looks: int = 5, input_size: int = 224, embedding_size: int = 128, width: int = 64
    ) -> None:
        super().__init__(
            looks=looks, input_size=input_size, embedding_size=embedding_size, smallest_px=32
        )
        layers: list[nn.Module] = [FactoredLayer(3, width, side=7, stride=2)]
        inputs = width
        for place, times in enumerate(STAGES):
            outputs = times * width
            layers.append(Block(inputs, outputs, stride=1 if place == 0 else 2))
            layers.append(Block(outputs, outputs, stride=1))
            inputs = outputs
        self.layers = nn.Sequential(*layers)
        drawn(self)
        self.channels = inputs
        self.make_head()

    def maps(self, clips: Tensor) -> Tensor:
        """See `ClipNetwork`; T' = 1 of 5 looks."""
        maps: Tensor = self.layers(times_first(standardised(clips)))
        return maps


class Block(nn.Module):
    """Two factored convolutions and the way past them.

    Args:
        stride: of the first, in space and in time; with 2 a (1, 1, 1) convolution goes past.
    """

    def __init__(self, inputs: int, outputs: int, *, stride: int) -> None:
        super().__init__()
        self.first = nn.Sequential(
            FactoredConv(inputs, outputs, stride=stride, stride_times=stride),
            nn.BatchNorm3d(outputs),
            nn.ReLU(inplace=True),
        )
        self.second = nn.Sequential(FactoredConv(outputs, outputs), nn.BatchNorm3d(outputs))
        self.past = (
            nn.Identity()
            if stride == 1
            else nn.Sequential(
                nn.Conv3d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm3d(outputs)
            )
        )
        self.rectifier = nn.ReLU(inplace=True)

    def forward(self, maps: Tensor) -> Tensor:
        """Return (n, outputs, T', h', w') of (n, inputs, T, h, w)."""
        rectified: Tensor = self.rectifier(self.second(self.first(maps)) + self.past(maps))
        return rectified
