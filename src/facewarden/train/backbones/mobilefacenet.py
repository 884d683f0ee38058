"""MobileFaceNet: Chen et al., MobileFaceNets, 2018 (arXiv 1804.07573)."""

from torch import Tensor, nn

from facewarden.train.backbones.backbone import Backbone, halved
from facewarden.train.backbones.initialise import he_normal
from facewarden.train.backbones.normalised_conv import NormalisedConv
from facewarden.train.backbones.preprocessing import CENTRED_128

TABLE_1 = (  # expansion t, channels c, repeats n, stride s of the first
    (2, 64, 5, 2),
    (4, 128, 1, 2),
    (2, 128, 6, 1),
    (4, 128, 1, 2),
    (2, 128, 2, 1),
)
"""The bottlenecks of the paper's Table 1."""


class MobileFaceNet(Backbone):
    """The primary MobileFaceNet: 0.99 million parameters, 221 million multiply-adds at 112 px.

    The paper draws nothing about first weights; these are He's, for PReLU. Batch normalisation
    follows every convolution, PReLU all but the linear ones.
    """

    def __init__(self, *, embedding_size: int = 128, input_size: int = 112) -> None:
        super().__init__(
            embedding_size=embedding_size,
            input_size=input_size,
            smallest_px=32,
            preprocessing=CENTRED_128,
        )
        self.first = NormalisedConv(3, 64, 3, nn.PReLU(64), stride=2)  # (b, 64, 56, 56)
        self.depthwise = NormalisedConv(64, 64, 3, nn.PReLU(64), groups=64)
        bottlenecks = []
        inputs = 64
        for expansion, outputs, repeats, stride in TABLE_1:
            for step in (stride, *[1] * (repeats - 1)):
                bottlenecks.append(Bottleneck(inputs, outputs, expansion, step))
                inputs = outputs
        self.bottlenecks = nn.Sequential(*bottlenecks)  # (b, 128, 7, 7)
        self.widen = NormalisedConv(inputs, 512, 1, nn.PReLU(512))
        # The global depthwise convolution weighs each place of the map, where an average would not.
        self.everywhere = NormalisedConv(
            512, 512, halved(input_size, 4), nn.Identity(), padding=0, groups=512
        )  # (b, 512, 1, 1)
        self.embed = NormalisedConv(512, embedding_size, 1, nn.Identity())
        he_normal(self)

    def forward(self, faces: Tensor) -> Tensor:
        """Return (b, embedding_size) of (b, 3, S, S)."""
        maps = self.bottlenecks(self.depthwise(self.first(faces)))
        embedded: Tensor = self.embed(self.everywhere(self.widen(maps)))
        return embedded.flatten(1)


class Bottleneck(nn.Module):
    """MobileNetV2's inverted residual with PReLU: widen, filter each channel, narrow linearly."""

    def __init__(self, inputs: int, outputs: int, expansion: int, stride: int) -> None:
        super().__init__()
        wide = inputs * expansion
        self.layers = nn.Sequential(
            NormalisedConv(inputs, wide, 1, nn.PReLU(wide)),
            NormalisedConv(wide, wide, 3, nn.PReLU(wide), stride=stride, groups=wide),
            NormalisedConv(wide, outputs, 1, nn.Identity()),
        )
        self.residual = stride == 1 and inputs == outputs

    def forward(self, maps: Tensor) -> Tensor:
        """Return (b, outputs, h / stride, w / stride) of (b, inputs, h, w)."""
        narrowed: Tensor = self.layers(maps)
        return maps + narrowed if self.residual else narrowed
