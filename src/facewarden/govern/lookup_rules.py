"""When a forensic look-up may run, and until when its result may be read without a second person.

Pure rules: nothing here knows a store or a clock.
"""

from datetime import datetime, timedelta
from typing import Final

from facewarden.data.lookup import Authority, Lookup, LookupState
from facewarden.errors import DataError
from facewarden.govern.lifecycle import require_words
from facewarden.govern.person import Person

AUTHORISED_WITHIN: Final = timedelta(hours=48)
"""Regulation (EU) 2024/1689, article 26(10): authorisation of an identification in an
investigation is requested without undue delay and no later than 48 hours."""


def require_authority(authority: Authority) -> None:
    """Raise DataError unless this is enough to look a face up."""
    require_words("the look-up's purpose", authority.purpose)
    require_words("the look-up's legal basis", authority.legal_basis)
    if authority.reference.strip() or not authority.urgent:
        require_words("the look-up's authorisation reference", authority.reference)


def state_at(lookup: Lookup, now: datetime) -> LookupState:
    """Return the state at `now`, also where no sweep has locked it yet."""
    late = (
        lookup.state is LookupState.PENDING
        and lookup.authorise_before is not None
        and now >= lookup.authorise_before
    )
    return LookupState.LOCKED if late else lookup.state


def require_readable(lookup: Lookup, now: datetime) -> None:
    """Raise DataError where the result is locked, or a second person refused it."""
    state = state_at(lookup, now)
    if state in {LookupState.LOCKED, LookupState.REFUSED}:
        raise DataError(
            f"the result of look-up {lookup.lookup_id} is locked",
            expected="an authorisation by a second person within 48 hours",
            found="a refusal" if state is LookupState.REFUSED else "none",
        )


def require_decidable(lookup: Lookup, person: Person, now: datetime) -> None:
    """Raise DataError unless `person` may authorise or refuse this look-up at `now`."""
    state = state_at(lookup, now)
    if state is not LookupState.PENDING:
        raise DataError(
            f"look-up {lookup.lookup_id} does not wait for an authorisation",
            expected=LookupState.PENDING,
            found=state,
        )
    if not person.login.strip() or person.is_same(
        Person(lookup.requested_by, lookup.requested_by_id)
    ):
        raise DataError(
            f"look-up {lookup.lookup_id} needs a second person",
            expected="somebody other than who asked for it",
            found="the same person",
            remedy="have somebody else authorise it",
        )
