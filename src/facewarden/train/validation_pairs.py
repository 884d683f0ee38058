"""Pairs to verify, drawn from labelled faces; the same labels and seed give the same pairs."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from facewarden.data import Int64

FOLDS = 10
"""As LFW's View 2."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """p pairs.

    Attributes:
        left, right: (p,) int64 places among the faces given.
        same: (p,) whether both show one person.
        fold: (p,) int64; nobody is in two folds.
    """

    left: Int64
    right: Int64
    same: NDArray[np.bool_]
    fold: Int64


def draw_pairs(people: Int64, *, most: int, seed: int) -> Pairs:
    """Draw pairs of one person and as many pairs of two people.

    People are dealt to ten folds, fewer where a fold would have less than two of them. Pairs lie
    within a fold. All pairs of one person are taken where there are no more than `most`.

    Args:
        people: (n,) who is on each face.
        most: pairs of one person, and of two.
    """
    random = np.random.default_rng(seed)
    names, who = np.unique(people, return_inverse=True)
    folds = max(1, min(FOLDS, len(names) // 2))
    fold_of = random.permutation(len(names)) % folds
    genuine = _genuine(who, most, random)
    # Where there are no two of one person there is nothing to verify, so that none are drawn.
    impostor = _impostor(who, fold_of, len(genuine), random)
    left, right = np.concatenate([genuine, impostor]).T
    same = np.arange(len(left)) < len(genuine)
    return Pairs(left, right, same, fold_of[who[left]].astype(np.int64))


def _genuine(who: NDArray[np.intp], most: int, random: np.random.Generator) -> Int64:
    order = np.argsort(who, kind="stable")
    groups = np.split(order, np.flatnonzero(np.diff(who[order])) + 1)
    counts = np.array([len(group) * (len(group) - 1) // 2 for group in groups])
    ends = np.cumsum(counts)
    total = int(ends[-1]) if len(ends) else 0
    # Numbered, not listed: a person with 10,000 faces has 50 million pairs.
    chosen = (
        np.arange(total)
        if total <= most
        else np.sort(random.choice(total, most, replace=False, shuffle=False))
    )
    pairs = np.zeros((len(chosen), 2), np.int64)
    for place, number in enumerate(chosen.tolist()):
        group = int(np.searchsorted(ends, number, side="right"))
        rest = number - int(ends[group] - counts[group])
        # Pairs (i, j), i < j, in the order (0,1), (0,2), (1,2), (0,3), ...
        j = int((1 + (1 + 8 * rest) ** 0.5) // 2)
        j -= j * (j - 1) // 2 > rest
        pairs[place] = groups[group][rest - j * (j - 1) // 2], groups[group][j]
    return pairs


def _impostor(
    who: NDArray[np.intp], fold_of: NDArray[np.intp], wanted: int, random: np.random.Generator
) -> Int64:
    """Draw pairs of two people of one fold, without repeats; fewer where there are no more."""
    found: dict[tuple[int, int], None] = {}
    fold = fold_of[who]
    members = [np.flatnonzero(fold == number) for number in range(fold_of.max(initial=0) + 1)]
    for _ in range(20):  # of each round at least a share holds; small data run out of pairs
        if len(found) >= wanted or not len(who):
            break
        left = random.integers(len(who), size=2 * wanted)
        right = np.array(
            [group[random.integers(len(group))] for group in (members[fold[one]] for one in left)],
            np.int64,
        )
        for one, other in zip(left.tolist(), right.tolist(), strict=True):
            if who[one] != who[other] and len(found) < wanted:
                found.setdefault((min(one, other), max(one, other)))
    return np.array(list(found), np.int64).reshape(-1, 2)
