"""P people with K pictures each: what losses of pairs and triplets learn from."""

from collections.abc import Iterator

import numpy as np

from facewarden.errors import ConfigError
from facewarden.train.samplers.dealing import OfSubjects
from facewarden.train.samplers.sampler import Rows, Sampler, require_rows


class PK(Sampler):
    """Batches of P different people with K pictures each, one after the other.

    Hermans et al., In Defense of the Triplet Loss, 2017 (arXiv 1703.07737), section 2. People come
    in rounds, each once in a round and as often as everybody else whatever the number of their
    pictures; those that do not fill the last batch of a round wait for the next. A person's
    pictures are dealt like cards: none comes again before all have. Whoever has fewer than K fills
    up with repetitions, which teach little; whoever has fewer than `least` is left out. An epoch
    is as many batches as the pictures of those left would fill, at least one.

    Attributes:
        left_out: people with fewer than `least` pictures.

    Args:
        rows: (n,) rows of the data.
        labels: (n,) the subject of each row.
        people: P, at least 2.
        pictures: K, at least 2.
        least: pictures that a person must have; 1 takes everybody, as negatives.
        seed: of every draw.

    Raises:
        ConfigError: P or K below 2, or fewer than P people with enough pictures.
    """

    def __init__(
        self,
        rows: Rows,
        labels: Rows,
        *,
        people: int,
        pictures: int,
        least: int = 2,
        seed: int = 0,
    ) -> None:
        if people < 2 or pictures < 2:
            raise ConfigError(
                "a batch needs pairs and strangers",
                expected="2 or more people with 2 or more pictures each",
                found=f"{people} people, {pictures} pictures",
            )
        super().__init__(batch_size=people * pictures, seed=seed)
        rows, labels = require_rows(rows), np.asarray(labels, np.int64)
        subjects, of, counts = np.unique(labels, return_inverse=True, return_counts=True)
        enough = counts >= least
        self.left_out = int((~enough).sum())
        if enough.sum() < people:
            raise ConfigError(
                "too few people for a batch",
                expected=f"{people} with {least} or more pictures",
                found=f"{int(enough.sum())} of {len(subjects)}",
                remedy="take fewer people per batch, or add pictures",
            )
        kept = enough[of]
        self._of = OfSubjects(rows[kept], labels[kept])
        self._people, self._pictures = people, pictures
        self._batches = max(1, int(kept.sum()) // self.batch_size)

    def __len__(self) -> int:
        """Return the number of batches."""
        return self._batches

    def batches(self, random: np.random.Generator) -> Iterator[Rows]:
        """Yield (P K,) rows, person after person."""
        dealer = self._of.dealer(random)
        per_round = len(self._of) // self._people
        for number in range(self._batches):
            if number % per_round == 0:
                order = random.permutation(len(self._of))
            start = number % per_round * self._people
            people = order[start : start + self._people]
            yield np.concatenate([dealer.deal(int(one), self._pictures) for one in people])
