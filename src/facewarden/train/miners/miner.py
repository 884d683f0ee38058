"""What every miner takes and gives."""

from typing import NamedTuple, Protocol

from torch import Tensor


class Triplets(NamedTuple):
    """Rows of a batch, (t,) int64 each: two pictures of one subject, one of another."""

    anchor: Tensor
    positive: Tensor
    negative: Tensor


class Miner(Protocol):
    """Chooses triplets."""

    def __call__(self, squares: Tensor, labels: Tensor) -> Triplets:
        """Return the triplets to learn from; none is an answer.

        Args:
            squares: (b, b) squared distances, without gradient.
            labels: (b,).
        """
        ...
