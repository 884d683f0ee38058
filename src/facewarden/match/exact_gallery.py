"""Exact search over every reference in memory."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from facewarden.data import Float32, GalleryEntry
from facewarden.match.faiss_scan import ByteScan
from facewarden.match.kept_vectors import WholeVectors
from facewarden.match.scan import Scan, WholeScan
from facewarden.match.segmented_gallery import SegmentedGallery
from facewarden.match.subject_score import SubjectScore

__all__ = ["ExactGallery", "SubjectScore"]

WHOLE_UP_TO = 16_384
"""Vectors multiplied as they are: at so many, 0.3 ms a probe need no second copy in bytes."""


class ExactCoding:
    """float32 vectors, passed over as bytes where they are many."""

    segment_rows = 131_072
    """So that 100,000 references are one segment: writing it anew takes 0.2 s."""

    def keep(self, vectors: Float32) -> WholeVectors:
        """Keep (r, d) unit vectors as they are."""
        return WholeVectors.of(vectors)

    def scan(self, vectors: Float32) -> Scan:
        """Make the first pass over (r, d) vectors; its error is bounded."""
        return WholeScan(vectors) if len(vectors) <= WHOLE_UP_TO else ByteScan(vectors)


class ExactGallery(SegmentedGallery[WholeVectors]):
    """Finds the very k nearest subjects, with the cosine rounded once to float32.

    Made for up to 100,000 references: 4 bytes a number, and 1 more where there are many.
    """

    def __init__(
        self,
        entries: Iterable[GalleryEntry],
        model_id: str,
        *,
        expires_at: Mapping[int, datetime] | None = None,
        score: SubjectScore = SubjectScore.BOTH,
    ) -> None:
        super().__init__(model_id, score, ExactCoding())
        self._pieces = self.changed(entries, (), expires_at or {}).pieces
