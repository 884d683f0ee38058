"""Several losses at once."""

from collections.abc import Mapping

from torch import Tensor, nn

from facewarden.train.losses.loss import Loss


class WeightedSum(Loss):
    """The sum of losses, each times its weight: ArcFace + triplet, ArcFace + contrastive.

    Args:
        parts: of each, its name, the loss and its weight.
    """

    def __init__(self, parts: Mapping[str, tuple[Loss, float]]) -> None:
        super().__init__()
        self.parts = nn.ModuleDict({name: loss for name, (loss, _) in parts.items()})
        self.weights = {name: weight for name, (_, weight) in parts.items()}
        self.needs_pairs = any(loss.needs_pairs for loss, _ in parts.values())

    def of(self, embeddings: Tensor, labels: Tensor) -> Tensor:
        """Return the weighted sum."""
        terms = [self.weights[name] * loss(embeddings, labels) for name, loss in self.parts.items()]
        total: Tensor = sum(terms[1:], start=terms[0])
        return total
