"""Search over a million references: four bits a pair of numbers first, bytes for those named."""

from collections.abc import Iterator

import numpy as np

from facewarden.data import Float32
from facewarden.errors import DataError
from facewarden.match.columns import Columns
from facewarden.match.ends import ExpiryTable
from facewarden.match.exact_gallery import ExactGallery
from facewarden.match.faiss_scan import FourBitCodes
from facewarden.match.kept_vectors import ByteVectors
from facewarden.match.scan import Scan
from facewarden.match.segmented_gallery import Piece, SegmentedGallery


class CompressedCoding:
    """Vectors of bytes, passed over as codes of four bits."""

    segment_rows = 65_536
    """Writing one anew, 65,536 codes, takes 0.2 s; sixteen of them make a million."""

    def __init__(self, codes: FourBitCodes) -> None:
        self._codes = codes

    def keep(self, vectors: Float32) -> ByteVectors:
        """Keep (r, d) unit vectors as bytes."""
        return ByteVectors.of(vectors)

    def scan(self, vectors: Float32) -> Scan:
        """Make the first pass over (r, d) vectors; its recall is measured, not proven."""
        return self._codes.scan(vectors)


class CompressedGallery(SegmentedGallery[ByteVectors]):
    """Finds the nearest subjects among very many, in 1.25 d + 34 bytes a reference.

    The codes name candidates, whose similarity is then summed from bytes: off by at most `error`.
    They are learnt once, from the references that the gallery is made of.
    """

    def __init__(self, exact: ExactGallery) -> None:
        if not exact.pieces:
            raise DataError(
                "an empty gallery cannot be compressed", expected="references to learn codes from"
            )
        vectors = [segment.vectors.restored(slice(None)) for segment, _ in exact.pieces]
        coding = CompressedCoding(FourBitCodes(np.concatenate(vectors)))
        super().__init__(exact.model_id, exact.score, coding)
        self._pieces = self._with(self._packed(exact), _ends(exact)).pieces

    def _packed(self, exact: ExactGallery) -> Iterator[Piece[ByteVectors]]:
        for segment, ends in exact.pieces:
            columns = segment.columns(np.flatnonzero(ends.present))
            kept = self._coding.keep(columns.vectors.restored(slice(None)))
            yield from self._written(Columns(columns.owner, columns.reference_id, kept))


def _ends(exact: ExactGallery) -> ExpiryTable:
    """Return the ends of all subjects that are in a gallery."""
    subject_id = [segment.subject_id[ends.present] for segment, ends in exact.pieces]
    at_s = [ends.at_s[ends.present] for _, ends in exact.pieces]
    return ExpiryTable(np.concatenate(subject_id), np.concatenate(at_s))
