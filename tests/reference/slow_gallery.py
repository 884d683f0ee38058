"""The gallery as one would say it aloud: subject by subject, reference by reference."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import numpy as np

from facewarden.data import GalleryEntry
from facewarden.match.subject_score import SubjectScore


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
    """Return up to k (subject, its nearest reference, similarity), best first.

    Of equal subjects and references, equal to float32, the one of the lower id comes first.
    """
    found = []
    for subject_id in {entry.subject_id for entry in entries}:
        has_expired = subject_id in expires_at and expires_at[subject_id] <= at
        if has_expired != expired:
            continue
        own = sorted(
            (entry for entry in entries if entry.subject_id == subject_id),
            key=lambda entry: entry.reference_id,
        )
        each = [
            float(entry.template.astype(np.float64) @ probe.astype(np.float64)) for entry in own
        ]
        best = max(each)
        mean = np.mean([entry.template.astype(np.float64) for entry in own], axis=0)
        length = np.linalg.norm(mean)
        # Opposite references have a mean that points nowhere.
        pooled = float(mean / length @ probe.astype(np.float64)) if length >= 1e-3 else 0.0
        similarity = {
            SubjectScore.BEST: best,
            SubjectScore.POOLED: pooled,
            SubjectScore.BOTH: (best + pooled) / 2,
        }[score]
        found.append(
            (subject_id, own[int(np.argmax(np.array(each, np.float32)))].reference_id, similarity)
        )
    return sorted(found, key=lambda row: (-np.float32(row[2]), row[0]))[:k]
