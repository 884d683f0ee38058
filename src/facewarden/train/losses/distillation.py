"""Distillation: the embedding of a teacher is what a network learns to give."""

from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor

from facewarden.train.losses.loss import Loss, at_least_float32, unit

SELF = 0.999
"""Two embeddings as alike are of one face: it is not one of the others."""


class Distillation(Loss):
    """1 - cos between a face's embedding and the teacher's, and how faces lie to each other.

    The second term is the mean of (cos(e_i, t_j) - cos(t_i, t_j))^2 over the pairs i != j of a
    batch: an embedding is to be as far from the teacher's embeddings of others as the teacher's
    own is, for that is what a threshold sees. Romero et al., FitNets, 2015, is the first idea;
    Park et al., Relational Knowledge Distillation, 2019, the second. The third looks at everybody
    who is trained on: of those whom an embedding is most like, nobody is to be more like it than
    the teacher finds; the mean of max(0, cos(e_i, t_j) - cos(t_i, t_j))^2 over these j.

    Args:
        relations: weight of the second term.
        nearest: weight of the third.
        among: how many j the third looks at.
    """

    needs_targets = True

    def __init__(
        self,
        *,
        relations: Annotated[float, Field(ge=0, le=1000)] = 5.0,
        nearest: Annotated[float, Field(ge=0, le=1000)] = 0.0,
        among: Annotated[int, Field(ge=1, le=10_000)] = 32,
    ) -> None:
        super().__init__()
        self.relations, self.nearest, self.among = relations, nearest, among
        # None of them is part of a checkpoint: no template lies in the folder of a run.
        for name in ("everybody", "centre", "nuisance"):
            self.register_buffer(name, torch.zeros(0), persistent=False)

    def learn_from(self, everybody: Tensor, centre: Tensor, nuisance: Tensor) -> None:
        """Take what the teacher says beyond the targets of a batch.

        Args:
            everybody: (k, d) the teacher's unit embeddings of all faces that are trained on.
            centre, nuisance: (d,) of the teacher's template recipe, which then makes templates of
                the embeddings, too; empty where they are compared as they are.
        """
        self.everybody, self.centre, self.nuisance = everybody, centre, nuisance

    def of(self, embeddings: Tensor, labels: Tensor) -> Tensor:
        """Return the mean over faces, and the other terms times their weights."""
        given, labels = self._templates(unit(embeddings)), at_least_float32(labels)
        total = (1 - (given * labels).sum(1)).mean()
        others = ~torch.eye(len(labels), dtype=torch.bool, device=labels.device)
        if self.relations and others.any():
            moved = given @ labels.T - labels @ labels.T
            total = total + self.relations * moved[others].square().mean()
        if self.nearest and len(self.everybody):
            total = total + self.nearest * self._nearer(given, labels)
        return total

    def _templates(self, given: Tensor) -> Tensor:
        if len(self.centre):
            given = given - self.centre
        if len(self.nuisance):
            given = given - torch.outer(given @ self.nuisance, self.nuisance)
        return unit(given)

    def _nearer(self, given: Tensor, labels: Tensor) -> Tensor:
        everybody = self.everybody.to(labels.dtype)
        wanted = labels @ everybody.T
        moved = (given @ everybody.T - wanted).masked_fill(wanted > SELF, 0.0)
        found = (moved + wanted).detach().masked_fill(wanted > SELF, -1.0)
        hardest = found.topk(min(self.among, len(everybody)), dim=1).indices
        return moved.gather(1, hardest).clamp_min(0).square().mean()
