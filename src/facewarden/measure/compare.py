"""Pairs of photographs compared, and what could not be compared, file by file."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from facewarden.errors import InputError
from facewarden.evaluate.verification import PairScores
from facewarden.measure.pairs import Pairs, subjects_of, take
from facewarden.measure.photographs import Embedded, duplicates

BLOCK = 65_536
"""Pairs whose templates are gathered at once: 64 MB for vectors of 128."""


@dataclass(frozen=True, slots=True)
class Unread:
    """A file that a list names and that cannot be read, with how many pairs it costs."""

    path: Path
    reason: str
    pairs: int


@dataclass(frozen=True, slots=True)
class Compared:
    """What became of a list of pairs.

    Attributes:
        scores: of the pairs that could be compared.
        pairs: those pairs, in the same order.
        unread: files that are missing or no pictures; their pairs are left out.
        lost: how many pairs that is.
        same_content: pairs left out because both sides are one and the same photograph.
        faceless: files without a face; their pairs stay, with the similarity 0.
        copies: files of one content under two names.
    """

    scores: PairScores
    pairs: Pairs
    unread: tuple[Unread, ...]
    lost: int
    same_content: tuple[tuple[Path, Path], ...]
    faceless: tuple[Path, ...]
    copies: tuple[tuple[Path, Path], ...]


def compare(pairs: Pairs, embedded: Embedded) -> Compared:
    """Compare pairs by the templates of their files.

    A photograph compared with itself measures nothing, whatever the names of its copies; such
    pairs are left out.

    Args:
        embedded: every file of the pairs.

    Raises:
        InputError: of one kind of pairs nothing is left to compare.
    """
    place = {path: i for i, path in enumerate(embedded.paths)}
    left = np.array([place[path] for path in pairs.left], np.int64)
    right = np.array([place[path] for path in pairs.right], np.int64)
    content = np.unique(embedded.digest, return_inverse=True)[1].ravel()
    unread = np.array([not digest for digest in embedded.digest], np.bool_)
    lost = unread[left] | unread[right]
    itself = ~lost & (content[left] == content[right])
    kept = np.flatnonzero(~lost & ~itself)
    used = take(pairs, kept.tolist())
    for kind, count in (("one person", used.same.sum()), ("two people", (~used.same).sum())):
        if not count:
            raise InputError(
                f"no pair of {kind} is left to compare",
                found=f"{int(lost.sum())} of {len(pairs)} pairs name files that cannot be read",
                remedy="check the folder: it must hold the files that the list names",
            )
    subject = subjects_of(pairs)
    similarity = np.zeros(len(used))
    for start in range(0, len(kept), BLOCK):
        rows = kept[start : start + BLOCK]
        similarity[start : start + BLOCK] = np.einsum(
            "nd,nd->n", embedded.vectors[left[rows]], embedded.vectors[right[rows]]
        )
    scores = PairScores(
        similarity,
        used.same,
        used.fold,
        np.array([subject[path] for path in used.left], np.int64),
        np.array([subject[path] for path in used.right], np.int64),
        max(subject.values()) + 1,
    )
    costs = Counter(
        place
        for one, other in zip(left.tolist(), right.tolist(), strict=True)
        for place in {one, other}
    )
    return Compared(
        scores,
        used,
        tuple(
            Unread(path, "missing" if not path.exists() else embedded.faults[i], costs[i])
            for i, path in enumerate(embedded.paths)
            if unread[i]
        ),
        int(lost.sum()),
        tuple((pairs.left[row], pairs.right[row]) for row in np.flatnonzero(itself).tolist()),
        tuple(
            path for i, path in enumerate(embedded.paths) if not unread[i] and not embedded.found[i]
        ),
        tuple(
            (embedded.paths[first], embedded.paths[again])
            for first, again in duplicates(embedded.digest)
        ),
    )
