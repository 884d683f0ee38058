"""A search and its outcome as one would say it aloud, probe by probe and person by person."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]


def ranked(own: Sequence[Sequence[Vector]], probe: Vector) -> list[tuple[float, int]]:
    """Return (similarity, person), best first; a person is the list of their references."""
    found = []
    for person, references in enumerate(own):
        if references:
            best = max(float(one @ probe) for one in references)
            mean = np.mean(references, axis=0)
            found.append(((best + float(mean / np.linalg.norm(mean) @ probe)) / 2, person))
    return sorted(found, reverse=True)


def misses_at(
    fpir: float, mated: Sequence[tuple[float, bool]], strangers: Sequence[float]
) -> float:
    """Return FNIR at the lowest threshold that keeps a FPIR.

    Args:
        mated: similarity of each first candidate, and whether it is the right one.
        strangers: the same of searches without a mate.
    """
    thresholds = [one + 1e-9 for one in strangers] + [-2.0]
    kept = [t for t in thresholds if sum(s >= t for s in strangers) <= fpir * len(strangers)]
    threshold = min(kept)
    return sum(not (right and s >= threshold) for s, right in mated) / len(mated)
