"""People who may sign in: invited, limited, disabled by administrators."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Response

from facewarden.access.account import Account
from facewarden.access.principal import RIGHTS, Permission, Principal, Role, Scope
from facewarden.api.keys import Key
from facewarden.api.page import Page
from facewarden.api.users import Invited, NewUser, User, UserChange
from facewarden.server.context import Context, ContextDep
from facewarden.server.etag import IfMatch, require_match, tagged
from facewarden.server.idempotent import OnceDep
from facewarden.server.paging import PageDep
from facewarden.server.principal import require
from facewarden.server.problems import Forbidden, NotFound
from facewarden.server.routes.keys import KeyId, key_of

_manage = Depends(require(Permission.USER_MANAGE))
router = APIRouter(prefix="/api/v1/users", tags=["users"], dependencies=[_manage])

Manager = Annotated[Principal, _manage]
UserId = Annotated[int, Path(ge=1, le=2**63 - 1)]


@router.get("")
def list_users(context: ContextDep, wanted: PageDep) -> Page[User]:
    """List the users in the order they were made."""
    last = wanted.last(int)
    rows = context.store.people.page(after=int(last[0]) if last else 0, limit=wanted.limit + 1)
    return wanted.page(rows, user_of, lambda account: (account.user_id,))


@router.post("", status_code=201)
def invite_user(context: ContextDep, manager: Manager, once: OnceDep, given: NewUser) -> Invited:
    """Make a user and an invitation by which they set their password."""

    _require_no_more(manager, given.role)

    def make() -> Invited:
        store = context.store
        scope = Scope(given.watchlists, given.camera_groups)
        made = store.people.create(given.login, given.role, scope, actor=manager.login)
        token = store.invitations.invite(made.user_id, actor=manager.login)
        return Invited(user=user_of(made), invitation=token)

    return once(manager.user_id, given, Invited, make)


@router.get("/{user_id}")
def read_user(
    context: ContextDep,
    user_id: UserId,
    response: Response,
) -> User:
    """Read a user."""
    account = _found(context, user_id)
    tagged(response, _state(account))
    return user_of(account)


@router.patch("/{user_id}")
def change_user(
    context: ContextDep,
    manager: Manager,
    user_id: UserId,
    given: UserChange,
    response: Response,
    if_match: IfMatch = None,
) -> User:
    """Change what somebody may do; disabling ends all their sessions and keys."""
    with context.editing:
        before = _found(context, user_id)
        _require_no_more(manager, before.role, given.role or before.role)
        require_match(if_match, _state(before))
        said = given.model_fields_set
        scope = Scope(
            given.watchlists if "watchlists" in said else before.scope.watchlists,
            given.camera_groups if "camera_groups" in said else before.scope.camera_groups,
        )
        after = context.store.people.change(
            user_id,
            role=given.role or before.role,
            scope=scope,
            disabled=before.disabled if given.disabled is None else given.disabled,
            actor=manager.login,
            version=before.version,
        )
    tagged(response, _state(after))
    return user_of(after)


@router.post("/{user_id}/reset")
def reset_user(context: ContextDep, manager: Manager, user_id: UserId) -> Invited:
    """Take password, authenticator, sessions and keys away, and invite anew."""
    store = context.store
    _require_no_more(manager, _found(context, user_id).role)
    store.people.reset(user_id, actor=manager.login)
    token = store.invitations.invite(user_id, actor=manager.login)
    return Invited(user=user_of(_found(context, user_id)), invitation=token)


@router.get("/{user_id}/keys")
def list_keys_of_user(
    context: ContextDep,
    user_id: UserId,
    wanted: PageDep,
) -> Page[Key]:
    """List somebody's API keys."""
    _found(context, user_id)
    last = wanted.last(str)
    rows = context.store.api_keys.page(
        user_id, after=str(last[0]) if last else "", limit=wanted.limit + 1
    )
    now = context.clock()
    return wanted.page(rows, lambda key: key_of(key, now), lambda key: (key.key_id,))


@router.delete("/{user_id}/keys/{key_id}", status_code=204)
def revoke_key_of_user(
    context: ContextDep, manager: Manager, user_id: UserId, key_id: KeyId
) -> None:
    """Revoke one of somebody's API keys."""
    _require_no_more(manager, _found(context, user_id).role)
    if not context.store.api_keys.revoke(key_id, user_id, actor=manager.login):
        raise NotFound


def user_of(account: Account) -> User:
    """Return an account as it is sent."""
    return User(
        user_id=account.user_id,
        login=account.login,
        role=account.role,
        watchlists=account.scope.watchlists,
        camera_groups=account.scope.camera_groups,
        disabled=account.disabled,
        has_password=account.has_password,
        has_totp=account.has_totp,
        oidc_issuer=account.oidc_issuer,
        created_at=account.created_at,
        signed_in_at=account.signed_in_at,
    )


def _found(context: Context, user_id: int) -> Account:
    account = context.store.people.get(user_id)
    if account is None:
        raise NotFound
    return account


def _require_no_more(manager: Principal, *roles: Role) -> None:
    """Check that who makes or changes somebody, or revokes their keys, may all that they may.

    Otherwise a key with the one right to manage users would be worth every right.
    """
    if any(not RIGHTS[role] <= manager.permissions for role in roles):
        raise Forbidden(
            "you cannot give or take rights that you do not have", remedy="sign in in person"
        )


def _state(account: Account) -> str:
    return f"user {account.user_id} version {account.version}"
