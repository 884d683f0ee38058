"""CosFace: Wang et al., CosFace, 2018 (arXiv 1801.09414), equation 4."""

from torch import Tensor

from facewarden.train.losses.margin_softmax import Margin, MarginSoftmax, Scale, Share


class CosFace(MarginSoftmax):
    """cos(t) - m for the true class.

    Args:
        classes: how many subjects there are.
        embedding_size: d.
        scale: s; 64 in the paper.
        margin: m; 0.35 in the paper.
        share: of the classes that a step compares with; see PartialClasses.
    """

    def __init__(
        self,
        *,
        classes: int,
        embedding_size: int,
        scale: Scale = 64.0,
        margin: Margin = 0.35,
        share: Share = 1.0,
    ) -> None:
        super().__init__(classes=classes, embedding_size=embedding_size, scale=scale, share=share)
        self.margin = margin

    def with_margin(self, cosine: Tensor, lengths: Tensor, labels: Tensor) -> Tensor:  # noqa: ARG002
        """Return cos(t) - m."""
        return cosine - self.margin
