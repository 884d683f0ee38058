"""Distillation: the embedding of a teacher is what a network learns to give."""

from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor

from facewarden.train.losses.loss import Loss, at_least_float32, unit


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

    def of(self, embeddings: Tensor, labels: Tensor) -> Tensor:
        """Return the mean over faces, and that over pairs of different faces times its weight."""
        given, labels = unit(embeddings), at_least_float32(labels)
        total = (1 - (given * labels).sum(1)).mean()
        others = ~torch.eye(len(labels), dtype=torch.bool, device=labels.device)
        if self.relations and others.any():
            moved = given @ labels.T - labels @ labels.T
            total = total + self.relations * moved[others].square().mean()
        return total
