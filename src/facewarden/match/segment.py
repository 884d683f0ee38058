"""A part of a gallery: some subjects with all their references; never changed once built."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic

import numpy as np
from numpy.typing import NDArray

from facewarden.data import Float32, Int64
from facewarden.match.columns import Columns, Kept
from facewarden.match.scan import Scan
from facewarden.match.subject_score import SubjectScore

Positions = NDArray[np.int64]

CANCELLED = 1e-3
"""References whose mean is shorter point nowhere together; their pooled similarity is 0."""

SCORED_AT_ONCE = 4096
"""Subjects whose vectors are restored at once: some 4 MB of float64."""


@dataclass(frozen=True, slots=True)
class Segment(Generic[Kept]):
    """s subjects with r references, sorted by subject and then by reference.

    Attributes:
        subject_id: (s,) ascending.
        start: (s + 1,) the first reference of each subject, and r.
        weight: (s,) 1 / length of the sum of a subject's references: the similarity to their mean
            is the sum of the similarities times this. 1 where there is one reference only.
        pooled: (p,) positions of the subjects with several references: the rows of the scan from
            r on are the means of theirs.
    """

    subject_id: Int64
    start: NDArray[np.int32]
    reference_id: Int64
    weight: Float32
    pooled: NDArray[np.unsignedinteger[Any]]
    vectors: Kept
    scan: Scan
    score: SubjectScore

    @classmethod
    def build(
        cls, columns: Columns[Kept], scan: Callable[[Float32], Scan], score: SubjectScore
    ) -> "Segment[Kept]":
        """Sort references by subject, pool and scan them; at least one."""
        ordered = columns.in_order()
        vectors = ordered.vectors.restored(slice(None))
        subject_id, first = np.unique(ordered.owner, return_index=True)
        start = np.append(first, len(ordered)).astype(np.int32)
        several = np.flatnonzero(np.diff(start) > 1).astype(np.int32)
        weight = np.ones(len(subject_id), np.float32)
        scanned = vectors
        if len(several):
            rows, own = _rows_of(start, several)
            sums = np.add.reduceat(vectors[rows].astype(np.float64), own, axis=0)
            length = np.linalg.norm(sums, axis=1)
            points = length >= CANCELLED * np.diff(start)[several]
            weight[several] = np.where(points, 1 / np.maximum(length, CANCELLED), 0)
            means = (sums * weight[several, None]).astype(np.float32)
            if score is not SubjectScore.BEST:
                scanned = np.concatenate([vectors, means])
        return cls(
            subject_id,
            start,
            ordered.reference_id,
            weight,
            several[: len(scanned) - len(vectors)].astype(np.min_scalar_type(len(subject_id))),
            ordered.vectors,
            scan(scanned),
            score,
        )

    def __len__(self) -> int:
        return len(self.reference_id)

    @property
    def nbytes(self) -> int:
        """Bytes in memory."""
        arrays = (self.subject_id, self.start, self.reference_id, self.weight, self.pooled)
        return sum(array.nbytes for array in arrays) + self.vectors.nbytes + self.scan.nbytes

    @property
    def owner(self) -> Int64:
        """(r,) the subject of each reference."""
        return np.repeat(self.subject_id, np.diff(self.start))

    def columns(self, positions: Positions) -> Columns[Kept]:
        """Return the references of some subjects."""
        rows, _ = _rows_of(self.start, positions)
        return Columns(self.owner, self.reference_id, self.vectors).take(rows)

    def positions(self, subject_ids: Int64) -> Positions:
        """Return where those of `subject_ids` stand that are in this segment."""
        place: Positions = np.searchsorted(self.subject_id, subject_ids)
        inside = place < len(self.subject_id)
        place = place[inside]
        found: Positions = np.unique(place[self.subject_id[place] == subject_ids[inside]])
        return found

    def positions_of_references(self, reference_ids: Int64) -> Positions:
        """Return the subjects here that have any of the references; ids ascending."""
        if not len(reference_ids):
            return np.zeros(0, np.int64)
        rows = np.flatnonzero(is_in(self.reference_id, reference_ids))
        return self.owners_of(rows)

    def owners_of(self, scanned: Int64) -> Positions:
        """Return the positions of the subjects of scanned rows, ascending, each once."""
        r = len(self.reference_id)
        if len(self.subject_id) == r:
            return np.sort(scanned)
        place = np.searchsorted(self.start, np.minimum(scanned, r - 1), side="right") - 1
        means = scanned >= r
        place[means] = self.pooled[scanned[means] - r]
        return np.unique(place)

    def similarity(self, probe: Float32, positions: Positions) -> tuple[Float32, Positions]:
        """Return the similarity (c,) of some subjects and the row (c,) of the nearest reference.

        Summed in float64 and rounded once: subjects with equal references are exactly equal.

        Args:
            probe: (d,) unit vector.
            positions: (c,) of the subjects, ascending.
        """
        wide = probe.astype(np.float64)
        blocks = [
            self._block(wide, positions[begin : begin + SCORED_AT_ONCE])
            for begin in range(0, len(positions), SCORED_AT_ONCE)
        ]
        if len(blocks) == 1:
            return blocks[0]
        return np.concatenate([s for s, _ in blocks]), np.concatenate([r for _, r in blocks])

    def _block(self, probe: NDArray[np.float64], positions: Positions) -> tuple[Float32, Positions]:
        if len(self.subject_id) == len(self.reference_id):
            return (self.vectors.restored(positions) @ probe).astype(np.float32), positions
        rows, own = _rows_of(self.start, positions)
        each = self.vectors.restored(rows) @ probe
        rounded = each.astype(np.float32)
        best = np.maximum.reduceat(rounded, own)
        size = np.diff(np.append(own, len(rows)))
        is_best = rounded == np.repeat(best, size)
        nearest = np.minimum.reduceat(np.where(is_best, rows, len(self)), own)
        if self.score is SubjectScore.BEST:
            return best, nearest
        summed = np.add.reduceat(each, own)
        pooled = np.where(size > 1, summed * self.weight[positions], summed)
        if self.score is SubjectScore.POOLED:
            return pooled.astype(np.float32), nearest
        both = (np.maximum.reduceat(each, own) + pooled) / 2
        return both.astype(np.float32), nearest


def _rows_of(start: NDArray[np.int32], positions: NDArray[Any]) -> tuple[Positions, Positions]:
    """Return the rows of some subjects, one after the other, and where each subject begins."""
    size = (start[positions + 1] - start[positions]).astype(np.int64)
    own = np.cumsum(size) - size
    rows = np.arange(size.sum()) + np.repeat(start[positions] - own, size)
    return rows, own


def is_in(ids: Int64, wanted: Int64) -> NDArray[np.bool_]:
    """Tell which of `ids` are among `wanted`, which ascends and is not empty."""
    place = np.minimum(np.searchsorted(wanted, ids), len(wanted) - 1)
    among: NDArray[np.bool_] = wanted[place] == ids
    return among
