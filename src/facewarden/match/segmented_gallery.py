"""A gallery made of segments: what changes is written anew, what stays is shared."""

import copy
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Generic, Protocol, Self, TypeVar

import numpy as np

from facewarden.data import Candidates, Float32, GalleryEntry, Int64, Templates
from facewarden.errors import DataError
from facewarden.match.columns import Columns, Kept, joined, read_entries
from facewarden.match.ends import Ends, ExpiryTable
from facewarden.match.kept_vectors import KeptVectors
from facewarden.match.nearest import Found, nearest
from facewarden.match.scan import Scan
from facewarden.match.segment import Segment, is_in
from facewarden.match.subject_score import SubjectScore

MERGED_BELOW = 4
"""A segment is merged with the one before it unless that is so many times longer."""

REWRITTEN_FROM = 1 / 32
"""Share of subjects that have left a segment from which on it is written anew: so little memory is
lost to them. One segment at a time, the one that most have left, so that no change costs more."""


Kept_co = TypeVar("Kept_co", bound=KeptVectors, covariant=True)

Piece = tuple[Segment[Kept], Ends]


class Coding(Protocol[Kept_co]):
    """How the vectors of a gallery are kept, and how they are first passed over."""

    @property
    def segment_rows(self) -> int:
        """References of a full segment: few enough that writing one anew is quick."""
        ...

    def keep(self, vectors: Float32) -> Kept_co:
        """Keep (r, d) unit vectors."""
        ...

    def scan(self, vectors: Float32) -> Scan:
        """Make the first pass over (r, d) vectors."""
        ...


