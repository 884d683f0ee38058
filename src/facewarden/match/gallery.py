"""The match stage: the nearest subjects of a probe."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Protocol

from facewarden.data import Candidates, GalleryEntry, Int64, Templates


class Gallery(Protocol):
    """Searches the references of all subjects being looked for.

    A gallery never changes: `changed` returns another one, which shares what stayed the same. Any
    number of threads may search while a new one is being made.
    """

    @property
    def model_id(self) -> str:
        """The embedder that made the references."""
        ...

    @property
    def subjects(self) -> int:
        """How many subjects can be found, expired ones included."""
        ...

    @property
    def reference_ids(self) -> Int64:
        """(r,) ids of all references, ascending."""
        ...

    def search(
        self, probes: Templates, k: int, at: datetime, *, expired: bool = False
    ) -> Candidates:
        """Return the k nearest subjects that have not expired at `at`, best first.

        Subjects of equal similarity come in the order of their ids. With `expired`, search only
        those that have expired, so that a missing alert can be explained.

        Raises:
            DataError: probes of another model.
        """
        ...

    def changed(
        self,
        added: Iterable[GalleryEntry],
        removed: Collection[int],
        expires_at: Mapping[int, datetime],
    ) -> "Gallery":
        """Return this gallery without the references `removed` and with those `added`.

        Args:
            added: references; one whose id is there already takes its place.
            removed: reference ids; ids that are not there do not matter.
            expires_at: the end of every subject that has one, UTC; others have none from now on.

        Raises:
            DataError: a template that is not a finite unit vector, or of another length.
        """
        ...
