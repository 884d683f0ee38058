"""ArcFace whose margin is learnt, held up by AdaptiveFace's term (Liu et al., 2019, equation 9)."""

from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor, nn

from facewarden.errors import ConfigError
from facewarden.train.losses.arcface import plus_angle
from facewarden.train.losses.margin_softmax import MarginSoftmax, Scale, Share


class ArcFaceLearned(MarginSoftmax):
    """ArcFace with the margin m a parameter, and the loss lowered by scale * doubt * m.

    Cross-entropy alone would learn a margin of 0, which is easiest. The added term pushes it up.
    The slope of the cross-entropy in m is scale * sin(t + m) * (1 - p), p the probability of the
    true class, so that m settles where about `doubt` of the probability is still missing: hard
    data gets a smaller margin by itself. The loss may be below 0.

    Args:
        classes: how many subjects there are.
        embedding_size: d.
        scale: s.
        margin: the first m, radians.
        largest: the largest m, radians; m stays between 0 and this.
        doubt: the missing probability at which the margin settles. 0.1 is a choice, not measured.
        per_class: a margin for every subject, as AdaptiveFace has it, instead of one for all.
        share: of the classes that a step compares with; see PartialClasses.

    Raises:
        ConfigError: a first margin that is not below the largest.
    """

    def __init__(
        self,
        *,
        classes: int,
        embedding_size: int,
        scale: Scale = 64.0,
        margin: Annotated[float, Field(gt=0, lt=3)] = 0.5,
        largest: Annotated[float, Field(gt=0, le=3)] = 1.0,
        doubt: Annotated[float, Field(ge=0, lt=1)] = 0.1,
        per_class: bool = False,
        share: Share = 1.0,
    ) -> None:
        super().__init__(classes=classes, embedding_size=embedding_size, scale=scale, share=share)
        if margin >= largest:
            raise ConfigError(
                "a learned margin starts below its largest",
                expected=f"margin below {largest:g}",
                found=f"{margin:g}",
            )
        self.largest, self.doubt = largest, doubt
        place = torch.tensor(margin / self.largest).logit()
        self.place = nn.Parameter(place.repeat(classes if per_class else 1))

    @property
    def margins(self) -> Tensor:
        """The margins learnt so far, radians: (1,) or (classes,)."""
        return self.largest * self.place.sigmoid()

    def of(self, embeddings: Tensor, labels: Tensor) -> Tensor:
        """Return the mean cross-entropy less what the margins are worth."""
        entropy = super().of(embeddings, labels)
        return entropy - self.scale * self.doubt * self._of_batch(labels).mean()

    def with_margin(self, cosine: Tensor, lengths: Tensor, labels: Tensor) -> Tensor:  # noqa: ARG002
        """Return cos(t + m) of cos(t)."""
        return plus_angle(cosine, self._of_batch(labels).to(cosine.dtype))

    def _of_batch(self, labels: Tensor) -> Tensor:
        return self.margins[labels] if len(self.place) > 1 else self.margins
