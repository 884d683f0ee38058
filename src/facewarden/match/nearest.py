"""The nearest subjects of one segment: a first pass, then the similarity of those it names."""

import numpy as np
from numpy.typing import NDArray

from facewarden.data import Float32, Int64
from facewarden.match.columns import Kept
from facewarden.match.segment import Segment

WIDER = 8
"""By so much the first pass is widened where its answer did not suffice."""

ROUNDING = 2.0**-23
"""A similarity is rounded to float32 once; one step at 1, doubled."""

Found = tuple[Float32, Int64, Int64]
"""Similarity, subject id and reference id, (m,) each, best first."""


def nearest(
    segment: Segment[Kept], probes: Float32, k: int, wanted: NDArray[np.bool_] | None
) -> list[Found]:
    """Return for each probe the k nearest subjects of a segment; ties by subject id.

    The answer is exact where the scan is proven: rows that it did not name are then
    certainly less alike than the k-th found, or it is asked for more.

    Args:
        probes: (n, d) unit vectors.
        wanted: (s,) which subjects count; None means all.
    """
    everyone = np.arange(len(segment.subject_id)) if wanted is None else np.flatnonzero(wanted)
    if not len(everyone):
        return [_none() for _ in probes]
    depth = segment.scan.depth(k)
    if wanted is not None:
        depth = depth * len(segment.subject_id) // len(everyone)
    if depth >= min(len(segment), len(everyone)):
        return [_best(segment, probe, everyone, k) for probe in probes]
    ceiling, rows = segment.scan.best(probes, depth)
    return [
        _sure(segment, probe, k, wanted, ceiling[i], rows[i]) or _best(segment, probe, everyone, k)
        for i, probe in enumerate(probes)
    ]


def _sure(
    segment: Segment[Kept],
    probe: Float32,
    k: int,
    wanted: NDArray[np.bool_] | None,
    ceiling: Float32,
    rows: Int64,
) -> Found | None:
    """Score the subjects of the rows named; widen the first pass until that suffices.

    Returns None where even that does not help.
    """
    while True:
        named = segment.owners_of(rows[rows >= 0])
        if wanted is not None:
            named = named[wanted[named]]
        found = _best(segment, probe, named, k)
        certain = not segment.scan.proven or found[0][-1:] > ceiling.min() + ROUNDING
        if len(named) >= k and certain:
            return found
        depth = WIDER * len(rows)
        if depth >= len(segment):
            return None
        more, further = segment.scan.best(probe[None], depth)
        ceiling, rows = more[0], further[0]


def _best(segment: Segment[Kept], probe: Float32, positions: Int64, k: int) -> Found:
    if not len(positions):
        return _none()
    similarity, row = segment.similarity(probe, positions)
    # Positions ascend with subject ids, so that a stable sort leaves ties in the order of ids.
    if len(similarity) > WIDER * k:
        floor = np.partition(similarity, len(similarity) - k)[len(similarity) - k]
        kept = np.flatnonzero(similarity >= floor)
        positions, similarity, row = positions[kept], similarity[kept], row[kept]
    order = np.argsort(-similarity, kind="stable")[:k]
    return similarity[order], segment.subject_id[positions[order]], segment.reference_id[row[order]]


def _none() -> Found:
    return np.zeros(0, np.float32), np.zeros(0, np.int64), np.zeros(0, np.int64)
