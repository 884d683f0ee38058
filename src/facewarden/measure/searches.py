"""Probes searched among enrolled people by the product's own gallery, block by block."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from facewarden.data import NOBODY, Candidates, Float32, GalleryEntry, Templates
from facewarden.evaluate.identification import RANKS, Searches
from facewarden.evaluate.trade_off import NO_MATCH
from facewarden.match.exact_gallery import ExactGallery

CELLS = 8_000_000
"""Comparisons at once: a search needs about 20 bytes for each."""

SEED = 20261122
"""Of the order in which people are enrolled for the curve over N."""

_NOW = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class References:
    """m references, sorted by person, a person's in the order of enrolment.

    Attributes:
        vectors: (m, d) float32 unit rows.
        person: (m,) int64, whose.
        enrolled: (e,) int64, everybody who is on the list, with or without a usable reference.
    """

    vectors: Float32
    person: NDArray[np.int64]
    enrolled: NDArray[np.int64]

    def first(self, count: int) -> "References":
        """Return the same list with at most `count` references of each person."""
        _, start, size = np.unique(self.person, return_index=True, return_counts=True)
        rank = np.arange(len(self.person)) - np.repeat(start, size)
        kept = rank < count
        return References(self.vectors[kept], self.person[kept], self.enrolled)


@dataclass(frozen=True, slots=True)
class Probes:
    """n probes.

    Attributes:
        vectors: (n, d) float32 unit rows; anything where not found.
        found: (n,) whether there is a template.
        person: (n,) int64, whom each shows.
    """

    vectors: Float32
    found: NDArray[np.bool_]
    person: NDArray[np.int64]


def search(
    references: References,
    probes: Probes,
    *,
    people: int,
    model_id: str,
    sizes: Sequence[int] = (),
    done: Callable[[int], None] = lambda _: None,
) -> list[Searches]:
    """Search every probe among random nested subsets of the people enrolled, then among all.

    The subsets cost nothing: people are put into one gallery per step of size, and the candidates
    of the first steps together are those of their subset. Probes of people who are enrolled but
    not in a subset are no part of its searches.

    Args:
        people: how many people there are.
        sizes: of the subsets, ascending, each less than the number enrolled.
        done: called with how many probes were searched.
    """
    order = np.random.default_rng(SEED).permutation(references.enrolled)
    ends = [*sizes, len(order)]
    steps = [order[start:end] for start, end in zip([0, *sizes], ends, strict=True)]
    galleries = [_gallery(references, step, model_id) for step in steps]
    rank = np.zeros((len(ends), len(probes.person)), np.int64)
    best = np.full((len(ends), len(probes.person)), NO_MATCH)
    searched = np.flatnonzero(probes.found)
    rows = max(1, CELLS // max(1, len(references.vectors)))
    for start in range(0, len(searched), rows):
        block = searched[start : start + rows]
        asked = Templates(probes.vectors[block], model_id)
        so_far = Candidates.none(len(block), 0)
        for step, gallery in enumerate(galleries):
            so_far = _merged(so_far, gallery.search(asked, RANKS, _NOW))
            rank[step, block], best[step, block] = _outcome(so_far, probes.person[block])
        done(min(start + rows, len(searched)))
    return [
        _searches(probes, rank[step], best[step], order, end, people)
        for step, end in enumerate(ends)
    ]


def _gallery(references: References, who: NDArray[np.int64], model_id: str) -> ExactGallery:
    rows = np.flatnonzero(np.isin(references.person, who)).tolist()
    person = references.person.tolist()
    entries = [GalleryEntry(person[row], row, references.vectors[row]) for row in rows]
    return ExactGallery(entries, model_id)


def _merged(some: Candidates, more: Candidates) -> Candidates:
    """Return the best `RANKS` of two lists of candidates for the same probes."""
    similarity = np.concatenate([some.similarity, more.similarity], axis=1)
    order = np.argsort(-similarity, axis=1, kind="stable")[:, :RANKS]

    def taken(one: NDArray[np.int64], other: NDArray[np.int64]) -> NDArray[np.int64]:
        return np.take_along_axis(np.concatenate([one, other], axis=1), order, axis=1)

    return Candidates(
        taken(some.subject_id, more.subject_id),
        taken(some.reference_id, more.reference_id),
        np.take_along_axis(similarity, order, axis=1),
    )


def _outcome(
    found: Candidates, person: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the mates' ranks, 0 where not among the candidates, and the best similarity."""
    hit = found.subject_id == person[:, None]
    rank = np.where(hit.any(axis=1), hit.argmax(axis=1) + 1, 0)
    nobody = found.subject_id[:, 0] == NOBODY
    return rank, np.where(nobody, NO_MATCH, found.similarity[:, 0].astype(np.float64))


def _searches(
    probes: Probes,
    rank: NDArray[np.int64],
    best: NDArray[np.float64],
    order: NDArray[np.int64],
    end: int,
    people: int,
) -> Searches:
    mated = np.isin(probes.person, order[:end])
    kept = ~np.isin(probes.person, order[end:])
    return Searches(probes.person[kept], mated[kept], rank[kept], best[kept], people, end)
