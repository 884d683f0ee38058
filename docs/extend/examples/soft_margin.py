"""A triplet loss without a margin: it never says that a triplet is good enough."""

from torch import Tensor
from torch.nn import functional

from facewarden.train.losses.loss import Loss, nothing
from facewarden.train.miners.distances import squared_distances
from facewarden.train.miners.hard import Hard


class SoftMargin(Loss):
    """log(1 + e^(|a - p| - |a - n|)) of the hardest triplets: Hermans et al., 2017, section 2."""

    needs_pairs = True

    def of(self, embeddings: Tensor, labels: Tensor) -> Tensor:
        """Return the mean over the anchors that have a positive and a negative."""
        squares = squared_distances(embeddings)
        anchor, positive, negative = Hard()(squares.detach(), labels)
        if len(anchor) == 0:
            return nothing(embeddings)
        distances = squares.clamp_min(1e-12).sqrt()  # the root's slope at 0 is infinite
        difference = distances[anchor, positive] - distances[anchor, negative]
        return functional.softplus(difference).mean()
