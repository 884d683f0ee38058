"""AdaFace: Kim et al., AdaFace, 2022 (arXiv 2204.00964), equations 15 to 18."""

import math
from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor

from facewarden.train.losses.angles import angle_of
from facewarden.train.losses.margin_softmax import Margin, MarginSoftmax, Scale, Share

SHORTEST, LONGEST = 1e-3, 100.0
"""Lengths are clipped to these before their mean is taken (the authors' code)."""

FIRST_MEAN, FIRST_DEVIATION = 20.0, 100.0
"""Of the lengths, before any batch was seen (the authors' code)."""

NEARNESS = 1e-3
"""The least angle to 0 and to pi after the margin, radians (the authors' code)."""


class AdaFace(MarginSoftmax):
    """cos(t - m z) - (m z + m), z in [-1, 1] the embedding's length against those of late.

    The length stands for the picture's quality: a long embedding gets a margin that stresses hard
    pictures, a short one a margin that leaves them be. z carries no gradient.

    Args:
        classes: how many subjects there are.
        embedding_size: d.
        scale: s; 64 in the paper.
        margin: m; 0.4 in the paper.
        concentration: h, the share of a standard deviation that z = 1 stands for; 0.333.
        newest: weight of the newest batch in the mean and deviation of lengths; 0.01.
        share: of the classes that a step compares with; see PartialClasses.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(
        self,
        *,
        classes: int,
        embedding_size: int,
        scale: Scale = 64.0,
        margin: Margin = 0.4,
        concentration: Annotated[float, Field(gt=0, le=10)] = 0.333,
        newest: Annotated[float, Field(gt=0, le=1)] = 0.01,
        share: Share = 1.0,
    ) -> None:
        super().__init__(classes=classes, embedding_size=embedding_size, scale=scale, share=share)
        self.margin, self.concentration, self.newest = margin, concentration, newest
        self.register_buffer("mean", torch.tensor(FIRST_MEAN))
        self.register_buffer("deviation", torch.tensor(FIRST_DEVIATION))

    def with_margin(self, cosine: Tensor, lengths: Tensor, labels: Tensor) -> Tensor:  # noqa: ARG002
        """Return cos(t - m z) - (m z + m) of cos(t)."""
        clipped = lengths.clamp(SHORTEST, LONGEST)
        if self.training:
            self._learn(clipped)
        against = (clipped - self.mean) / (self.deviation + 1e-3) * self.concentration
        z = against.clamp(-1, 1).to(cosine.dtype)
        angle = (angle_of(cosine) - self.margin * z).clamp(NEARNESS, math.pi - NEARNESS)
        return angle.cos() - (self.margin * z + self.margin)

    @torch.no_grad()
    def _learn(self, lengths: Tensor) -> None:
        self.mean.lerp_(lengths.mean().to(self.mean.dtype), self.newest)
        if len(lengths) > 1:  # one length has no deviation
            self.deviation.lerp_(lengths.std().to(self.deviation.dtype), self.newest)
