"""SphereFace: Liu et al., SphereFace, 2017 (arXiv 1704.08063), equation 7."""

from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor

from facewarden.train.losses.angles import angle_of, falling_cosine
from facewarden.train.losses.margin_softmax import MarginSoftmax, Share

SLOWNESS = 0.12
"""How fast the annealing goes (the authors' code: lambda = base / (1 + 0.12 step))."""


class SphereFace(MarginSoftmax):
    """|x| psi(m t) for the true class, |x| cos(t) for the others, |x| the embedding's length.

    psi is the cosine that keeps falling. At first it is mixed with the plain cosine, (lambda cos(t)
    + psi) / (1 + lambda), lambda falling with every training step from `softest` to `hardest`:
    with m = 4 from the first step on, training does not start (the paper's appendix).

    Args:
        classes: how many subjects there are.
        embedding_size: d.
        margin: m, a whole number; 4 in the paper.
        softest: lambda of the first step; 1000 in the authors' code. 0 leaves annealing out.
        hardest: the least lambda; 5 in the authors' code.
        share: of the classes that a step compares with; see PartialClasses.
    """

    step: Tensor

    def __init__(
        self,
        *,
        classes: int,
        embedding_size: int,
        margin: Annotated[int, Field(ge=1, le=8)] = 4,
        softest: Annotated[float, Field(ge=0)] = 1000.0,
        hardest: Annotated[float, Field(ge=0)] = 5.0,
        share: Share = 1.0,
    ) -> None:
        super().__init__(classes=classes, embedding_size=embedding_size, scale=1.0, share=share)
        self.margin, self.softest, self.hardest = margin, softest, hardest
        self.register_buffer("step", torch.zeros((), dtype=torch.int64))

    def with_margin(self, cosine: Tensor, lengths: Tensor, labels: Tensor) -> Tensor:  # noqa: ARG002
        """Return psi(m t), mixed with cos(t)."""
        hard = falling_cosine(self.margin * angle_of(cosine))
        softness = self.softness
        if self.training:
            self.step += 1
        return (softness * cosine + hard) / (1 + softness)

    @property
    def softness(self) -> Tensor:
        """The lambda of the next step."""
        falling: Tensor = self.softest / (1 + SLOWNESS * self.step)
        return torch.clamp(falling, min=min(self.hardest, self.softest))

    def scaled(self, cosines: Tensor, embeddings: Tensor) -> Tensor:
        """Return |x| times the cosines; the length learns too."""
        lengths: Tensor = embeddings.norm(dim=1, keepdim=True)
        return lengths * cosines
