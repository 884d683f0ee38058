"""Triplets: Schroff et al., FaceNet, 2015 (arXiv 1503.03832), equation 3."""

from typing import Annotated, Literal

from pydantic import Field
from torch import Tensor

from facewarden.train.losses.loss import Loss, nothing
from facewarden.train.miners.all_triplets import AllTriplets
from facewarden.train.miners.distances import squared_distances
from facewarden.train.miners.hard import Hard
from facewarden.train.miners.miner import Miner
from facewarden.train.miners.random_negative import RandomNegative
from facewarden.train.miners.semi_hard import SemiHard

Margin = Annotated[float, Field(gt=0, le=4)]


class MinedTriplet(Loss):
    """max(0, |a - p|^2 - |a - n|^2 + margin) of unit vectors, mean of those above 0.

    Args:
        miner: which triplets of the batch.
        margin: alpha; 0.2 in the paper.
    """

    needs_pairs = True

    def __init__(self, miner: Miner, margin: float) -> None:
        super().__init__()
        self.miner, self.margin = miner, margin

    def of(self, embeddings: Tensor, labels: Tensor) -> Tensor:
        """Return the mean over the triplets that are not yet satisfied."""
        squares = squared_distances(embeddings)
        anchor, positive, negative = self.miner(squares.detach(), labels)
        short = squares[anchor, positive] - squares[anchor, negative] + self.margin
        unsatisfied = short[short > 0]
        return unsatisfied.mean() if len(unsatisfied) else nothing(embeddings)


class Triplet(MinedTriplet):
    """Every genuine pair of the batch with a negative drawn at random: without mining.

    Args:
        margin: alpha; 0.2 in the paper.
    """

    def __init__(self, *, margin: Margin = 0.2) -> None:
        super().__init__(RandomNegative(), margin)


class OnlineTriplet(MinedTriplet):
    """Triplets chosen by their present distances.

    Args:
        margin: alpha; 0.2 in the paper.
        mining: all; semi-hard (section 3.2: for every genuine pair the nearest negative that is
            farther than the positive, within the margin); or hard (Hermans et al., 2017, batch
            hard: for every anchor its farthest positive and nearest negative).
    """

    def __init__(
        self, *, margin: Margin = 0.2, mining: Literal["all", "semi-hard", "hard"] = "semi-hard"
    ) -> None:
        miners: dict[str, Miner] = {
            "all": AllTriplets(),
            "semi-hard": SemiHard(margin),
            "hard": Hard(),
        }
        super().__init__(miners[mining], margin)
