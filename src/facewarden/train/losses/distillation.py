"""Distillation: the embedding of a teacher is what a network learns to give."""

from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor

from facewarden.errors import DataError
from facewarden.train.losses.loss import Loss, at_least_float32, nothing, unit


class Distillation(Loss):
    """1 - cos between a face's embedding and the teacher's, and how faces lie to each other.

    The second term is the mean of (cos(e_i, t_j) - cos(t_i, t_j))^2 over the pairs i != j of a
    batch: an embedding is to be as far from the teacher's embeddings of others as the teacher's
    own is, for that is what a threshold sees. Romero et al., FitNets, 2015, is the first idea;
    Park et al., Relational Knowledge Distillation, 2019, the second.

    Args:
        relations: weight of the second term.
    """

    needs_targets = True

    def __init__(self, *, relations: Annotated[float, Field(ge=0, le=1000)] = 5.0) -> None:
        super().__init__()
        self.relations = relations

    def forward(self, embeddings: Tensor, labels: Tensor) -> Tensor:
        """Return the loss of a batch.

        Args:
            embeddings: (b, d), not normalised.
            labels: (b, d), the teacher's unit embeddings, in the place of labels.

        Raises:
            DataError: shapes that do not fit together.
        """
        if embeddings.ndim != 2 or labels.shape != embeddings.shape:
            raise DataError(
                "embeddings and the teacher's do not fit together",
                expected="(b, d) both",
                found=f"{tuple(embeddings.shape)} and {tuple(labels.shape)}",
            )
        if len(labels) == 0:
            return nothing(embeddings)
        with torch.autocast(embeddings.device.type, enabled=False):
            return self.of(at_least_float32(embeddings), at_least_float32(labels))

    def of(self, embeddings: Tensor, labels: Tensor) -> Tensor:
        """Return the mean over faces, and that over pairs of different faces times its weight."""
        given = unit(embeddings)
        total = (1 - (given * labels).sum(1)).mean()
        others = ~torch.eye(len(labels), dtype=torch.bool, device=labels.device)
        if self.relations and others.any():
            moved = given @ labels.T - labels @ labels.T
            total = total + self.relations * moved[others].square().mean()
        return total
