"""Every person as often as everybody else, whatever the number of their pictures."""

from collections.abc import Iterator

import numpy as np

from facewarden.train.samplers.dealing import OfSubjects
from facewarden.train.samplers.sampler import Rows, Sampler, require_rows


class ClassBalanced(Sampler):
    """As many rows in an epoch as the data has, the people in rounds, one picture a round.

    People come equally often, up to one. A person's pictures are dealt like cards: none comes
    again before all have.

    Args:
        rows: (n,) rows of the data.
        labels: (n,) the subject of each row.
        batch_size: rows in a batch; the last may be smaller.
        seed: of every draw.
        drop_last: leave out a last batch that is smaller, as in Shuffled.
    """

    def __init__(
        self,
        rows: Rows,
        labels: Rows,
        *,
        batch_size: int,
        seed: int = 0,
        drop_last: bool = False,
    ) -> None:
        super().__init__(batch_size=batch_size, seed=seed)
        self._count, self._drop_last = len(require_rows(rows)), drop_last
        self._of = OfSubjects(rows, labels)

    def __len__(self) -> int:
        """Return the number of batches."""
        whole, rest = divmod(self._count, self.batch_size)
        return whole if whole and self._drop_last else whole + (rest > 0)

    def batches(self, random: np.random.Generator) -> Iterator[Rows]:
        """Yield rounds of people, cut into batches."""
        dealer = self._of.dealer(random)
        rounds = -(-self._count // len(self._of))
        people = np.concatenate([random.permutation(len(self._of)) for _ in range(rounds)])
        for number in range(len(self)):
            start = number * self.batch_size
            end = min(start + self.batch_size, self._count)
            yield np.array([dealer.deal(int(one), 1)[0] for one in people[start:end]])
