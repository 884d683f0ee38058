"""Plain softmax: a fully connected layer and cross-entropy, without margin or normalisation."""

from torch import Tensor, nn

from facewarden.train.losses.loss import Loss, at_least_float32
from facewarden.train.losses.margin_softmax import Share, require_classes
from facewarden.train.losses.partial_classes import PartialClasses


class Softmax(Loss):
    """-log of the true class's share in e^(w_j x + b_j), mean over the batch.

    Args:
        classes: how many subjects there are.
        embedding_size: d.
        share: of the classes that a step compares with; see PartialClasses.
    """

    def __init__(self, *, classes: int, embedding_size: int, share: Share = 1.0) -> None:
        super().__init__()
        self.layer = nn.Linear(embedding_size, classes)
        self.partial = PartialClasses(classes, share) if share < 1 else None

    def of(self, embeddings: Tensor, labels: Tensor) -> Tensor:
        """Return the mean cross-entropy."""
        require_classes(labels, self.layer.out_features)
        weight: Tensor = self.layer.weight
        bias: Tensor = self.layer.bias
        places = labels
        if self.partial is not None and self.training:
            drawn, places = self.partial(labels)
            weight, bias = weight[drawn], bias[drawn]
        logits = nn.functional.linear(embeddings, at_least_float32(weight), at_least_float32(bias))
        return nn.functional.cross_entropy(logits, places)
