"""The first pass of a search: which rows are worth an exact look."""

from typing import Protocol

import numpy as np

from facewarden.data import Float32, Int64

PROBES_AT_ONCE = 64
"""So that the similarities of a block of probes to a segment stay within 20 MB."""


class Scan(Protocol):
    """Finds the rows that are most alike, by similarities that may be a little wrong."""

    @property
    def proven(self) -> bool:
        """Whether no row that was not named can be more alike than the lowest ceiling."""
        ...

    @property
    def nbytes(self) -> int:
        """Bytes in memory beside the vectors of the gallery."""
        ...

    def depth(self, k: int) -> int:
        """Return how many rows to ask for, so that they nearly always hold the k nearest."""
        ...

    def best(self, probes: Float32, rows: int) -> tuple[Float32, Int64]:
        """Return (n, rows) ceilings of similarity and row numbers of the most alike, in any order.

        A ceiling is what the similarity is at most, where that is proven; else roughly what it is.

        Args:
            probes: (n, d) unit vectors.
            rows: at most as many as were scanned; where fewer are found, -1 stands for the rest,
                which only happens where nothing is proven.
        """
        ...


class WholeScan:
    """Multiplies every probe with every vector in float32."""

    def __init__(self, vectors: Float32) -> None:
        self._vectors = vectors

    @property
    def proven(self) -> bool:
        """It is."""
        return True

    @property
    def nbytes(self) -> int:
        """Bytes in memory; none where it looks at the gallery's own vectors."""
        return self._vectors.nbytes if self._vectors.base is None else 0

    def depth(self, k: int) -> int:
        """One more than k; several where a subject has several references."""
        return 2 * k

    def best(self, probes: Float32, rows: int) -> tuple[Float32, Int64]:
        """Return (n, rows) ceilings of similarity and row numbers of the most alike."""
        # d roundings of at most 2**-24 (Higham, Accuracy and Stability, section 3.1), doubled
        error = np.float32(self._vectors.shape[1] * 2.0**-23)
        found = [
            _top(probes[start : start + PROBES_AT_ONCE] @ self._vectors.T, rows)
            for start in range(0, len(probes), PROBES_AT_ONCE)
        ]
        return np.concatenate([s for s, _ in found]) + error, np.concatenate([r for _, r in found])


def _top(similarity: Float32, rows: int) -> tuple[Float32, Int64]:
    place = np.argpartition(-similarity, rows - 1, axis=1)[:, :rows]
    return np.take_along_axis(similarity, place, axis=1), place.astype(np.int64)
