"""The pictures of people, dealt like cards."""

import numpy as np

from facewarden.train.samplers.sampler import Rows


class OfSubjects:
    """The rows of each subject, dealt out so that none comes again before all have come.

    Args:
        rows: (n,) rows of the data.
        labels: (n,) the subject of each.
    """

    def __init__(self, rows: Rows, labels: Rows) -> None:
        order = np.argsort(labels, kind="stable")
        _, starts = np.unique(labels[order], return_index=True)
        self.of = np.split(np.asarray(rows)[order], starts[1:])

    def __len__(self) -> int:
        """Return the number of subjects."""
        return len(self.of)

    def dealer(self, random: np.random.Generator) -> "Dealer":
        """Return a dealer that shuffles by `random`."""
        return Dealer(self.of, random)


class Dealer:
    """Deals the rows of subjects within one epoch."""

    def __init__(self, of: list[Rows], random: np.random.Generator) -> None:
        self._of, self._random = of, random
        self._left: dict[int, list[int]] = {}

    def deal(self, subject: int, count: int) -> list[int]:
        """Return `count` rows of a subject; one comes twice only where it has fewer."""
        dealt: list[int] = []
        while len(dealt) < count:
            left = self._left.get(subject) or self._random.permutation(self._of[subject]).tolist()
            fresh = [row for row in left if row not in dealt] or left
            taken = fresh[: count - len(dealt)]
            dealt += taken
            kept = set(taken)
            self._left[subject] = [row for row in left if row not in kept]
        return dealt
