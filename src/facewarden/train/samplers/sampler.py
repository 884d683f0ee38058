"""What every sampler has in common."""

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from facewarden.errors import ConfigError, DataError

Rows = NDArray[np.int64]


class Sampler:
    """Yields the batches of one epoch: lists of rows of the data.

    An epoch's batches depend on the seed and the epoch's number alone. A new sampler that loads
    the state of another yields what that one had left, whatever came before.

    Attributes:
        epoch: its number.
        position: batches of it that were yielded so far. A loader that fetches ahead is ahead of
            the training; whoever saves a checkpoint then saves {"epoch": e, "position": p} with
            the batches that were learnt from.

    Args:
        batch_size: rows in a batch, at least 1.
        seed: of every draw.

    Raises:
        ConfigError: a batch of nothing.
    """

    def __init__(self, *, batch_size: int, seed: int) -> None:
        if batch_size < 1:
            raise ConfigError(
                "batch_size is out of range", expected="1 or more", found=f"{batch_size}"
            )
        self.batch_size, self.seed = batch_size, seed
        self.epoch = 0
        self.position = 0

    def set_epoch(self, epoch: int) -> None:
        """Go to the start of an epoch; in the epoch that is under way nothing changes."""
        if epoch != self.epoch:
            self.epoch, self.position = epoch, 0

    def __iter__(self) -> Iterator[list[int]]:
        """Yield what is left of the epoch, then stand at the start of the next."""
        batches = self.batches(np.random.default_rng([self.seed, self.epoch]))
        for number, batch in enumerate(batches):
            if number >= self.position:
                self.position = number + 1
                yield [int(row) for row in batch]
        self.epoch, self.position = self.epoch + 1, 0

    def __len__(self) -> int:
        """Return the number of batches in a whole epoch."""
        raise NotImplementedError

    def batches(self, random: np.random.Generator) -> Iterator[Rows]:
        """Yield the batches of a whole epoch, drawn from `random` alone."""
        raise NotImplementedError

    def state_dict(self) -> dict[str, int]:
        """Return where the sampler stands."""
        return {"epoch": self.epoch, "position": self.position}

    def load_state_dict(self, state: Mapping[str, int]) -> None:
        """Stand where another stood.

        Raises:
            DataError: a position beyond the epoch's end: of other data or another batch size.
        """
        if not 0 <= state["position"] <= len(self):
            raise DataError(
                "the sampler's position is beyond its epoch",
                expected=f"0 to {len(self)} batches",
                found=f"{state['position']}",
                remedy="resume with the data and the batch size that the run began with",
            )
        self.epoch, self.position = state["epoch"], state["position"]


def require_rows(rows: Rows) -> Rows:
    """Return the rows as a column of int64.

    Raises:
        DataError: none at all.
    """
    if len(rows) == 0:
        raise DataError("there is nothing to sample", expected="at least one row", found="none")
    return np.asarray(rows, np.int64)
