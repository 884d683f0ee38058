"""The match stage: the nearest subjects of a probe."""

from datetime import datetime
from typing import Protocol

from facewarden.data import Candidates, Templates


class Gallery(Protocol):
    """Searches the references of all subjects being looked for."""

    @property
    def model_id(self) -> str:
        """The embedder that made the references."""
        ...

    @property
    def subjects(self) -> int:
        """How many subjects can be found, expired ones included."""
        ...

    def search(
        self, probes: Templates, k: int, at: datetime, *, expired: bool = False
    ) -> Candidates:
        """Return the k nearest subjects that have not expired at `at`, best first.

        With `expired`, search only those that have, so that a missing alert can be explained.

        Raises:
            DataError: probes of another model.
        """
        ...
