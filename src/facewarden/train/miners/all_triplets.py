"""Every triplet of a batch."""

from torch import Tensor

from facewarden.train.miners.distances import different, same
from facewarden.train.miners.miner import Triplets


class AllTriplets:
    """Every genuine pair with every negative: Hermans et al., 2017 (arXiv 1703.07737), 2."""

    def __call__(self, squares: Tensor, labels: Tensor) -> Triplets:  # noqa: ARG002
        """Return all; of P subjects with K pictures each, PK (K - 1) (PK - K)."""
        anchor, positive = same(labels).nonzero(as_tuple=True)
        pair, negative = different(labels)[anchor].nonzero(as_tuple=True)
        return Triplets(anchor[pair], positive[pair], negative)
