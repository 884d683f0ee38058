"""What the losses with a margin around class centres have in common."""

from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor, nn

from facewarden.errors import DataError
from facewarden.train.losses.loss import Loss, at_least_float32, unit
from facewarden.train.losses.partial_classes import PartialClasses

Scale = Annotated[float, Field(gt=0, le=1000)]
Margin = Annotated[float, Field(ge=0, le=3)]
Share = Annotated[float, Field(gt=0, le=1)]

FIRST_CENTRES = 0.01
"""Standard deviation of the first centres (ArcFace's code); only their directions matter."""


class MarginSoftmax(Loss):
    """Cross-entropy of scaled cosines to learnt class centres, the true class's made harder.

    -log(e^(s f(cos t_y)) / (e^(s f(cos t_y)) + sum over j != y of e^(s cos t_j))), mean over the
    batch; t_j is the angle between an embedding and the centre of class j. Subclasses say f.

    Args:
        classes: how many subjects there are.
        embedding_size: d.
        scale: s.
        share: of the classes that a step compares with; see PartialClasses.
    """

    def __init__(
        self, *, classes: int, embedding_size: int, scale: Scale = 64.0, share: Share = 1.0
    ) -> None:
        super().__init__()
        self.scale = scale
        self.centres = nn.Parameter(torch.randn(classes, embedding_size) * FIRST_CENTRES)
        self.partial = PartialClasses(classes, share) if share < 1 else None

    def of(self, embeddings: Tensor, labels: Tensor) -> Tensor:
        """Return the mean cross-entropy."""
        require_classes(labels, len(self.centres))
        centres: Tensor = self.centres
        places = labels
        if self.partial is not None and self.training:
            drawn, places = self.partial(labels)
            centres = centres[drawn]
        cosines = unit(embeddings) @ unit(at_least_float32(centres)).T  # (b, k)
        lengths = embeddings.detach().norm(dim=1)
        true = cosines.gather(1, places[:, None]).squeeze(1)
        harder = self.with_margin(true, lengths, labels)
        changed = cosines.scatter(1, places[:, None], harder[:, None])
        return nn.functional.cross_entropy(self.scaled(changed, embeddings), places)

    def with_margin(self, cosine: Tensor, lengths: Tensor, labels: Tensor) -> Tensor:
        """Return f of the cosines to the true centres.

        Args:
            cosine: (b,) in [-1, 1].
            lengths: (b,) of the embeddings, without gradient.
            labels: (b,).
        """
        raise NotImplementedError

    def scaled(self, cosines: Tensor, embeddings: Tensor) -> Tensor:  # noqa: ARG002
        """Return the logits of (b, k) cosines."""
        return self.scale * cosines


def require_classes(labels: Tensor, classes: int) -> None:
    """Refuse labels without a class, where they lie on the CPU; a GPU refuses them by itself.

    Raises:
        DataError: a label below 0 or beyond the last class.
    """
    if labels.device.type == "cpu" and not 0 <= int(labels.min()) <= int(labels.max()) < classes:
        raise DataError(
            "a label has no class",
            expected=f"0 to {classes - 1}",
            found=f"{int(labels.min())} to {int(labels.max())}",
        )
