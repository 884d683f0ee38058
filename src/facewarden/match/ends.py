"""When the subjects of a segment stop matching."""

from collections.abc import Mapping
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from facewarden.data import Int64

Seconds = NDArray[np.float64]


class Ends:
    """(s,) seconds since 1970 at which each subject of a segment ends; never changed.

    Infinite without an end, NaN for one that has left the segment: NaN is neither before nor after
    any time.
    """

    def __init__(self, at_s: Seconds) -> None:
        self.at_s = at_s
        self._first = float(np.fmin.reduce(at_s))
        self.left = int(np.count_nonzero(np.isnan(at_s)))

    def __len__(self) -> int:
        return len(self.at_s)

    @property
    def nbytes(self) -> int:
        """Bytes in memory."""
        return self.at_s.nbytes

    @property
    def present(self) -> NDArray[np.bool_]:
        """(s,) who has not left."""
        return ~np.isnan(self.at_s)

    def without(self, positions: Int64) -> "Ends":
        """Return these, with some subjects gone from the segment."""
        if not len(positions):
            return self
        at_s = self.at_s.copy()
        at_s[positions] = np.nan
        return Ends(at_s)

    def replaced(self, at_s: Seconds) -> "Ends":
        """Return other ends for those who have not left."""
        return Ends(np.where(np.isnan(self.at_s), np.nan, at_s))

    def wanted(self, at: datetime, *, expired: bool) -> NDArray[np.bool_] | None:
        """Return (s,) who has an end after `at`, or with `expired` who has not; None means all."""
        now = at.timestamp()
        if expired:
            if self._first > now:
                return np.zeros(len(self.at_s), np.bool_)
            return self.at_s <= now
        if self._first > now and not self.left:
            return None
        return self.at_s > now


class ExpiryTable:
    """The ends of all subjects that have one, sorted, to be looked up for many at once."""

    def __init__(self, subject_id: Int64, at_s: Seconds) -> None:
        order = np.argsort(subject_id)
        self._subject_id, self._at_s = subject_id[order], at_s[order]

    @classmethod
    def read(cls, expires_at: Mapping[int, datetime]) -> "ExpiryTable":
        """Read the ends of subjects, UTC."""
        count = len(expires_at)
        return cls(
            np.fromiter(expires_at.keys(), np.int64, count),
            np.fromiter((end.timestamp() for end in expires_at.values()), np.float64, count),
        )

    def of(self, subject_id: Int64) -> Seconds:
        """Return (s,) seconds since 1970, infinite for subjects without an end."""
        if not len(self._subject_id):
            return np.full(len(subject_id), np.inf)
        place = np.minimum(np.searchsorted(self._subject_id, subject_id), len(self._subject_id) - 1)
        return np.where(self._subject_id[place] == subject_id, self._at_s[place], np.inf)
