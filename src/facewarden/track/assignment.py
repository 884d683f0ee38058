"""Which face belongs to which track: the cheapest pairs among those allowed."""

import lap
import numpy as np
from numpy.typing import NDArray

Pairs = tuple[NDArray[np.int64], NDArray[np.int64]]

_FORBIDDEN = 1e6


def assign(cost: NDArray[np.float64], allowed: NDArray[np.bool_]) -> Pairs:
    """Pair rows with columns so that as many as possible are paired, at the lowest total cost.

    Jonker and Volgenant, A Shortest Augmenting Path Algorithm (1987), by lapx.

    Args:
        cost: (t, n) in [0, 1000].
        allowed: (t, n), False where a pair must not be.

    Returns:
        rows (p,) and columns (p,) of the pairs, ordered by row.
    """
    none = np.zeros(0, np.int64)
    if not allowed.any():
        return none, none
    _, column_of_row, _ = lap.lapjv(np.where(allowed, cost, _FORBIDDEN), extend_cost=True)
    column = np.asarray(column_of_row, np.int64)
    paired = column >= 0
    rows = np.flatnonzero(paired)
    kept = allowed[rows, column[rows]]
    return rows[kept], column[rows][kept]
