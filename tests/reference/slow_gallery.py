"""The gallery as one would say it aloud: subject by subject, reference by reference."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import numpy as np

from facewarden.data import GalleryEntry
from facewarden.match.exact_gallery import SubjectScore


def search(
    entries: Sequence[GalleryEntry],
    probe: np.ndarray[tuple[int], np.dtype[np.float32]],
    k: int,
    at: datetime,
    *,
    expires_at: Mapping[int, datetime],
    score: SubjectScore,
    expired: bool,
) -> list[tuple[int, int, float]]:
    """Return up to k (subject, its nearest reference, similarity), best first."""
    found = []
    for subject_id in {entry.subject_id for entry in entries}:
        has_expired = subject_id in expires_at and expires_at[subject_id] <= at
        if has_expired != expired:
            continue
        own = [entry for entry in entries if entry.subject_id == subject_id]
        each = [
            float(entry.template.astype(np.float64) @ probe.astype(np.float64)) for entry in own
        ]
        best = max(each)
        mean = np.mean([entry.template.astype(np.float64) for entry in own], axis=0)
        pooled = float(mean / np.linalg.norm(mean) @ probe.astype(np.float64))
        similarity = {
            SubjectScore.BEST: best,
            SubjectScore.POOLED: pooled,
            SubjectScore.BOTH: (best + pooled) / 2,
        }[score]
        found.append((subject_id, own[each.index(best)].reference_id, similarity))
    return sorted(found, key=lambda row: -row[2])[:k]
