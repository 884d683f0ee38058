"""Rates by group, each comparison looked at by itself."""

import math
from itertools import combinations

import numpy as np

from facewarden.data import Float32


def false_match_rate(
    vectors: Float32, subject: list[int], group: list[int], pair: tuple[int, int], least: float
) -> float:
    """Return the mean over pairs of subjects of the share of their comparisons that match."""
    g, h = pair
    compared: dict[tuple[int, int, int, int], list[bool]] = {}
    for i, j in combinations(range(len(vectors)), 2):
        if subject[i] == subject[j]:
            continue
        one, other = (i, j) if (group[i], subject[i]) < (group[j], subject[j]) else (j, i)
        if (group[one], group[other]) != (min(g, h), max(g, h)):
            continue
        key = (subject[one], group[one], subject[other], group[other])
        compared.setdefault(key, []).append(float(vectors[i] @ vectors[j]) >= least)
    return float(np.mean([np.mean(m) for m in compared.values()])) if compared else math.nan


def false_non_match_rate(
    vectors: Float32, subject: list[int], group: list[int], g: int, least: float
) -> float:
    shares = []
    for person in sorted(set(subject)):
        own = [i for i, s in enumerate(subject) if s == person and group[i] == g]
        missed = [float(vectors[i] @ vectors[j]) < least for i, j in combinations(own, 2)]
        if missed:
            shares.append(np.mean(missed))
    return float(np.mean(shares)) if shares else math.nan


def false_positive_rate(
    vectors: Float32, subject: list[int], group: list[int], g: int, least: float, enrolled: int
) -> float:
    """Return the share of photographs that match, over every watchlist that can be made."""
    first = {person: subject.index(person) for person in sorted(set(subject))}
    shares = []
    for person in first:
        own = [i for i, s in enumerate(subject) if s == person and group[i] == g]
        others = [first[p] for p in first if p != person]
        lists = list(combinations(others, enrolled))
        if own:
            shares.append(
                np.mean(
                    [
                        any(float(vectors[i] @ vectors[j]) >= least for j in chosen)
                        for i in own
                        for chosen in lists
                    ]
                )
            )
    return float(np.mean(shares)) if shares else math.nan
