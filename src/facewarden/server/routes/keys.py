"""One's own API keys."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path

from facewarden.access.account import ApiKey, both
from facewarden.access.principal import UNLIMITED, Scope
from facewarden.api.keys import Key, KeyMade, NewKey
from facewarden.api.page import Page
from facewarden.server.context import ContextDep
from facewarden.server.idempotent import OnceDep
from facewarden.server.paging import PageDep
from facewarden.server.principal import CurrentPerson
from facewarden.server.problems import NotFound, Unprocessable

router = APIRouter(prefix="/api/v1/keys", tags=["keys"])

KeyId = Annotated[str, Path(pattern=r"^[0-9a-f]{16}$", examples=["0123456789abcdef"])]


@router.get("")
def list_keys(context: ContextDep, person: CurrentPerson, wanted: PageDep) -> Page[Key]:
    """List one's API keys, also those that have ended."""
    last = wanted.last(str)
    rows = context.store.api_keys.page(
        person.account.user_id, after=str(last[0]) if last else "", limit=wanted.limit + 1
    )
    now = context.clock()
    return wanted.page(rows, lambda key: key_of(key, now), lambda key: (key.key_id,))


@router.post("", status_code=201)
def make_key(context: ContextDep, person: CurrentPerson, once: OnceDep, given: NewKey) -> KeyMade:
    """Make an API key with some of one's rights; its secret is shown this once."""
    principal = person.principal
    scope = Scope(given.watchlists, given.camera_groups)
    if not given.permissions <= principal.permissions:
        raise Unprocessable(
            "a key never may more than its owner",
            found=", ".join(sorted(given.permissions - principal.permissions)),
        )
    if scope.limited and given.permissions & UNLIMITED:
        raise Unprocessable(
            "a key with rights over the whole cannot be limited",
            remedy=f"leave out {', '.join(sorted(given.permissions & UNLIMITED))}, or the limits",
        )
    narrowed = both(principal.scope, scope)
    if any(
        asked is not None and asked != allowed
        for asked, allowed in (
            (scope.watchlists, narrowed.watchlists),
            (scope.camera_groups, narrowed.camera_groups),
        )
    ):
        raise Unprocessable("a key never sees more than its owner")

    def make() -> KeyMade:
        words, key = context.store.api_keys.create(
            principal.user_id,
            given.name,
            given.permissions,
            scope,
            given.expires_at,
            actor=principal.login,
        )
        return KeyMade(key=key_of(key, context.clock()), secret=words.written())

    return once(principal.user_id, given, KeyMade, make)


@router.delete("/{key_id}", status_code=204)
def revoke_key(context: ContextDep, person: CurrentPerson, key_id: KeyId) -> None:
    """Revoke one of one's API keys; it is refused from then on."""
    account = person.account
    if not context.store.api_keys.revoke(key_id, account.user_id, actor=account.login):
        raise NotFound


def key_of(key: ApiKey, now: datetime) -> Key:
    """Return a key as it is sent."""
    return Key(
        key_id=key.key_id,
        user_id=key.user_id,
        name=key.name,
        permissions=tuple(sorted(key.permissions)),
        watchlists=key.scope.watchlists,
        camera_groups=key.scope.camera_groups,
        created_at=key.created_at,
        expires_at=key.expires_at,
        expired=key.expires_at <= now,
        used_at=key.used_at,
    )
