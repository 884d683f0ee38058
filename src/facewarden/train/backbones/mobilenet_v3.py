"""MobileNetV3-Small: Howard et al., Searching for MobileNetV3, 2019 (arXiv 1905.02244)."""

from torch import Tensor, nn

from facewarden.train.backbones.backbone import Backbone
from facewarden.train.backbones.initialise import he_normal
from facewarden.train.backbones.normalised_conv import NormalisedConv

TABLE_2 = (  # kernel, expansion, channels, squeeze and excite, hard swish, stride
    (3, 16, 16, True, False, 2),
    (3, 72, 24, False, False, 2),
    (3, 88, 24, False, False, 1),
    (5, 96, 40, True, True, 2),
    (5, 240, 40, True, True, 1),
    (5, 240, 40, True, True, 1),
    (5, 120, 48, True, True, 1),
    (5, 144, 48, True, True, 1),
    (5, 288, 96, True, True, 2),
    (5, 576, 96, True, True, 1),
    (5, 576, 96, True, True, 1),
)
"""The bottlenecks of the paper's Table 2."""

EPS, MOMENTUM = 1e-3, 0.01
"""Of batch normalisation: section 6.1.1 keeps running statistics with a decay of 0.99; the addend
is that of the paper's code."""


class MobileNetV3Small(Backbone):
    """Table 2, its last 1x1 convolution giving the embedding: 2.5 million parameters with 1000.

    The last wide layer (1x1, 576) stands without the squeeze that one version of the table marks,
    as in the code of the authors and of torchvision. The paper draws nothing about first weights;
    these are He's.
    """

    def __init__(self, *, embedding_size: int = 128, input_size: int = 112) -> None:
        super().__init__(embedding_size=embedding_size, input_size=input_size, smallest_px=32)
        layers: list[nn.Module] = [_conv(3, 16, 3, nn.Hardswish(), stride=2)]
        inputs = 16
        for kernel, expansion, outputs, squeeze, swish, stride in TABLE_2:
            layers.append(
                Bottleneck(inputs, expansion, outputs, kernel, stride, squeeze=squeeze, swish=swish)
            )
            inputs = outputs
        layers.append(_conv(inputs, 576, 1, nn.Hardswish()))
        self.layers = nn.Sequential(*layers)  # (b, 576, S / 32, S / 32)
        self.head = nn.Sequential(
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            nn.Linear(576, 1024),
            nn.Hardswish(),
            nn.Linear(1024, embedding_size),
        )
        he_normal(self)

    def forward(self, faces: Tensor) -> Tensor:
        """Return (b, embedding_size) of (b, 3, S, S)."""
        embedded: Tensor = self.head(self.layers(faces))
        return embedded


class Bottleneck(nn.Module):
    """Widen, filter each channel, weigh the channels, narrow linearly (Figure 4)."""

    def __init__(
        self,
        inputs: int,
        expansion: int,
        outputs: int,
        kernel: int,
        stride: int,
        *,
        squeeze: bool,
        swish: bool,
    ) -> None:
        super().__init__()
        activation = nn.Hardswish if swish else nn.ReLU
        layers: list[nn.Module] = []
        if expansion != inputs:
            layers.append(_conv(inputs, expansion, 1, activation()))
        layers.append(
            _conv(expansion, expansion, kernel, activation(), stride=stride, groups=expansion)
        )
        if squeeze:
            layers.append(SqueezeExcite(expansion))
        layers.append(_conv(expansion, outputs, 1, nn.Identity()))
        self.layers = nn.Sequential(*layers)
        self.residual = stride == 1 and inputs == outputs

    def forward(self, maps: Tensor) -> Tensor:
        """Return (b, outputs, h / stride, w / stride) of (b, inputs, h, w)."""
        narrowed: Tensor = self.layers(maps)
        return maps + narrowed if self.residual else narrowed


class SqueezeExcite(nn.Module):
    """Weigh each channel by a small network of all channels' means (section 5.3: a quarter)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        narrow = _eighth(channels // 4)
        self.layers = nn.Sequential(
            nn.AdaptiveAvgPool2d(1),
            nn.Conv2d(channels, narrow, 1),
            nn.ReLU(),
            nn.Conv2d(narrow, channels, 1),
            nn.Hardsigmoid(),
        )

    def forward(self, maps: Tensor) -> Tensor:
        """Return (b, c, h, w) of (b, c, h, w)."""
        weights: Tensor = self.layers(maps)
        return maps * weights


def _conv(
    inputs: int,
    outputs: int,
    kernel: int,
    activation: nn.Module,
    *,
    stride: int = 1,
    groups: int = 1,
) -> NormalisedConv:
    return NormalisedConv(
        inputs,
        outputs,
        kernel,
        activation,
        stride=stride,
        groups=groups,
        eps=EPS,
        momentum=MOMENTUM,
    )


def _eighth(channels: int) -> int:
    """Round to a multiple of 8 that is at least 8 and at least nine tenths of `channels`."""
    rounded = max(8, (channels + 4) // 8 * 8)
    return rounded if rounded >= 0.9 * channels else rounded + 8
