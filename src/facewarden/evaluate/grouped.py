"""Comparisons gathered by group: what a differential between groups is computed from.

Every subject counts the same, however many photographs there are: a pair of subjects counts by the
share of its comparisons that match falsely. Else the few people with hundreds of photographs would
be all that is measured.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from facewarden.errors import DataError
from facewarden.evaluate.alike import alike_pairs

Float = NDArray[np.float64]
Int = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Grouped:
    """u units, each the photographs of one subject in one group (for people: all of theirs).

    Attributes:
        names: of the g groups.
        thresholds: (t,) rising similarities.
        subject, group, photographs: (u,) whom, which group, how many.
        left, right: (p,) units of the pairs of photographs that are alike.
        reached: (p,) how many of the thresholds the pair reaches; at least 1.
        share: (p,) which part of the comparisons of its two units the pair is.
        missed: (u, t) share of a unit's own pairs below each threshold; NaN with one photograph.
        raised: (u, t) share of a unit's photographs that match falsely with somebody enrolled.
        enrolled: how many are, one photograph each.
    """

    names: tuple[str, ...]
    thresholds: Float
    subject: Int
    group: Int
    photographs: Int
    left: Int
    right: Int
    reached: Int
    share: Float
    missed: Float
    raised: Float
    enrolled: int

    @property
    def subjects(self) -> int:
        """How many people there are."""
        return int(self.subject.max(initial=-1)) + 1


def gather(
    vectors: NDArray[np.float32],
    subject: Int,
    group: Int,
    names: tuple[str, ...],
    thresholds: Float,
    enrolled: int,
    *,
    done: Callable[[int], None] = lambda _: None,
) -> Grouped:
    """Compare all photographs with all others, and gather what reaches the thresholds.

    Args:
        vectors: (n, d) unit rows, zero where no face was found.
        subject: (n,) from 0 on, without gaps.
        group: (n,) places in `names`.
        thresholds: rising, above 0.
        enrolled: how many people the watchlist holds; fewer where there are fewer.

    Raises:
        InputError: too many pairs are alike at the lowest threshold.
        DataError: vectors that are not finite.
    """
    if not np.isfinite(vectors).all():
        broken = int((~np.isfinite(vectors)).any(axis=1).sum())
        raise DataError("embeddings are not finite", expected="numbers", found=f"{broken} with NaN")
    pairs = alike_pairs(vectors, subject, float(thresholds[0]), done=done)
    reached = np.searchsorted(thresholds.astype(np.float32), pairs.similarity, side="right")
    units, unit, photographs = np.unique(
        subject * len(names) + group, return_inverse=True, return_counts=True
    )
    unit = unit.ravel()
    left, right = unit[pairs.left], unit[pairs.right]
    people = int(subject.max()) + 1
    enrolled = min(enrolled, people - 1)
    first = np.unique(subject, return_index=True)[1]
    is_first = np.zeros(len(subject), np.bool_)
    is_first[first] = True
    raised = np.zeros((len(units), len(thresholds)))
    for level in range(len(thresholds)):
        hit = reached > level
        hits = np.bincount(pairs.left[hit & is_first[pairs.right]], minlength=len(subject))
        hits += np.bincount(pairs.right[hit & is_first[pairs.left]], minlength=len(subject))
        chance = 1 - none_drawn(hits.astype(np.float64), people - 1, enrolled)
        raised[:, level] = np.bincount(unit, chance, minlength=len(units)) / photographs
    return Grouped(
        names,
        thresholds,
        units // len(names),
        units % len(names),
        photographs,
        left,
        right,
        reached,
        1.0 / (photographs[left] * photographs[right]),
        _missed(vectors, unit, len(units), thresholds),
        raised,
        enrolled,
    )


def none_drawn(hits: Float, people: int, enrolled: int) -> Float:
    """Return the chance that a random watchlist holds nobody of those a probe is alike to.

    Of `people` others, `enrolled` are drawn without replacement: hypergeometric, exact for every
    watchlist that could be made of these people.

    Args:
        hits: (n,) how many of them each probe matches falsely.
    """
    rest = people - hits
    possible = rest >= enrolled
    safe = np.where(possible, rest, enrolled)
    log = (
        gammaln(safe + 1) - gammaln(safe - enrolled + 1)
        - gammaln(people + 1) + gammaln(people - enrolled + 1)
    )  # fmt: skip
    return np.where(possible, np.exp(np.minimum(log, 0)), 0.0)


def _missed(vectors: NDArray[np.float32], unit: Int, units: int, thresholds: Float) -> Float:
    """Return the share of each unit's own pairs that stay below each threshold, row by row."""
    missed = np.full((units, len(thresholds)), np.nan)
    order = np.argsort(unit, kind="stable")
    borders = np.flatnonzero(np.diff(unit[order], prepend=-1, append=-1))
    for start, stop in pairwise(borders):
        count = int(stop - start)
        if count < 2:
            continue
        own = vectors[order[start:stop]]
        below = np.zeros(len(thresholds))
        for row in range(count - 1):
            similarity = np.sort(own[row + 1 :] @ own[row])
            below += np.searchsorted(similarity, thresholds.astype(np.float32))
        missed[unit[order[start]]] = below / (count * (count - 1) / 2)
    return missed


def false_match_rates(grouped: Grouped, group: Int, weights: Float) -> Float:
    """Return (g, g, t) false match rates within groups, on the diagonal, and across them.

    Args:
        group: (u,) of each unit: its own, or shuffled to see what chance does.
        weights: (subjects,) how often each subject counts.
    """
    groups, levels = len(grouped.names), len(grouped.thresholds)
    one, other = group[grouped.left], group[grouped.right]
    cell = (np.minimum(one, other) * groups + np.maximum(one, other)) * levels
    weight = weights[grouped.subject]
    each = weight[grouped.left] * weight[grouped.right] * grouped.share
    size = groups * groups * levels
    exact = np.bincount(cell + grouped.reached - 1, each, minlength=size)
    alike = np.cumsum(exact.reshape(groups, groups, levels)[..., ::-1], axis=2)[..., ::-1]
    alike = np.where(_upper(groups)[..., None], alike, alike.transpose(1, 0, 2))
    compared = people_compared(grouped, group, weights)[..., None]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(compared > 0, alike / compared, np.nan))


def _upper(groups: int) -> NDArray[np.bool_]:
    return np.triu(np.ones((groups, groups), np.bool_))


def people_compared(grouped: Grouped, group: Int, weights: Float) -> Float:
    """Return (g, g) how many pairs of two subjects are compared within and across groups."""
    groups = len(grouped.names)
    cell = grouped.subject * groups + group
    held = np.bincount(cell, weights[grouped.subject], minlength=grouped.subjects * groups)
    held = held.reshape(grouped.subjects, groups)
    total = held.sum(axis=0)
    # A subject, or a subject drawn twice, is not compared with itself.
    pairs = np.outer(total, total) - held.T @ held
    return np.asarray(np.where(np.eye(groups, dtype=np.bool_), pairs / 2, pairs))


def mean_by_group(values: Float, grouped: Grouped, group: Int, weights: Float) -> Float:
    """Return (g, t) means of (u, t) values over the units of each group; NaN are left out."""
    groups = len(grouped.names)
    known = np.isfinite(values[:, 0])
    weight = np.where(known, weights[grouped.subject], 0.0)
    member = np.zeros((groups, len(group)))
    member[group, np.arange(len(group))] = weight
    total = member.sum(axis=1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = (member @ np.where(known[:, None], values, 0.0)) / total
    return np.asarray(np.where(total > 0, mean, np.nan))
