"""Every row once in an epoch, in another order each time."""

from collections.abc import Iterator

import numpy as np

from facewarden.train.samplers.sampler import Rows, Sampler, require_rows


class Shuffled(Sampler):
    """All rows in a random order; the last batch may be smaller.

    Args:
        rows: (n,) rows of the data.
        batch_size: rows in a batch.
        seed: of every draw.
        drop_last: leave out a last batch that is smaller: of one row, batch normalisation cannot
            learn. Data of less than one batch keeps its only one.
    """

    def __init__(
        self, rows: Rows, *, batch_size: int, seed: int = 0, drop_last: bool = False
    ) -> None:
        super().__init__(batch_size=batch_size, seed=seed)
        self._rows, self._drop_last = require_rows(rows), drop_last

    def __len__(self) -> int:
        """Return the number of batches."""
        whole, rest = divmod(len(self._rows), self.batch_size)
        return whole if whole and self._drop_last else whole + (rest > 0)

    def batches(self, random: np.random.Generator) -> Iterator[Rows]:
        """Yield the rows in a new order."""
        order = random.permutation(self._rows)
        for number in range(len(self)):
            yield order[number * self.batch_size : (number + 1) * self.batch_size]
