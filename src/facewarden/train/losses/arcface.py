"""ArcFace: Deng et al., ArcFace, 2019 (arXiv 1801.07698), equation 3."""

import math

import torch
from torch import Tensor

from facewarden.train.losses.angles import sine_of
from facewarden.train.losses.margin_softmax import Margin, MarginSoftmax, Scale, Share


class ArcFace(MarginSoftmax):
    """cos(t + m) for the true class; beyond t = pi - m, cos(t) - m sin(m), as the authors' code.

    Args:
        classes: how many subjects there are.
        embedding_size: d.
        scale: s; 64 in the paper.
        margin: m, radians; 0.5 in the paper.
        share: of the classes that a step compares with; see PartialClasses.
    """

    def __init__(
        self,
        *,
        classes: int,
        embedding_size: int,
        scale: Scale = 64.0,
        margin: Margin = 0.5,
        share: Share = 1.0,
    ) -> None:
        super().__init__(classes=classes, embedding_size=embedding_size, scale=scale, share=share)
        self.margin = margin

    def with_margin(self, cosine: Tensor, lengths: Tensor, labels: Tensor) -> Tensor:  # noqa: ARG002
        """Return cos(t + m) of cos(t)."""
        return plus_angle(cosine, cosine.new_full((), self.margin))


def plus_angle(cosine: Tensor, margin: Tensor) -> Tensor:
    """Return cos(t + m) of cos(t) by the sum formula; the linear continuation beyond pi - m.

    Args:
        cosine: (b,).
        margin: m, a scalar or (b,), radians in [0, pi).
    """
    turned = cosine * margin.cos() - sine_of(cosine) * margin.sin()
    beyond = cosine - margin * margin.sin()
    return torch.where(cosine > torch.cos(math.pi - margin), turned, beyond)
