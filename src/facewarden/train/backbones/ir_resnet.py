"""IR-ResNet: Deng et al., ArcFace, 2019 (arXiv 1801.07698), section 3.1; its code's LResNet-IR."""

from collections.abc import Sequence

from torch import Tensor, nn

from facewarden.train.backbones.backbone import Backbone, halved
from facewarden.train.backbones.initialise import he_normal
from facewarden.train.backbones.normalised_conv import NormalisedConv

WIDTHS = (64, 128, 256, 512)
BLOCKS_18 = (2, 2, 2, 2)
BLOCKS_50 = (3, 4, 14, 3)
BLOCKS_100 = (3, 13, 30, 3)
"""Blocks in each stage."""

DROPOUT = 0.4
"""Of the embedding structure E: BN - Dropout - FC - BN (ArcFace's code and section 3.1)."""


class IRResNet(Backbone):
    """A residual network for 112 px: no pooling, stride 2 in each stage, E-head of the whole map.

    Args:
        blocks: of each of the four stages.
        dropout: share of the last map that is dropped in training.
    """

    def __init__(
        self,
        *,
        blocks: Sequence[int],
        embedding_size: int = 512,
        input_size: int = 112,
        dropout: float = DROPOUT,
    ) -> None:
        super().__init__(embedding_size=embedding_size, input_size=input_size, smallest_px=32)
        self.first = NormalisedConv(3, 64, 3, nn.PReLU(64))  # (b, 64, 112, 112)
        stages: list[nn.Module] = []
        inputs = 64
        for outputs, repeats in zip(WIDTHS, blocks, strict=True):
            for step in (2, *[1] * (repeats - 1)):
                stages.append(IRBlock(inputs, outputs, step))
                inputs = outputs
        self.stages = nn.Sequential(*stages)  # (b, 512, 7, 7)
        side = halved(input_size, 4)
        self.head = nn.Sequential(
            nn.BatchNorm2d(512),
            nn.Dropout(dropout),
            nn.Flatten(),
            nn.Linear(512 * side * side, embedding_size),
            nn.BatchNorm1d(embedding_size),
        )
        he_normal(self)

    def forward(self, faces: Tensor) -> Tensor:
        """Return (b, embedding_size) of (b, 3, S, S)."""
        embedded: Tensor = self.head(self.stages(self.first(faces)))
        return embedded


class IRBlock(nn.Module):
    """The improved residual unit: BN - Conv - BN - PReLU - Conv - BN, the stride in the second."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.BatchNorm2d(inputs),
            NormalisedConv(inputs, outputs, 3, nn.PReLU(outputs)),
            NormalisedConv(outputs, outputs, 3, nn.Identity(), stride=stride),
        )
        self.shortcut: nn.Module = nn.Identity()
        if stride != 1 or inputs != outputs:
            self.shortcut = NormalisedConv(inputs, outputs, 1, nn.Identity(), stride=stride)

    def forward(self, maps: Tensor) -> Tensor:
        """Return (b, outputs, h / stride, w / stride) of (b, inputs, h, w)."""
        residual: Tensor = self.layers(maps)
        shortcut: Tensor = self.shortcut(maps)
        return residual + shortcut
