"""The watchlists as enrolment sees them on behalf of somebody who sees only some of them."""

from collections.abc import Sequence

from facewarden.data import GalleryEntry, NewReference, Subject, SubjectDetails
from facewarden.errors import EnrolmentRefused
from facewarden.server.asking import Asker
from facewarden.store.watchlists import Watchlists


class ScopedRegister:
    """A pipeline.enrol.Register in which subjects that somebody may not see do not exist.

    Args:
        only: every photograph is of this subject; None: whoever the details name.
    """

    def __init__(self, asker: Asker, only: Subject | None = None) -> None:
        self._asker = asker
        self._lists: Watchlists = asker.context.store.watchlists
        self._only = only

    def find_subject(
        self, *, external_reference: str = "", name: str = "", watchlist: str = ""
    ) -> Subject | None:
        """Return the subject with this external reference, or this name on this watchlist."""
        if self._only is not None:
            return self._lists.subject(self._only.subject_id)
        return self._lists.find_subject(
            external_reference=external_reference,
            name=name,
            watchlist=watchlist,
            seen=self._asker.watchlists,
        )

    def ensure(self, name: str) -> None:
        """Make no list: the request was for one that is there."""

    def add_subject(self, details: SubjectDetails, watchlist: str) -> int:
        """Add a subject and return its id."""
        return self._lists.add_subject(details, watchlist, seen=self._asker.watchlists)

    def place(self, subject_id: int, watchlist: str) -> None:
        """Put a subject on one more watchlist."""
        self._lists.place(subject_id, watchlist)

    def subject(self, subject_id: int) -> Subject:
        """Return a subject."""
        return self._lists.subject(subject_id)

    def add_references(self, subject_id: int, references: Sequence[NewReference]) -> list[int]:
        """Add references to a subject in one transaction.

        Raises:
            EnrolmentRefused: the subject is also on lists that the asker may not see.
        """
        if not all(map(self._asker.who.sees_watchlist, self.subject(subject_id).watchlists)):
            raise EnrolmentRefused(
                "others look for this subject, too", remedy="ask somebody who sees all of its lists"
            )
        return self._lists.add_references(subject_id, references)

    def holds_file(self, data: bytes) -> tuple[int, int] | None:
        """Return subject and reference id of the same file, or None."""
        found = self._lists.holds_file(data)
        if found is None or not self._sees(self._lists.subject(found[0])):
            return None
        return found

    def gallery(self, model_id: str, watchlists: Sequence[str]) -> list[GalleryEntry]:
        """Return every reference of the subjects on these watchlists."""
        return self._lists.gallery(model_id, watchlists)

    def _sees(self, subject: Subject) -> bool:
        return self._asker.sees_subject(subject.watchlists)
