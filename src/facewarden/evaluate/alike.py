"""Which photographs of different people are alike: all comparisons, block by block."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from facewarden.errors import InputError

BLOCK = 2048
"""Rows and columns of a block: 17 MB of similarities at once, however many there are in all."""
MOST_PAIRS = 20_000_000
"""That are kept: 240 MB. An operating threshold lets through far less of 10^9 comparisons."""

Int32 = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class AlikePairs:
    """p pairs of photographs of two subjects, each pair once.

    Attributes:
        left, right: (p,) places of the photographs, left < right.
        similarity: (p,) cosine.
    """

    left: Int32
    right: Int32
    similarity: NDArray[np.float32]


def alike_pairs(
    vectors: NDArray[np.float32],
    subject: NDArray[np.int64],
    least: float,
    *,
    block: int = BLOCK,
    most: int = MOST_PAIRS,
    done: Callable[[int], None] = lambda _: None,
) -> AlikePairs:
    """Compare every photograph with every other, and keep pairs of two subjects from `least` on.

    Args:
        vectors: (n, d) unit rows; zero where no face was found, which is alike to nobody.
        subject: (n,) whom each shows.
        least: a similarity above 0.
        done: called with how many rows are done.

    Raises:
        InputError: more pairs than can be kept.
    """
    left, right, similarity = [], [], []
    kept = 0
    for top in range(0, len(vectors), block):
        for start in range(top, len(vectors), block):
            scores = vectors[top : top + block] @ vectors[start : start + block].T
            rows, columns = np.nonzero(scores >= np.float32(least))
            found = scores[rows, columns]
            rows, columns = rows + top, columns + start
            pair = (rows < columns) & (subject[rows] != subject[columns])
            left.append(rows[pair].astype(np.int32))
            right.append(columns[pair].astype(np.int32))
            similarity.append(found[pair])
            kept += int(pair.sum())
            if kept > most:
                raise InputError(
                    f"more than {most:,} comparisons of two people reach {least:.3f}",
                    expected="a threshold at which strangers rarely match",
                    remedy="raise --threshold, or --examine no similarity so low",
                )
        done(min(top + block, len(vectors)))
    none = np.zeros(0, np.int32)
    return AlikePairs(
        np.concatenate([none, *left]),
        np.concatenate([none, *right]),
        np.concatenate([np.zeros(0, np.float32), *similarity]),
    )
