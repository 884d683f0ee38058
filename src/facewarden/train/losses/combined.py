"""The combined margin: Deng et al., ArcFace, 2019 (arXiv 1801.07698), equation 4.

Also equation 3 of the anti-spoofing seed.
"""

from typing import Annotated

from pydantic import Field
from torch import Tensor

from facewarden.train.losses.angles import angle_of, falling_cosine
from facewarden.train.losses.margin_softmax import Margin, MarginSoftmax, Scale, Share


class Combined(MarginSoftmax):
    """cos(m1 t + m2) - m3 for the true class, the cosine falling on beyond pi.

    (m, 0, 0) is SphereFace at a fixed length, (1, m, 0) ArcFace, (1, 0, m) CosFace.

    Args:
        classes: how many subjects there are.
        embedding_size: d.
        scale: s.
        m1: multiplies the angle.
        m2: is added to it, radians.
        m3: is taken from the cosine. The defaults are CM1 of the paper's Table 2.
        share: of the classes that a step compares with; see PartialClasses.
    """

    def __init__(
        self,
        *,
        classes: int,
        embedding_size: int,
        scale: Scale = 64.0,
        m1: Annotated[float, Field(gt=0, le=8)] = 1.0,
        m2: Margin = 0.3,
        m3: Margin = 0.2,
        share: Share = 1.0,
    ) -> None:
        super().__init__(classes=classes, embedding_size=embedding_size, scale=scale, share=share)
        self.m1, self.m2, self.m3 = m1, m2, m3

    def with_margin(self, cosine: Tensor, lengths: Tensor, labels: Tensor) -> Tensor:  # noqa: ARG002
        """Return cos(m1 t + m2) - m3 of cos(t)."""
        return falling_cosine(self.m1 * angle_of(cosine) + self.m2) - self.m3
