"""References as columns, on their way into a segment or out of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from facewarden.data import Float32, GalleryEntry, Int64
from facewarden.errors import DataError
from facewarden.match.kept_vectors import KeptVectors

Kept = TypeVar("Kept", bound=KeptVectors)

LENGTH_WITHIN = 1e-3
"""As in `Templates`."""


@dataclass(frozen=True, slots=True)
class Columns(Generic[Kept]):
    """r references: their subjects (r,), their ids (r,) and their vectors."""

    owner: Int64
    reference_id: Int64
    vectors: Kept

    def __len__(self) -> int:
        return len(self.owner)

    def take(self, rows: NDArray[Any]) -> "Columns[Kept]":
        """Return the chosen rows, by index or by mask."""
        return Columns(self.owner[rows], self.reference_id[rows], self.vectors.take(rows))

    def in_order(self) -> "Columns[Kept]":
        """Return the rows by subject, then by reference."""
        return self.take(np.lexsort((self.reference_id, self.owner)))


def joined(parts: Sequence[Columns[Kept]]) -> Columns[Kept]:
    """Put parts one below the other; at least one."""
    kind = type(parts[0].vectors)
    return Columns(
        np.concatenate([part.owner for part in parts]),
        np.concatenate([part.reference_id for part in parts]),
        kind.joined([part.vectors for part in parts]),
    )


def read_entries(
    entries: Iterable[GalleryEntry], dimension: int | None
) -> tuple[Int64, Int64, Float32]:
    """Return subjects (r,), reference ids (r,) and vectors (r, d) of references.

    Raises:
        DataError: a template that is not a finite unit vector of `dimension`; None takes that of
            the first.
    """
    given = list(entries)
    if not given:
        none = np.zeros(0, np.int64)
        return none, none, np.zeros((0, dimension or 0), np.float32)
    expected = (dimension if dimension is not None else given[0].template.size,)
    for entry in given:
        if entry.template.shape != expected:
            raise _refused(entry, f"{expected[0]} numbers", f"shape {entry.template.shape}")
    vectors = np.stack([entry.template for entry in given]).astype(np.float32)
    length = np.sqrt(np.einsum("rd,rd->r", vectors, vectors))
    # Written so that NaN is wrong too.
    wrong = np.flatnonzero(~(np.abs(length - 1) <= LENGTH_WITHIN))
    if len(wrong):
        raise _refused(given[wrong[0]], "a finite unit vector", f"length {length[wrong[0]]:g}")
    return (
        np.array([entry.subject_id for entry in given], np.int64),
        np.array([entry.reference_id for entry in given], np.int64),
        vectors,
    )


def _refused(entry: GalleryEntry, expected: str, found: str) -> DataError:
    return DataError(
        f"the template of reference {entry.reference_id} of subject {entry.subject_id} "
        "cannot be searched",
        expected=expected,
        found=found,
        remedy="remove that reference and enrol the photograph again",
    )
