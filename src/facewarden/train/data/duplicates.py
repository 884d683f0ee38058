"""Photographs that are there twice: the same bytes, or nearly the same picture."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from facewarden.data import Float32, Int64


@dataclass(frozen=True, slots=True)
class Copies:
    """Files of the same content.

    Attributes:
        of_one: (place, first) of files whose content the same person has before.
        of_two: places of files whose content stands under several people; nobody knows whose.
    """

    of_one: tuple[tuple[int, int], ...]
    of_two: tuple[tuple[int, ...], ...]


def copies(digests: Sequence[str], subjects: Sequence[str]) -> Copies:
    """Return which files have the content of others; files without a digest have none."""
    places: dict[str, list[int]] = defaultdict(list)
    for place, digest in enumerate(digests):
        if digest:
            places[digest].append(place)
    of_one, of_two = [], []
    for same in places.values():
        if len({subjects[place] for place in same}) > 1:
            of_two.append(tuple(same))
        else:
            of_one += [(place, same[0]) for place in same[1:]]
    return Copies(tuple(sorted(of_one)), tuple(sorted(of_two)))


def near_pairs(vectors: Float32, labels: Int64, least: float) -> list[tuple[int, int, float]]:
    """Return pairs of rows of one person whose templates are alike, most alike first.

    Args:
        vectors: (n, d) unit rows.
        labels: (n,) person of each.
        least: similarity from which a pair counts.
    """
    found = []
    for rows in rows_by_label(labels):
        similarity = vectors[rows] @ vectors[rows].T
        for left, right in np.argwhere(np.triu(similarity >= least, 1)).tolist():
            found.append((int(rows[left]), int(rows[right]), float(similarity[left, right])))
    return sorted(found, key=lambda pair: (-pair[2], pair[0], pair[1]))


def groups(count: int, pairs: Sequence[tuple[int, int]]) -> Int64:
    """Return for each of `count` things the lowest of those it is connected with by pairs."""
    head = list(range(count))

    def find(one: int) -> int:
        while head[one] != one:
            head[one] = head[head[one]]
            one = head[one]
        return one

    for left, right in pairs:
        low, high = sorted((find(left), find(right)))
        head[high] = low
    return np.array([find(one) for one in range(count)], np.int64)


def rows_by_label(labels: Int64) -> list[NDArray[np.int64]]:
    """Return the rows of each label, in the order of the labels."""
    order = np.argsort(labels, kind="stable").astype(np.int64)
    starts = np.flatnonzero(np.diff(labels[order])) + 1
    return [rows for rows in np.split(order, starts) if len(rows)]
