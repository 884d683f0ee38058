"""The routes of references."""

from facewarden.api.jobs import Job
from facewarden.api.references import Reference
from facewarden.client.connection import Connection, Seen


class References:
    """The routes of references; errors are those of `client.errors`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def import_references(
        self,
        data: bytes,
        *,
        watchlist: str,
        category: str = "",
        legal_basis: str = "",
        authorised_by: str = "",
        live: bool = False,
    ) -> Job:
        """Enrol an archive of photographs; the job tells what became of each."""
        return self._connection.call(
            Job,
            "POST",
            "/api/v1/references/import",
            query={
                "watchlist": watchlist,
                "category": category,
                "legal_basis": legal_basis,
                "authorised_by": authorised_by,
                "live": live,
            },
            body=data,
            once=True,
        )

    def get_reference(self, reference_id: int) -> Seen[Reference]:
        """Return what is known of a photograph."""
        return self._connection.seen(
            Reference, "GET", "/api/v1/references/{reference_id}", {"reference_id": reference_id}
        )

    def remove_reference(self, reference_id: int, etag: str) -> None:
        """Remove a photograph and its templates, for good; its subject stays."""
        self._connection.send(
            "DELETE", "/api/v1/references/{reference_id}", {"reference_id": reference_id}, etag=etag
        )

    def get_image(self, reference_id: int) -> bytes:
        """Return the photograph as a JPEG; that it was read is audited."""
        return self._connection.send(
            "GET", "/api/v1/references/{reference_id}/image", {"reference_id": reference_id}
        ).content