class SegmentedGallery(Generic[Kept]):
    """References in segments of limited length; implements `Gallery`.

    A subject has all its references in one segment: where it gains or loses one, they move to a new
    segment together. Small segments are merged as they gather, as in a log-structured merge tree
    (O'Neil et al., 1996), so that a change costs what it changes and at most one full segment.
    """

    def __init__(self, model_id: str, score: SubjectScore, coding: Coding[Kept]) -> None:
        self._model_id = model_id
        self._score = score
        self._coding = coding
        self._pieces: tuple[Piece[Kept], ...] = ()

    @property
    def model_id(self) -> str:
        """The embedder that made the references."""
        return self._model_id

    @property
    def score(self) -> SubjectScore:
        """How several references of one subject make one similarity."""
        return self._score

    @property
    def subjects(self) -> int:
        """How many subjects can be found, expired ones included."""
        return sum(len(ends) - ends.left for _, ends in self._pieces)

    @property
    def references(self) -> int:
        """How many references they have."""
        return len(self.reference_ids)

    @property
    def reference_ids(self) -> Int64:
        """(r,) ids of all references, ascending."""
        parts = [
            segment.reference_id[np.repeat(ends.present, np.diff(segment.start))]
            for segment, ends in self._pieces
        ]
        return np.sort(np.concatenate(parts)) if parts else np.zeros(0, np.int64)

    @property
    def nbytes(self) -> int:
        """Bytes in memory: vectors, codes, ids, ends and all."""
        return sum(segment.nbytes + ends.nbytes for segment, ends in self._pieces)

    @property
    def error(self) -> float:
        """No similarity to a single reference differs by more from the true cosine."""
        return max((segment.vectors.error for segment, _ in self._pieces), default=0.0)

    @property
    def dimension(self) -> int | None:
        """Numbers in a vector; None while there is none."""
        return self._pieces[0][0].vectors.dimension if self._pieces else None

    @property
    def pieces(self) -> tuple[Piece[Kept], ...]:
        """The segments, each with the ends of its subjects."""
        return self._pieces

    def search(
        self, probes: Templates, k: int, at: datetime, *, expired: bool = False
    ) -> Candidates:
        """Return the k nearest subjects that have not expired at `at`, best first.

        Args:
            probes: (n, d) of the gallery's model.
            k: columns of the answer; short rows are filled with NOBODY.
            at: the moment whose expiries count; UTC.
            expired: search only those that have expired instead (to explain a missing alert).

        Raises:
            DataError: probes of another model or of another dimension.
        """
        if not len(probes):
            return Candidates.none(0, k)
        probes.require_model(self._model_id)
        if self.dimension not in {None, probes.vectors.shape[1]}:
            raise DataError(
                "the probes do not fit the gallery",
                expected=f"{self.dimension} numbers",
                found=str(probes.vectors.shape[1]),
            )
        found = [
            nearest(segment, probes.vectors, k, ends.wanted(at, expired=expired))
            for segment, ends in self._pieces
        ]
        answer = Candidates.none(len(probes), k)
        for i in range(len(probes)):
            _merge(answer, i, [part[i] for part in found], k)
        return answer

    def changed(
        self,
        added: Iterable[GalleryEntry],
        removed: Collection[int],
        expires_at: Mapping[int, datetime],
    ) -> Self:
        """Return a gallery without the references `removed` and with those `added`.

        Args:
            added: references; one whose id is there already takes its place.
            removed: reference ids; ids that are not there do not matter.
            expires_at: the end of every subject that has one, UTC; others have none from now on.

        Raises:
            DataError: a template that is not a finite unit vector, or of another length.
        """
        owner, reference_id, vectors = read_entries(added, self.dimension)
        gone = np.fromiter(removed, np.int64, len(removed))
        gone = np.unique(np.concatenate([gone, reference_id]))
        moved = []
        pieces: list[Piece[Kept]] = []
        for segment, ends in self._pieces:
            touched = np.union1d(segment.positions(owner), segment.positions_of_references(gone))
            touched = touched[ends.present[touched]]
            if len(touched):
                columns = segment.columns(touched)
                moved.append(
                    columns.take(~is_in(columns.reference_id, gone)) if len(gone) else columns
                )
            pieces.append((segment, ends.without(touched)))
        moved.append(Columns(owner, reference_id, self._coding.keep(vectors)))
        pieces += self._written(joined(moved))
        return self._with(self._tidied(pieces), ExpiryTable.read(expires_at))

    def _written(self, columns: Columns[Kept]) -> Iterator[Piece[Kept]]:
        """Write references into segments, each with all references of its subjects."""
        columns = columns.in_order()
        begins = np.flatnonzero(np.diff(columns.owner, prepend=columns.owner[:1] - 1))
        start = 0
        while start < len(columns):
            full = begins[begins <= start + self._coding.segment_rows].max() if len(begins) else 0
            fits = len(columns) - start <= self._coding.segment_rows
            stop = len(columns) if fits else int(full)
            if stop == start:  # one subject with more references than a segment has
                later = begins[begins > start]
                stop = int(later[0]) if len(later) else len(columns)
            yield self._built(columns.take(np.arange(start, stop)))
            start = stop

    def _built(self, columns: Columns[Kept]) -> Piece[Kept]:
        segment = Segment.build(columns, self._coding.scan, self._score)
        return segment, Ends(np.full(len(segment.subject_id), np.inf))

    def _tidied(self, pieces: list[Piece[Kept]]) -> list[Piece[Kept]]:
        """Drop what has been left, write anew what has been left by many, merge what is small."""
        tidy: list[Piece[Kept]] = []
        most = max((ends.left for _, ends in pieces if ends.left < len(ends)), default=0)
        for segment, ends in pieces:
            if ends.left == len(ends):
                continue
            piece = (segment, ends)
            if ends.left == most > REWRITTEN_FROM * len(ends):
                piece = self._built(_living(piece))
                most = 0
            while tidy and self._small(tidy[-1], piece):
                piece = self._built(joined([_living(tidy.pop()), _living(piece)]))
            tidy.append(piece)
        return tidy

    def _small(self, before: Piece[Kept], piece: Piece[Kept]) -> bool:
        first, second = len(before[0]), len(piece[0])
        return first < MERGED_BELOW * second and first + second <= self._coding.segment_rows

    def _with(self, pieces: Iterable[Piece[Kept]], table: ExpiryTable) -> Self:
        other = copy.copy(self)
        other._pieces = tuple(
            (segment, ends.replaced(table.of(segment.subject_id))) for segment, ends in pieces
        )
        return other


def _living(piece: Piece[Kept]) -> Columns[Kept]:
    segment, ends = piece
    return segment.columns(np.flatnonzero(ends.present))


def _merge(answer: Candidates, i: int, parts: list[Found], k: int) -> None:
    """Write the best of all segments into row i of the answer; ties by subject id."""
    if not parts:
        return
    similarity, subject_id, reference_id = (
        np.concatenate(column) for column in zip(*parts, strict=True)
    )
    order = np.lexsort((subject_id, -similarity))[:k]
    answer.similarity[i, : len(order)] = np.clip(similarity[order], -1, 1)
    answer.subject_id[i, : len(order)] = subject_id[order]
    answer.reference_id[i, : len(order)] = reference_id[order]
