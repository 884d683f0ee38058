"""Inception-ResNet-v1: Szegedy et al., Inception-v4, 2016 (arXiv 1602.07261), figures 10 to 15.

With the head, the scales of the residuals and the 160 px input of D. Sandberg's facenet, which
made it a face recogniser.
"""

import torch
from torch import Tensor, nn

from facewarden.train.backbones.backbone import Backbone
from facewarden.train.backbones.initialise import glorot_uniform
from facewarden.train.backbones.normalised_conv import NormalisedConv, Pair

EPS, MOMENTUM = 1e-3, 5e-3
"""Of batch normalisation: facenet keeps running statistics with a decay of 0.995."""

DROPOUT = 0.2
"""facenet and the paper's figure 15 keep 0.8."""


class InceptionResNetV1(Backbone):
    """Stem, 5 x A, reduction, 10 x B, reduction, 5 x C and one more, average, fully connected.

    Args:
        dropout: share of the last layer that is dropped in training.
    """

    def __init__(
        self, *, embedding_size: int = 512, input_size: int = 160, dropout: float = DROPOUT
    ) -> None:
        super().__init__(embedding_size=embedding_size, input_size=input_size, smallest_px=80)
        self.stem = nn.Sequential(  # figure 14
            _conv(3, 32, 3, stride=2, padding=0),
            _conv(32, 32, 3, padding=0),
            _conv(32, 64, 3),
            nn.MaxPool2d(3, 2),
            _conv(64, 80, 1),
            _conv(80, 192, 3, padding=0),
            _conv(192, 256, 3, stride=2, padding=0),
        )
        self.blocks_a = nn.Sequential(*(block_a() for _ in range(5)))
        self.reduction_a = reduction_a()
        self.blocks_b = nn.Sequential(*(block_b() for _ in range(10)))
        self.reduction_b = reduction_b()
        self.blocks_c = nn.Sequential(*(block_c() for _ in range(5)), block_c(1.0, nn.Identity()))
        self.head = nn.Sequential(
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            nn.Dropout(dropout),
            nn.Linear(1792, embedding_size, bias=False),
            nn.BatchNorm1d(embedding_size, EPS, MOMENTUM),
        )
        glorot_uniform(self)

    def forward(self, faces: Tensor) -> Tensor:
        """Return (b, embedding_size) of (b, 3, S, S)."""
        maps = self.reduction_a(self.blocks_a(self.stem(faces)))
        embedded: Tensor = self.head(self.blocks_c(self.reduction_b(self.blocks_b(maps))))
        return embedded


class Residual(nn.Module):
    """Branches side by side, joined by a linear 1x1 convolution, scaled, added, activated."""

    def __init__(
        self, channels: int, joined: int, scale: float, activation: nn.Module, *branches: nn.Module
    ) -> None:
        super().__init__()
        self.branches = nn.ModuleList(branches)
        self.join = nn.Conv2d(joined, channels, 1)
        self.scale = scale
        self.activation = activation

    def forward(self, maps: Tensor) -> Tensor:
        """Return (b, c, h, w) of (b, c, h, w)."""
        joined = self.join(torch.cat([branch(maps) for branch in self.branches], dim=1))
        activated: Tensor = self.activation(maps + self.scale * joined)
        return activated


class Reduction(nn.Module):
    """Branches of stride 2 side by side."""

    def __init__(self, *branches: nn.Module) -> None:
        super().__init__()
        self.branches = nn.ModuleList(branches)

    def forward(self, maps: Tensor) -> Tensor:
        """Return (b, more channels, h / 2, w / 2) of (b, c, h, w)."""
        return torch.cat([branch(maps) for branch in self.branches], dim=1)


def block_a() -> Residual:
    """Return Inception-ResNet-A (figure 10), 256 channels."""
    return Residual(
        256,
        96,
        0.17,
        nn.ReLU(),
        _conv(256, 32, 1),
        nn.Sequential(_conv(256, 32, 1), _conv(32, 32, 3)),
        nn.Sequential(_conv(256, 32, 1), _conv(32, 32, 3), _conv(32, 32, 3)),
    )


def block_b() -> Residual:
    """Return Inception-ResNet-B (figure 11), 896 channels."""
    return Residual(
        896,
        256,
        0.10,
        nn.ReLU(),
        _conv(896, 128, 1),
        nn.Sequential(_conv(896, 128, 1), _conv(128, 128, (1, 7)), _conv(128, 128, (7, 1))),
    )


def block_c(scale: float = 0.20, activation: nn.Module | None = None) -> Residual:
    """Return Inception-ResNet-C (figure 13), 1792 channels; the last of facenet's is linear."""
    return Residual(
        1792,
        384,
        scale,
        nn.ReLU() if activation is None else activation,
        _conv(1792, 192, 1),
        nn.Sequential(_conv(1792, 192, 1), _conv(192, 192, (1, 3)), _conv(192, 192, (3, 1))),
    )


def reduction_a() -> Reduction:
    """Return Reduction-A (figure 7 with k, l, m, n = 192, 192, 256, 384 of Table 1): 256 to 896."""
    return Reduction(
        _conv(256, 384, 3, stride=2, padding=0),
        nn.Sequential(
            _conv(256, 192, 1), _conv(192, 192, 3), _conv(192, 256, 3, stride=2, padding=0)
        ),
        nn.MaxPool2d(3, 2),
    )


def reduction_b() -> Reduction:
    """Return Reduction-B (figure 12): 896 to 1792 channels."""
    return Reduction(
        nn.Sequential(_conv(896, 256, 1), _conv(256, 384, 3, stride=2, padding=0)),
        nn.Sequential(_conv(896, 256, 1), _conv(256, 256, 3, stride=2, padding=0)),
        nn.Sequential(
            _conv(896, 256, 1), _conv(256, 256, 3), _conv(256, 256, 3, stride=2, padding=0)
        ),
        nn.MaxPool2d(3, 2),
    )


def _conv(
    inputs: int, outputs: int, kernel: Pair, *, stride: int = 1, padding: Pair | None = None
) -> NormalisedConv:
    return NormalisedConv(
        inputs,
        outputs,
        kernel,
        nn.ReLU(),
        stride=stride,
        padding=padding,
        eps=EPS,
        momentum=MOMENTUM,
    )
