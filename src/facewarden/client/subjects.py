"""The routes of subjects."""

from collections.abc import Iterator

from facewarden.api.references import Enrolment, Reference
from facewarden.api.subjects import HeldBack, Merge, NewSubject, Split, Subject, SubjectChange
from facewarden.client.connection import Connection, Seen


class Subjects:
    """The routes of subjects; errors are those of `client.errors`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def list_subjects(self, *, watchlist: str | None = None, q: str = "") -> Iterator[Subject]:
        """List subjects, oldest first."""
        return self._connection.pages(
            Subject, "/api/v1/subjects", query={"watchlist": watchlist, "q": q}
        )

    def create_subject(self, new: NewSubject) -> Seen[Subject]:
        """Write a new subject down and place it on a watchlist."""
        return self._connection.seen(Subject, "POST", "/api/v1/subjects", body=new, once=True)

    def get_subject(self, subject_id: int) -> Seen[Subject]:
        """Return a subject."""
        return self._connection.seen(
            Subject, "GET", "/api/v1/subjects/{subject_id}", {"subject_id": subject_id}
        )

    def change_subject(self, subject_id: int, change: SubjectChange, etag: str) -> Seen[Subject]:
        """Change what is written down about a subject."""
        return self._connection.seen(
            Subject,
            "PATCH",
            "/api/v1/subjects/{subject_id}",
            {"subject_id": subject_id},
            body=change,
            etag=etag,
        )

    def remove_subject(self, subject_id: int, etag: str) -> None:
        """Remove a subject with all photographs and templates, for good."""
        self._connection.send(
            "DELETE", "/api/v1/subjects/{subject_id}", {"subject_id": subject_id}, etag=etag
        )

    def merge_subject(self, subject_id: int, merge: Merge, etag: str) -> Seen[Subject]:
        """Make one of two subjects who are the same person; the one in the path ends."""
        return self._connection.seen(
            Subject,
            "POST",
            "/api/v1/subjects/{subject_id}/merge",
            {"subject_id": subject_id},
            body=merge,
            etag=etag,
        )

    def split_subject(self, subject_id: int, split: Split, etag: str) -> Seen[Subject]:
        """Make a new subject of some photographs of one, on the same watchlists."""
        return self._connection.seen(
            Subject,
            "POST",
            "/api/v1/subjects/{subject_id}/split",
            {"subject_id": subject_id},
            body=split,
            etag=etag,
        )

    def place_subject(self, subject_id: int, watchlist: str) -> None:
        """Put a subject on one more watchlist; nothing happens when it is on it."""
        self._connection.send(
            "PUT",
            "/api/v1/subjects/{subject_id}/watchlists/{watchlist}",
            {"subject_id": subject_id, "watchlist": watchlist},
        )

    def withdraw_subject(self, subject_id: int, watchlist: str) -> None:
        """Take a subject off a watchlist; its photographs stay."""
        self._connection.send(
            "DELETE",
            "/api/v1/subjects/{subject_id}/watchlists/{watchlist}",
            {"subject_id": subject_id, "watchlist": watchlist},
        )

    def list_references(self, subject_id: int) -> list[Reference]:
        """List the photographs of a subject, oldest first."""
        return self._connection.call(
            list[Reference],
            "GET",
            "/api/v1/subjects/{subject_id}/references",
            {"subject_id": subject_id},
        )

    def list_held_back(self, subject_id: int) -> list[HeldBack]:
        """List the faces that were rejected as not being this subject."""
        return self._connection.call(
            list[HeldBack],
            "GET",
            "/api/v1/subjects/{subject_id}/held-back",
            {"subject_id": subject_id},
        )

    def add_reference(
        self,
        subject_id: int,
        data: bytes,
        *,
        filename: str = "photograph",
        face: str = "",
        live: bool = False,
    ) -> Enrolment:
        """Enrol a photograph of a subject; 422 says why it cannot be one."""
        return self._connection.call(
            Enrolment,
            "POST",
            "/api/v1/subjects/{subject_id}/references",
            {"subject_id": subject_id},
            query={"filename": filename, "face": face, "live": live},
            body=data,
            once=True,
        )
