"""Factors of looks and references, and what a calibration foretells of tracks that it never saw."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from facewarden.data import Float32
from facewarden.data.calibration import ImpostorTail
from facewarden.decide.budget import FalseAlertBudget, by_budget
from facewarden.evaluate.intervals import Estimate, bootstrap

Float64 = NDArray[np.float64]
Int64 = NDArray[np.int64]

COMPARED_AT = (1e-2, 3e-3, 1e-3)
"""Rates of the single photograph, or the single reference, at which factors are taken; their mean
is the factor. Rarer ones have too few comparisons to count."""
LEAST_TRACKS = 20
"""With so many looks, for a factor; fewer tracks give none."""


@dataclass(frozen=True, slots=True)
class StrangerTracks:
    """Tracks and how alike they are to each reference, by look.

    Attributes:
        similarity: for each track (looks, m): of the template pooled so far to m references.
        stranger: for each track (m,) whether the reference shows somebody else.
        people: (t,) who each track shows, from 0; for intervals.
    """

    similarity: tuple[Float32, ...]
    stranger: tuple[NDArray[np.bool_], ...]
    people: Int64

    def best(self) -> Float32:
        """Return (t, m) the highest similarity over all looks; -1 to the same person."""
        return np.stack(
            [
                np.where(other, one.max(axis=0), np.float32(-1))
                for one, other in zip(self.similarity, self.stranger, strict=True)
            ]
        )


def looks_factors(
    tracks: StrangerTracks,
    single: ImpostorTail,
    looks: Sequence[int] = (1, 2, 3, 4, 6, 8, 12),
) -> tuple[tuple[int, float], ...]:
    """Return how many single photographs a track of so many looks is worth.

    The highest of all looks is compared with the tail of single photographs, at the similarities
    that it gives for COMPARED_AT. So what poor pictures do to similarity is in it as well as what
    more looks do. Never falls with looks; none where too few tracks are there.
    """
    found: list[tuple[int, float]] = []
    most = 0.0
    for count in looks:
        rows = [i for i, one in enumerate(tracks.similarity) if len(one) >= count]
        if len(rows) < LEAST_TRACKS:
            break
        best = np.concatenate(
            [tracks.similarity[i][:count].max(axis=0)[tracks.stranger[i]] for i in rows]
        )
        ratios = [
            max(1e-3, float((best >= single.similarity_at(rate)).mean()) / rate)
            for rate in COMPARED_AT
        ]
        most = max(most, float(np.exp(np.log(ratios).mean())))
        found.append((count, round(most, 3)))
    return tuple(found)


def reference_factors(
    by_references: Sequence[tuple[int, Float32, NDArray[np.bool_]]],
) -> tuple[tuple[int, float], ...]:
    """Return how many subjects of one reference a subject with so many is worth.

    Args:
        by_references: (references, similarity of probes to the same subjects, whether the subject
            is somebody else), one reference first.
    """
    found, most = [(1, 1.0)], 1.0
    _, single, stranger = by_references[0]
    for count, similarity, other in by_references[1:]:
        most = max(most, _ratio(single[stranger], similarity[other]))
        found.append((count, round(most, 3)))
    return tuple(found)


def _ratio(base: Float32, other: Float32) -> float:
    """Return how much more often `other` reaches what shares COMPARED_AT of `base` reach."""
    levels = np.quantile(base, 1 - np.array(COMPARED_AT))
    shares = np.array([max(1e-12, float((other >= level).mean())) for level in levels])
    actual = np.array([max(1e-12, float((base >= level).mean())) for level in levels])
    return float(np.exp(np.log(shares / actual).mean()))


def alert_shares(best: Float32, stranger: Int64, subjects: int, threshold: float) -> Float64:
    """Return for each track the chance to alert with a gallery of so many strangers, at random.

    Of the m strangers compared, k reach the threshold; a gallery of N of them holds none of those
    with chance C(m - k, N) / C(m, N). That is the mean over all galleries, without drawing any.

    Args:
        best: (t, m) similarities, -1 where the reference is no stranger.
        stranger: (t,) how many of the references are strangers to each track; at least `subjects`.
    """
    reached = (best >= threshold).sum(axis=1)
    left = stranger - reached
    none = np.where(
        left >= subjects,
        gammaln(left + 1)
        - gammaln(np.maximum(left - subjects, 0) + 1)
        - gammaln(stranger + 1)
        + gammaln(stranger - subjects + 1),
        -np.inf,
    )
    return np.asarray(np.where(reached > 0, np.maximum(0, 1 - np.exp(none)), 0.0), np.float64)


@dataclass(frozen=True, slots=True)
class BudgetCheck:
    """A budget, and what tracks that the calibration never saw made of it.

    Attributes:
        observed: share of strangers' tracks that alert, with its interval by person.
        supported: whether the calibration reaches this budget.
        foretold: comparisons of these tracks that are to reach the threshold; below about ten the
            data cannot show whether the budget is kept.
    """

    subjects: int
    budget: float
    threshold: float
    observed: Estimate
    supported: bool
    foretold: float

    @property
    def ratio(self) -> float:
        """Observed / budget."""
        return self.observed.value / self.budget


def check_budgets(
    tail: ImpostorTail,
    tracks: StrangerTracks,
    *,
    subjects: Sequence[int] = (10, 100, 1000),
    budgets: Sequence[float] = (1e-2, 1e-3, 1e-4),
    looks: int,
    shift: float = 0.0,
) -> list[BudgetCheck]:
    """Compare budgets with what is observed on tracks of other people.

    Args:
        looks: that a track may have, as the threshold takes it.
    """
    best = tracks.best()
    stranger = np.array([int(other.sum()) for other in tracks.stranger])
    groups = int(tracks.people.max()) + 1
    found = []
    for size in subjects:
        if size > stranger.min():
            continue
        for budget in budgets:
            asked = FalseAlertBudget(budget, most_fmr=1.0)
            force = by_budget(asked, size, looks, tail, follows="a budget", shift=shift)
            share = alert_shares(best, stranger, size, force.threshold)
            sums = np.bincount(tracks.people, share, groups).astype(np.float64)
            counts = np.bincount(tracks.people, minlength=groups)

            def mean(weights: Float64, sums: Float64 = sums, counts: Int64 = counts) -> float:
                seen = float((weights * counts).sum())
                return float((weights * sums).sum()) / seen if seen else float("nan")

            found.append(
                BudgetCheck(
                    size,
                    budget,
                    force.threshold,
                    bootstrap(mean, groups),
                    not force.problem,
                    float(stranger.sum()) * budget / size,
                )
            )
    return found
