"""Inception: Schroff et al., FaceNet, 2015 (arXiv 1503.03832), Table 2 (NN2; NN4 at 96 px)."""

from typing import Literal, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from facewarden.train.backbones.backbone import Backbone
from facewarden.train.backbones.initialise import he_normal
from facewarden.train.backbones.normalised_conv import NormalisedConv


class Row(NamedTuple):
    """A row of the table; 0 stands for a branch that is not there.

    Attributes:
        pool: over 3x3; its projection of 0 channels passes the pooled maps on as they are.
    """

    name: str
    one: int
    reduce_three: int
    three: int
    reduce_five: int
    five: int
    pool: Literal["max", "l2"]
    projection: int
    stride: int = 1


TABLE_2 = (
    Row("3a", 64, 96, 128, 16, 32, "max", 32),
    Row("3b", 64, 96, 128, 32, 64, "l2", 64),
    Row("3c", 0, 128, 256, 32, 64, "max", 0, stride=2),
    Row("4a", 256, 96, 192, 32, 64, "l2", 128),
    Row("4b", 224, 112, 224, 32, 64, "l2", 128),
    Row("4c", 192, 128, 256, 32, 64, "l2", 128),
    Row("4d", 160, 144, 288, 32, 64, "l2", 128),
    Row("4e", 0, 160, 256, 64, 128, "max", 0, stride=2),
    Row("5a", 384, 192, 384, 48, 128, "l2", 128),
    Row("5b", 384, 192, 384, 48, 128, "max", 128),
)
"""The inception rows of the paper's Table 2."""


class Inception(Backbone):
    """GoogLeNet as FaceNet has it: 7.5 million parameters, 1.6 billion multiply-adds at 224 px.

    The paper's NN3 and NN4 are the same at 160 and 96 px. Batch normalisation follows every
    convolution and stands in for the table's two rows of local response normalisation. The paper
    draws nothing about first weights; these are He's.
    """

    def __init__(self, *, embedding_size: int = 128, input_size: int = 112) -> None:
        super().__init__(embedding_size=embedding_size, input_size=input_size, smallest_px=64)
        self.conv1 = _conv(3, 64, 7, stride=2)
        self.inception2 = nn.Sequential(_conv(64, 64, 1), _conv(64, 192, 3))
        self.rows = nn.ModuleDict()
        inputs = 192
        for row in TABLE_2:
            module = InceptionModule(inputs, row)
            self.rows[f"inception{row.name}"] = module
            inputs = module.outputs
        self.embed = nn.Linear(inputs, embedding_size)
        he_normal(self)

    def forward(self, faces: Tensor) -> Tensor:
        """Return (b, embedding_size) of (b, 3, S, S)."""
        maps: Tensor = functional.max_pool2d(self.conv1(faces), 3, 2, 1)
        maps = functional.max_pool2d(self.inception2(maps), 3, 2, 1)
        for row in self.rows.values():
            maps = row(maps)
        embedded: Tensor = self.embed(maps.mean(dim=(2, 3)))  # 1024 channels
        return embedded


class InceptionModule(nn.Module):
    """Up to four branches side by side.

    Attributes:
        outputs: channels of all branches together.
    """

    def __init__(self, inputs: int, row: Row) -> None:
        super().__init__()
        branches: list[nn.Module] = []
        if row.one:
            branches.append(_conv(inputs, row.one, 1))
        branches.append(
            nn.Sequential(
                _conv(inputs, row.reduce_three, 1),
                _conv(row.reduce_three, row.three, 3, stride=row.stride),
            )
        )
        branches.append(
            nn.Sequential(
                _conv(inputs, row.reduce_five, 1),
                _conv(row.reduce_five, row.five, 5, stride=row.stride),
            )
        )
        pool = nn.MaxPool2d(3, row.stride, 1) if row.pool == "max" else L2Pool(3, row.stride, 1)
        project = _conv(inputs, row.projection, 1) if row.projection else nn.Identity()
        branches.append(nn.Sequential(pool, project))
        self.branches = nn.ModuleList(branches)
        self.outputs = row.one + row.three + row.five + (row.projection or inputs)

    def forward(self, maps: Tensor) -> Tensor:
        """Return (b, outputs, h / stride, w / stride) of (b, inputs, h, w)."""
        return torch.cat([branch(maps) for branch in self.branches], dim=1)


class L2Pool(nn.Module):
    """The root of the sum of squares in a window."""

    def __init__(self, kernel: int, stride: int, padding: int) -> None:
        super().__init__()
        self.kernel, self.stride, self.padding = kernel, stride, padding

    def forward(self, maps: Tensor) -> Tensor:
        """Return (b, c, h / stride, w / stride) of (b, c, h, w)."""
        squares = maps.float().square()
        mean = functional.avg_pool2d(squares, self.kernel, self.stride, self.padding)
        # The root's slope at 0 is infinite; behind a ReLU a window of zeros is usual.
        return (mean * self.kernel**2 + 1e-12).sqrt().to(maps.dtype)


def _conv(inputs: int, outputs: int, kernel: int, *, stride: int = 1) -> NormalisedConv:
    return NormalisedConv(inputs, outputs, kernel, nn.ReLU(), stride=stride)
