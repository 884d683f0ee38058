"""A forensic look-up: one uploaded picture against watchlists, on somebody's authority."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class LookupState(StrEnum):
    """Whether the result of a look-up may be read."""

    AUTHORISED = "authorised"
    PENDING = "pending"
    LOCKED = "locked"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Authority:
    """Why somebody looks a face up.

    Attributes:
        reference: of the document that authorises it, such as a warrant's number; may be empty
            only where the look-up is urgent.
        purpose, legal_basis: free text, never empty.
        urgent: it runs before it is authorised; a second person must do so in time.
    """

    reference: str
    purpose: str
    legal_basis: str
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Lookup:
    """A look-up as it is kept.

    Attributes:
        watchlists: that were searched, by name.
        image_digest: stands for the picture: who has key and picture can compare.
        audit_position: of its entry in the audit log, with the small picture.
        authorise_before: by when a second person must authorise it, UTC; None where it needs none.
        authorised_by: the second person; empty where there is none, or none was needed.
        refusal: why a second person did not authorise it.
        answered: whether a result was kept.
    """

    lookup_id: int
    state: LookupState
    authority: Authority
    watchlists: tuple[str, ...]
    image_digest: str
    audit_position: int
    requested_by: str
    requested_at: datetime
    authorise_before: datetime | None = None
    authorised_by: str = ""
    authorised_at: datetime | None = None
    refusal: str = ""
    answered: bool = False
    requested_by_id: int | None = None
