"""A small network of convolutions, each look by itself first and then mixed over time."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from facewarden.train.backbones.normalised_conv import NormalisedConv
from facewarden.train.presentation.networks.clip_network import PooledNetwork, standardised
from facewarden.train.presentation.networks.factored import drawn, last_rows

STAGES = ((2, 1), (3, 2), (6, 2))
"""Outputs in units of `width`, and blocks, of the stages that see a quarter, an eighth and a
sixteenth of the side."""
EXPANSION = 3
"""Of the inverted residuals; 6 in MobileNetV2, whose maps are smaller."""


class Mobile(PooledNetwork):
    """Two-dimensional residuals on each look, mixed over time one channel at a time.

    What betrays a picture of a face is fine (dots of a print, pixels of a screen) and moves as one.
    So the first convolution sees each look and how it differs from the one before; the finest maps,
    a quarter of the side, are pooled into the embedding beside the coarsest; and time is mixed
    where maps are small.

    Args:
        looks: T.
        input_size: S, at least 64 px.
        width: outputs of the first convolution.
    """

    def __init__(
        self, *, looks: int = 5, input_size: int = 224, embedding_size: int = 64, width: int = 16
    ) -> None:
        super().__init__(
            looks=looks, input_size=input_size, embedding_size=embedding_size, smallest_px=64
        )
        self.stem = NormalisedConv(6, width, 3, nn.ReLU(inplace=True), stride=2)
        fine, *others = STAGES
        channels = fine[0] * width
        self.fine = nn.Sequential(
            NormalisedConv(width, channels, 3, nn.ReLU(inplace=True), stride=2),
            *(Dense(channels) for _ in range(fine[1])),
        )
        self.texture = NormalisedConv(channels, channels, 1, nn.ReLU(inplace=True))
        coarse: list[nn.Module] = []
        inputs = channels
        for times, blocks in others:
            outputs = times * width
            coarse.append(Inverted(inputs, outputs, stride=2, looks=looks))
            coarse += [Inverted(outputs, outputs, looks=looks) for _ in range(blocks - 1)]
            inputs = outputs
        self.coarse = nn.Sequential(*coarse)
        self.last = NormalisedConv(inputs, 2 * inputs, 1, nn.ReLU(inplace=True))
        drawn(self)
        self.channels = 2 * inputs + channels
        self.make_head()

    def maps(self, clips: Tensor) -> Tensor:
        """See `ClipNetwork`; T' = T, h = w = S / 16."""
        looks = standardised(clips)
        before = torch.cat([looks[:, :1], looks[:, :-1]], 1)
        seen = torch.cat([looks, looks - before], 2).flatten(0, 1)  # (n T, 6, S, S)
        fine = self.fine(self.stem(seen.contiguous(memory_format=torch.channels_last)))
        coarse = self.last(self.coarse(fine))
        texture = functional.avg_pool2d(self.texture(fine), 4, ceil_mode=True)
        return last_rows(torch.cat([coarse, texture], 1), self.looks)


class Dense(nn.Module):
    """A residual of one dense convolution.

    Where maps are large and channels few it is learnt in five sixths of the time of an inverted
    residual, whose maps are three times as many (2026-11-22, one thread).
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.layer = NormalisedConv(channels, channels, 3, nn.ReLU(inplace=True))

    def forward(self, maps: Tensor) -> Tensor:
        """Return maps of the shape given."""
        changed: Tensor = self.layer(maps)
        return maps + changed


class Inverted(nn.Module):
    """An inverted residual (Sandler et al., MobileNetV2, 2018, section 3.3), mixed over time first.

    Args:
        looks: T, over which channels are mixed.
    """

    def __init__(self, inputs: int, outputs: int, *, looks: int, stride: int = 1) -> None:
        super().__init__()
        wide = EXPANSION * inputs
        self.mixed = TimeMix(inputs, looks)
        self.layers = nn.Sequential(
            NormalisedConv(inputs, wide, 1, nn.ReLU(inplace=True)),
            NormalisedConv(wide, wide, 3, nn.ReLU(inplace=True), stride=stride, groups=wide),
            NormalisedConv(wide, outputs, 1, nn.Identity()),
        )
        self.residual = stride == 1 and inputs == outputs

    def forward(self, maps: Tensor) -> Tensor:
        """Return (n T, outputs, h', w') of (n T, inputs, h, w)."""
        changed: Tensor = self.layers(self.mixed(maps))
        return maps + changed if self.residual else changed


class TimeMix(nn.Module):
    """A (3, 1, 1) convolution of each channel by itself: a look, the one before, the one after.

    It begins as the shift of Lin et al., TSM, 2019 (arXiv 1811.08383): an eighth of the channels
    come from the look before, an eighth from the look after.
    """

    def __init__(self, channels: int, looks: int) -> None:
        super().__init__()
        self.looks = looks
        weight = torch.zeros(3, channels)
        eighth = channels // 8
        weight[0, :eighth] = 1
        weight[2, eighth : 2 * eighth] = 1
        weight[1, 2 * eighth :] = 1
        self.weight = nn.Parameter(weight)

    def forward(self, maps: Tensor) -> Tensor:
        """Return (n T, C, h, w), mixed over each clip's T looks."""
        clips = maps.reshape(-1, self.looks, *maps.shape[1:])
        none = torch.zeros_like(clips[:, :1])
        before = torch.cat([none, clips[:, :-1]], 1)
        after = torch.cat([clips[:, 1:], none], 1)
        weight = self.weight.to(maps.dtype)[:, None, None, :, None, None]
        mixed: Tensor = weight[0] * before + weight[1] * clips + weight[2] * after
        return mixed.flatten(0, 1)
