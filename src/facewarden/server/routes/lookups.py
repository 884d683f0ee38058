"""Forensic look-ups: their results again, and authorising the urgent ones; /search begins them."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query

from facewarden.access.principal import Permission
from facewarden.api import lookups as wire
from facewarden.api.page import Page
from facewarden.api.search import Found
from facewarden.data.lookup import Lookup, LookupState
from facewarden.errors import StoreError
from facewarden.govern.lookup_rules import state_at
from facewarden.server.asking import Asker, absent, may
from facewarden.server.paging import PageDep
from facewarden.server.problems import NotFound

router = APIRouter(prefix="/api/v1/lookups", tags=["lookups"])

Searcher = Annotated[Asker, may(Permission.LOOKUP_RUN)]
Authoriser = Annotated[Asker, may(Permission.DEPLOYMENT_AUTHORISE)]
LookupId = Annotated[int, Path(ge=1, le=2**63 - 1)]
BATCH: Final = 200


@router.get("")
def list_lookups(
    asker: Searcher,
    wanted: PageDep,
    state: Annotated[LookupState | None, Query()] = None,
) -> Page[wire.Lookup]:
    """List your look-ups, or all of them where you may authorise them; the newest first."""
    last = wanted.last(int)
    rows = []
    for found in _visible(asker, state, int(last[0]) if last else None):
        rows.append(found)
        if len(rows) > wanted.limit:
            break
    return wanted.page(rows, lambda one: _wire(asker, one), lambda one: (one.lookup_id,))


@router.get("/{lookup_id}")
def get_lookup(asker: Searcher, lookup_id: LookupId) -> wire.Lookup:
    """Read on whose authority somebody searched."""
    return _wire(asker, _found(asker, lookup_id))


@router.get("/{lookup_id}/result")
def get_result(asker: Searcher, lookup_id: LookupId) -> wire.LookupResult:
    """Read what a look-up gave; that you did is audited. 422 while it is locked."""
    found = _found(asker, lookup_id)
    if not found.answered and state_at(found, asker.now()) in {
        LookupState.AUTHORISED,
        LookupState.PENDING,
    }:
        raise NotFound
    kept = asker.context.store.lookups.result(lookup_id, asker.who.login)
    named = Found.model_validate(_with_names(asker, kept))
    return wire.LookupResult(lookup=_wire(asker, found), found=named)


@router.post("/{lookup_id}/authorise")
def authorise_lookup(
    asker: Authoriser, lookup_id: LookupId, given: wire.Authorisation
) -> wire.Lookup:
    """Authorise an urgent look-up of somebody else, within 48 hours."""
    _found(asker, lookup_id)
    after = asker.context.store.lookups.authorise(
        lookup_id, asker.who.login, given.reference, user_id=asker.who.user_id
    )
    return _wire(asker, after)


@router.post("/{lookup_id}/refuse")
def refuse_lookup(asker: Authoriser, lookup_id: LookupId, given: wire.Refusal) -> wire.Lookup:
    """Refuse an urgent look-up of somebody else: its result is deleted at once."""
    _found(asker, lookup_id)
    after = asker.context.store.lookups.refuse(
        lookup_id, asker.who.login, given.reason, user_id=asker.who.user_id
    )
    return _wire(asker, after)


def _visible(asker: Asker, state: LookupState | None, before: int | None) -> Iterator[Lookup]:
    while True:
        rows = asker.context.store.lookups.page(
            state=state,
            before=before,
            limit=BATCH,
        )
        yield from (one for one in rows if _seen(asker, one))
        if len(rows) < BATCH:
            return
        before = rows[-1].lookup_id


def _seen(asker: Asker, found: Lookup) -> bool:
    """Tell whether a look-up exists for somebody: their own, or of those they may authorise."""
    if not all(map(asker.who.sees_watchlist, found.watchlists)):
        return False
    own = found.requested_by_id == asker.who.user_id
    return own or asker.who.may(Permission.DEPLOYMENT_AUTHORISE)


def _found(asker: Asker, lookup_id: int) -> Lookup:
    try:
        found = asker.context.store.lookups.get(lookup_id)
    except StoreError as error:
        raise absent(error) from None
    if not _seen(asker, found):
        raise NotFound
    return found


def _with_names(asker: Asker, kept: dict[str, Any]) -> dict[str, Any]:
    """Return a kept result with the names that subjects have now.

    Of those who were removed there is none, nor of those who are not on the asker's lists now.
    """
    for face in kept["faces"]:
        for candidate in face["candidates"]:
            candidate |= {"name": "", "external_reference": ""}
            try:
                details = asker.require_subject(candidate["subject_id"]).details
            except NotFound:
                continue
            candidate |= {
                "name": details.name,
                "external_reference": details.external_reference,
            }
    return kept


def _wire(asker: Asker, found: Lookup) -> wire.Lookup:
    now = replace(found, state=state_at(found, asker.now()))
    return wire.Lookup(
        lookup_id=now.lookup_id,
        state=now.state,
        urgent=now.authority.urgent,
        reference=now.authority.reference,
        purpose=now.authority.purpose,
        legal_basis=now.authority.legal_basis,
        watchlists=now.watchlists,
        requested_by=now.requested_by,
        requested_at=now.requested_at,
        authorise_before=now.authorise_before,
        authorised_by=now.authorised_by,
        authorised_at=now.authorised_at,
        refusal=now.refusal,
        audit_position=now.audit_position,
    )
