"""Contrastive: Hadsell et al., Dimensionality Reduction by an Invariant Mapping, 2006, eq. 4."""

from typing import Annotated

from pydantic import Field
from torch import Tensor

from facewarden.train.losses.loss import Loss, nothing
from facewarden.train.miners.distances import different, same, squared_distances


class Contrastive(Loss):
    """Half d^2 of a genuine pair, half max(0, margin - d)^2 of an impostor pair.

    d is the Euclidean distance of unit vectors. Genuine pairs and impostor pairs within the margin
    are averaged apart and summed: a batch has many more impostor pairs than genuine ones.

    Args:
        margin: distance from which impostor pairs are left alone; 1 is a cosine of 0.5.
    """

    needs_pairs = True

    def __init__(self, *, margin: Annotated[float, Field(gt=0, le=2)] = 1.0) -> None:
        super().__init__()
        self.margin = margin

    def of(self, embeddings: Tensor, labels: Tensor) -> Tensor:
        """Return the mean over genuine pairs plus that over impostor pairs within the margin."""
        squares = squared_distances(embeddings)
        genuine = squares[same(labels)]
        impostor = squares[different(labels)]
        near = impostor[impostor < self.margin**2]
        total = nothing(embeddings)
        if len(genuine):
            total = total + genuine.mean() / 2
        if len(near):
            # The root's slope at 0 is infinite; two equal vectors have no direction to part in.
            total = total + (self.margin - near.clamp_min(1e-12).sqrt()).square().mean() / 2
        return total
