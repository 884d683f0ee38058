"""What every loss takes and gives."""

import torch
from torch import Tensor, nn

from facewarden.errors import DataError


class Loss(nn.Module):
    """A scalar that training makes small.

    Subclasses write `of`; it is never called in a narrower arithmetic than float32, since the
    angle of two almost equal vectors is lost in bfloat16.

    Attributes:
        needs_pairs: it learns from pairs of one subject within a batch: give it a P-K sampler.
        needs_targets: it takes a teacher's embeddings in the place of labels.
    """

    needs_pairs = False
    needs_targets = False

    def forward(self, embeddings: Tensor, labels: Tensor) -> Tensor:
        """Return the loss of a batch.

        Args:
            embeddings: (b, d), not normalised.
            labels: (b,) int64, the row of each subject; (b, d) a teacher's unit embeddings where
                the loss needs targets.

        Raises:
            DataError: shapes that do not fit together.
        """
        targets = self.needs_targets
        against = "the teacher's" if targets else "labels"
        if embeddings.ndim != 2 or labels.shape != embeddings.shape[: 2 if targets else 1]:
            raise DataError(
                f"embeddings and {against} do not fit together",
                expected="(b, d) both" if targets else "(b, d) and (b,)",
                found=f"{tuple(embeddings.shape)} and {tuple(labels.shape)}",
            )
        if len(labels) == 0:
            return nothing(embeddings)
        with torch.autocast(embeddings.device.type, enabled=False):
            return self.of(at_least_float32(embeddings), labels)

    def of(self, embeddings: Tensor, labels: Tensor) -> Tensor:
        """Return the loss of (b, d) float32 or float64 and (b,) int64, b at least 1."""
        raise NotImplementedError


def at_least_float32(numbers: Tensor) -> Tensor:
    """Return the numbers as float32, or as they are where they are float64."""
    return numbers if numbers.dtype == torch.float64 else numbers.float()


def nothing(embeddings: Tensor) -> Tensor:
    """Return a loss of 0 whose gradient is 0, for a batch that teaches nothing."""
    return at_least_float32(embeddings).sum() * 0.0


def unit(vectors: Tensor) -> Tensor:
    """Return (n, d) at length 1; a vector shorter than 1e-6 stays short instead of exploding."""
    return nn.functional.normalize(vectors, dim=1, eps=1e-6)
