"""Forensic look-ups: who searched for a face, and on whose authority."""

from typing import Annotated

from pydantic import Field, StringConstraints

from facewarden.api.search import Found
from facewarden.api.wire import UtcTime, Wire
from facewarden.api.words import Line, Paragraphs
from facewarden.data.lookup import LookupState as LookupState

Text = Annotated[Paragraphs, StringConstraints(min_length=1, max_length=2000)]


class Lookup(Wire):
    """A look-up, without its result."""

    lookup_id: int
    state: LookupState = Field(
        description="pending: urgent, not authorised yet. locked: nobody authorised it in time."
    )
    urgent: bool
    reference: str = Field(description="Of the document that authorises it.")
    purpose: str
    legal_basis: str
    watchlists: tuple[str, ...] = Field(description="Those that were searched.")
    requested_by: str
    requested_at: UtcTime
    authorise_before: UtcTime | None = Field(
        description="When its result is locked unless a second person authorises it."
    )
    authorised_by: str = Field(description="Who authorised or refused it afterwards.")
    authorised_at: UtcTime | None
    refusal: str
    audit_position: int = Field(description="Of its entry in the audit log.")


class LookupResult(Wire):
    """A look-up with what it gave."""

    lookup: Lookup
    found: Found = Field(description="Names of subjects who were removed since are missing.")


class Authorisation(Wire):
    """An authorisation afterwards."""

    reference: Annotated[Line, StringConstraints(min_length=1)] = Field(
        description="Of the document that authorises it."
    )


class Refusal(Wire):
    """Why it is not authorised."""

    reason: Text
