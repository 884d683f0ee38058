"""Which clips come together in a batch, and which of their looks."""

from collections.abc import Iterator, Sequence
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from facewarden.data import Int64

Card = TypeVar("Card")


class ClipSampler:
    """Half of each batch bona fide; in each half people as often as each other.

    A person's attacks come species by species, as often as each other, however many clips there are
    of each. Everything is dealt like cards: nothing comes again before all have.

    Args:
        rows: (n,) of the clips to deal.
        subjects, species: of all clips; an empty species is bona fide.
        batch_size: at least 2.
        per_epoch: clips in an epoch; 0 takes n. Whole batches only, at least one.
    """

    def __init__(
        self,
        rows: Int64,
        subjects: Sequence[str],
        species: Sequence[str],
        *,
        batch_size: int,
        per_epoch: int = 0,
    ) -> None:
        self._batch_size = batch_size
        self.batches = max(1, (per_epoch or len(rows)) // batch_size)
        self._of: dict[bool, dict[str, dict[str, list[int]]]] = {False: {}, True: {}}
        for row in rows.tolist():
            kind, person = species[row], subjects[row]
            self._of[bool(kind)].setdefault(person, {}).setdefault(kind, []).append(row)

    def epoch(self, random: np.random.Generator) -> Iterator[Int64]:
        """Yield the rows of each batch, bona fide ones first."""
        halves = {
            attack: _Deck(
                [
                    _Deck([_Deck(rows, random) for rows in kinds.values()], random)
                    for kinds in people.values()
                ],
                random,
            )
            for attack, people in self._of.items()
        }
        for _ in range(self.batches):
            attacks = self._batch_size // 2
            counts = {False: self._batch_size - attacks, True: attacks}
            yield np.array(
                [
                    halves[attack].draw().draw().draw()
                    for attack, count in counts.items()
                    for _ in range(count)
                ],
                np.int64,
            )


class _Deck(Generic[Card]):
    """Deals cards in a new order each time through."""

    def __init__(self, cards: Sequence[Card], random: np.random.Generator) -> None:
        self._cards, self._random = cards, random
        self._order: list[int] = []

    def draw(self) -> Card:
        if not self._order:
            self._order = self._random.permutation(len(self._cards)).tolist()
        return self._cards[self._order.pop()]


def drawn_looks(
    at_s: NDArray[np.float32], looks: int, spacing_s: float, random: np.random.Generator
) -> Int64:
    """Return which looks of a clip make one input, ascending, about so far apart.

    Where the clip is too short for that, they are spread over all of it.

    Args:
        at_s: (m,) seconds, ascending; m at least `looks`.
    """
    if looks == 1:
        return random.integers(0, len(at_s), 1)
    length = float(at_s[-1] - at_s[0])
    spacing = min(spacing_s, length / (looks - 1))
    start = random.uniform(0, length - spacing * (looks - 1)) if length else 0.0
    wanted = float(at_s[0]) + start + spacing * np.arange(looks)
    chosen = np.abs(at_s[None, :] - wanted[:, None]).argmin(axis=1)
    # No look twice: a look too early goes on to the next one, the last ones back again.
    for place in range(1, looks):
        chosen[place] = max(chosen[place], chosen[place - 1] + 1)
    ceiling = len(at_s) - looks + np.arange(looks)
    return np.asarray(np.minimum(chosen, ceiling), np.int64)
