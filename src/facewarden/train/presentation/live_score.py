"""From an embedding to how alive a face is, and how the embedding moves it."""

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from facewarden.errors import DataError
from facewarden.evaluate.presentation import Presentations, equal_error_threshold
from facewarden.evaluate.trade_off import Floats
from facewarden.train.losses.loss import Loss, unit
from facewarden.train.losses.margin_softmax import MarginSoftmax
from facewarden.train.losses.softmax import Softmax
from facewarden.train.losses.weighted_sum import WeightedSum

ATTACK, BONA_FIDE = 0, 1
"""The two classes, as labels of a loss."""


class LiveScore(nn.Module):
    """A score of embeddings, higher for a bona fide presentation, in a unit of its own.

    Attributes:
        direction: (d,) what the embedding is compared with.
    """

    direction: Tensor

    def __init__(self, direction: Tensor) -> None:
        super().__init__()
        self.register_buffer("direction", direction.detach().float().clone())

    def forward(self, embeddings: Tensor) -> Tensor:
        """Return (n,) of (n, d)."""
        raise NotImplementedError

    def slope(self, embeddings: Tensor) -> Tensor:
        """Return (n, d), the derivative of each score by its embedding."""
        raise NotImplementedError


class LinearScore(LiveScore):
    """The logit of a bona fide presentation less that of an attack, less the bias of both."""

    def forward(self, embeddings: Tensor) -> Tensor:
        """See `LiveScore`."""
        scores: Tensor = embeddings @ self.direction
        return scores

    def slope(self, embeddings: Tensor) -> Tensor:
        """See `LiveScore`: the same everywhere."""
        return self.direction.expand_as(embeddings)


class CosineScore(LiveScore):
    """The cosine to the representative of bona fide presentations."""

    def forward(self, embeddings: Tensor) -> Tensor:
        """See `LiveScore`; in [-1, 1]."""
        cosines: Tensor = unit(embeddings) @ unit(self.direction[None])[0]
        return cosines

    def slope(self, embeddings: Tensor) -> Tensor:
        """See `LiveScore`: (r - cos e) / |x| with e = x / |x| and r the representative."""
        lengths = embeddings.norm(dim=1, keepdim=True).clamp_min(1e-6)
        directions = embeddings / lengths
        representative = unit(self.direction[None])
        cosines = (directions * representative).sum(1, keepdim=True)
        slopes: Tensor = (representative - cosines * directions) / lengths
        return slopes


KINDS: dict[str, type[LiveScore]] = {"linear": LinearScore, "cosine": CosineScore}


class CalibratedScore(nn.Module):
    """`live` in [0, 1]: a logistic of the score with 0.5 at the threshold.

    Args:
        score: of embeddings.
        threshold: in its unit.
        steepness: of the logistic, above 0.
    """

    threshold: Tensor
    steepness: Tensor

    def __init__(self, score: LiveScore, threshold: float, steepness: float) -> None:
        super().__init__()
        self.score = score
        self.register_buffer("threshold", torch.tensor(threshold, dtype=torch.float32))
        self.register_buffer("steepness", torch.tensor(steepness, dtype=torch.float32))

    def logit(self, embeddings: Tensor) -> Tensor:
        """Return (n,): 0 at the threshold, higher for a bona fide presentation."""
        logits: Tensor = self.steepness * (self.score(embeddings) - self.threshold)
        return logits

    def slope(self, embeddings: Tensor) -> Tensor:
        """Return (n, d), the derivative of the logit."""
        return self.steepness * self.score.slope(embeddings)

    def forward(self, embeddings: Tensor) -> Tensor:
        """Return `live`, (n,) of (n, d)."""
        return self.logit(embeddings).sigmoid()


def score_of(loss: Loss, bona_fide: Callable[[], Tensor]) -> LiveScore:
    """Return the score that a loss trains for.

    Args:
        bona_fide: gives (n, d) embeddings of bona fide training clips: their mean direction is the
            representative. Called only where the loss has no centre for their class.
    """
    part = next(iter(loss.parts.children())) if isinstance(loss, WeightedSum) else loss
    if isinstance(part, Softmax):
        weight = part.layer.weight
        return LinearScore(weight[BONA_FIDE] - weight[ATTACK])
    if isinstance(part, MarginSoftmax):
        return CosineScore(part.centres[BONA_FIDE])
    return CosineScore(unit(bona_fide()).mean(0))


def calibrated(score: LiveScore, values: Floats, presentations: Presentations) -> CalibratedScore:
    """Return `live` with 0.5 at the equal error rate of the development people.

    The steepness is that of Platt (Probabilistic Outputs for Support Vector Machines, 1999), whose
    targets are not quite 0 and 1, so that it stays finite where the classes are apart.

    Args:
        values: (n,) scores of their clips.
        presentations: the same clips with their species.

    Raises:
        DataError: presentations of one kind only, or a score that is no number.
    """
    if not np.isfinite(values).all():
        raise DataError("a score is no number", expected="finite scores", found="NaN or infinity")
    threshold, _ = equal_error_threshold(presentations)
    return CalibratedScore(score, threshold, _steepness(values - threshold, ~presentations.attack))


def _steepness(values: Floats, bona_fide: NDArray[np.bool_]) -> float:
    """Return a of sigmoid(a x) that makes Platt's cross-entropy least, by bisection."""
    positives, negatives = int(bona_fide.sum()), int((~bona_fide).sum())
    target = np.where(bona_fide, (positives + 1) / (positives + 2), 1 / (negatives + 2))
    scale = float(np.abs(values).mean()) or 1.0
    low, high = 1e-3 / scale, 1e3 / scale
    for _ in range(60):
        middle = float(np.sqrt(low * high))
        slope = float(((1 / (1 + np.exp(-middle * values)) - target) * values).sum())
        low, high = (low, middle) if slope > 0 else (middle, high)
    return float(np.sqrt(low * high))
