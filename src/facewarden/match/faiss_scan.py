"""First passes by FAISS: bytes, and codes of four bits.

FAISS is loaded when the first of them is made; small galleries never need it.
"""

from typing import Any

import numpy as np

from facewarden.data import Float32, Int64
from facewarden.match.kept_vectors import LEVELS

TRAINED_ON = 32_768
"""Vectors that the codes are learnt from: 2,048 for each of the 16 centres."""

CENTRES = 16

ROUNDING = 2.0**-20
"""Far more than float32 can lose where whole numbers become a similarity."""


class ByteScan:
    """Every number as a signed byte: a quarter of the memory to be read, summed in whole numbers.

    With x' and q' for the rounded vector and probe, |q.x - q'.x'| <= |x - x'| + |q - q'| |x'|, by
    the Cauchy-Schwarz inequality. Both terms are measured, not estimated.
    """

    def __init__(self, vectors: Float32) -> None:
        import faiss

        _one_thread()
        self._index = faiss.IndexScalarQuantizer(
            vectors.shape[1],
            faiss.ScalarQuantizer.QT_8bit_direct_signed,
            faiss.METRIC_INNER_PRODUCT,
        )
        self._step = float(np.abs(vectors).max()) / LEVELS
        codes = np.rint(vectors / np.float32(self._step))
        self._index.add(codes)
        codes *= np.float32(self._step)
        self._longest = float(np.linalg.norm(codes, axis=1).max())
        self._lost = float(np.linalg.norm(vectors - codes, axis=1).max())
        self._nbytes = vectors.size

    @property
    def proven(self) -> bool:
        """It is."""
        return True

    @property
    def nbytes(self) -> int:
        """Bytes in memory."""
        return self._nbytes

    def depth(self, k: int) -> int:
        """Enough that the last is less alike than the k-th by what rounding can do.

        Of 100,000, the 64th to 128th are (2026-11-22, benchmarks/search.py); else more are asked.
        """
        return 8 * k

    def best(self, probes: Float32, rows: int) -> tuple[Float32, Int64]:
        """Return (n, rows) ceilings of similarity and row numbers of the most alike."""
        step = np.abs(probes).max(axis=1, keepdims=True) / np.float32(LEVELS)
        codes = np.rint(probes / step)
        lost = np.linalg.norm(probes - codes * step, axis=1, keepdims=True)
        product, place = _searched(self._index, codes, rows)
        ceiling = product * step * np.float32(self._step)
        ceiling += self._lost + lost * self._longest + ROUNDING
        return ceiling.astype(np.float32), place


class FourBitCodes:
    """Learns how pairs of numbers become four bits: product quantisation, 16 centres a pair.

    Jegou et al., Product quantization for nearest neighbor search (2011), scanned in registers as
    in Andre et al., Cache locality is not enough (2015).
    """

    def __init__(self, sample: Float32) -> None:
        import faiss

        _one_thread()
        every = -(-len(sample) // TRAINED_ON)
        chosen = _even(sample[::every])
        self._empty = faiss.IndexPQFastScan(
            chosen.shape[1], chosen.shape[1] // 2, 4, faiss.METRIC_INNER_PRODUCT
        )
        self._empty.pq.cp.min_points_per_centroid = 1
        self._empty.train(np.tile(chosen, (-(-CENTRES // len(chosen)), 1)))

    def scan(self, vectors: Float32) -> "FourBitScan":
        """Code (r, d) vectors."""
        import faiss

        _one_thread()
        index = faiss.clone_index(self._empty)
        index.add(_even(vectors))
        return FourBitScan(index)


class FourBitScan:
    """Vectors of d numbers in d / 4 bytes; how far a similarity is off is not bounded usefully."""

    def __init__(self, index: Any) -> None:
        self._index = index

    @property
    def proven(self) -> bool:
        """It is not: recall is measured (`benchmarks/search.py`)."""
        return False

    @property
    def nbytes(self) -> int:
        """Bytes in memory, the centres included."""
        return int(self._index.codes.size() + 4 * self._index.pq.centroids.size())

    def depth(self, k: int) -> int:
        """Measured on a million references (2026-11-22, benchmarks/search.py)."""
        return max(128, 8 * k)

    def best(self, probes: Float32, rows: int) -> tuple[Float32, Int64]:
        """Return (n, rows) rough similarities and row numbers of those that seem most alike."""
        return _searched(self._index, _even(probes), rows)


def _searched(index: Any, probes: Float32, rows: int) -> tuple[Float32, Int64]:
    _one_thread()
    similarity, place = index.search(np.ascontiguousarray(probes), rows)
    return similarity, place


def _one_thread() -> None:
    """Keep FAISS to the calling thread: OpenMP's workers stall where cores are busy otherwise."""
    import faiss

    faiss.omp_set_num_threads(1)


def _even(vectors: Float32) -> Float32:
    """Return C-contiguous vectors of an even number of numbers; a zero more changes no product."""
    odd = vectors.shape[1] % 2
    return np.ascontiguousarray(np.pad(vectors, ((0, 0), (0, odd))) if odd else vectors)
