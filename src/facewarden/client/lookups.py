"""The routes of lookups."""

from collections.abc import Iterator

from facewarden.api.lookups import Authorisation, Lookup, LookupResult, LookupState, Refusal
from facewarden.client.connection import Connection


class Lookups:
    """The routes of lookups; errors are those of `client.errors`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def list_lookups(self, *, state: LookupState | None = None) -> Iterator[Lookup]:
        """List your look-ups, or all of them where you may authorise them; the newest first."""
        return self._connection.pages(Lookup, "/api/v1/lookups", query={"state": state})

    def get_lookup(self, lookup_id: int) -> Lookup:
        """Read on whose authority somebody searched."""
        return self._connection.call(
            Lookup, "GET", "/api/v1/lookups/{lookup_id}", {"lookup_id": lookup_id}
        )

    def get_result(self, lookup_id: int) -> LookupResult:
        """Read what a look-up gave; that you did is audited. 422 while it is locked."""
        return self._connection.call(
            LookupResult, "GET", "/api/v1/lookups/{lookup_id}/result", {"lookup_id": lookup_id}
        )

    def authorise_lookup(self, lookup_id: int, given: Authorisation) -> Lookup:
        """Authorise an urgent look-up of somebody else, within 48 hours."""
        return self._connection.call(
            Lookup,
            "POST",
            "/api/v1/lookups/{lookup_id}/authorise",
            {"lookup_id": lookup_id},
            body=given,
        )

    def refuse_lookup(self, lookup_id: int, given: Refusal) -> Lookup:
        """Refuse an urgent look-up of somebody else: its result is deleted at once."""
        return self._connection.call(
            Lookup,
            "POST",
            "/api/v1/lookups/{lookup_id}/refuse",
            {"lookup_id": lookup_id},
            body=given,
        )
