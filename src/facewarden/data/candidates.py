"""The nearest subjects of each probe."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from facewarden.data.arrays import Float32, Int64, require_shape
from facewarden.errors import DataError

NOBODY = -1


@dataclass(frozen=True, slots=True)
class Candidates:
    """The k nearest subjects of n probes, best first.

    Attributes:
        subject_id: (n, k) int64, NOBODY where the gallery has fewer than k subjects.
        reference_id: (n, k) int64, the subject's reference that was nearest.
        similarity: (n, k) float32, cosine in [-1, 1], higher is more alike; -1 for NOBODY.

    Raises:
        DataError: columns of different shape, or rows that are not sorted.
    """

    subject_id: Int64
    reference_id: Int64
    similarity: Float32

    def __post_init__(self) -> None:
        require_shape("Candidates.subject_id", self.subject_id, (None, None), np.int64)
        shape = self.subject_id.shape
        require_shape("Candidates.reference_id", self.reference_id, shape, np.int64)
        require_shape("Candidates.similarity", self.similarity, shape, np.float32)
        if (np.diff(self.similarity, axis=1) > 0).any():
            raise DataError("Candidates are not sorted", expected="similarity best first")

    @classmethod
    def none(cls, n: int, k: int) -> Self:
        """Return n probes for which the gallery holds nobody."""
        return cls(
            np.full((n, k), NOBODY, np.int64),
            np.full((n, k), NOBODY, np.int64),
            np.full((n, k), -1.0, np.float32),
        )

    def __len__(self) -> int:
        return len(self.subject_id)
