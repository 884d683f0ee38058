"""The people who use this system, as the store knows them."""

import unicodedata
from dataclasses import dataclass
from datetime import datetime

from facewarden.access.principal import Permission, Principal, Role, Scope, rights
from facewarden.errors import DataError
from facewarden.text import is_harmless

LONGEST_LOGIN = 100


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who may sign in.

    Attributes:
        has_password: they can sign in here; False until they have taken up their invitation.
        has_totp: a code of their authenticator is asked for, too.
        oidc_issuer: who vouches for them; empty for a local account.
        disabled: they can not sign in, and have neither sessions nor keys.
        version: grows with every change by an administrator.
    """

    user_id: int
    login: str
    role: Role
    scope: Scope
    has_password: bool
    has_totp: bool
    oidc_issuer: str
    disabled: bool
    version: int
    created_at: datetime
    signed_in_at: datetime | None

    @property
    def can_sign_in(self) -> bool:
        """Tell whether there is a way in for them."""
        return not self.disabled and (self.has_password or bool(self.oidc_issuer))

    def principal(self, credential: str) -> Principal:
        """Return who they are with all rights of their role."""
        may = rights(self.role, self.scope)
        return Principal(self.user_id, self.login, self.role, self.scope, may, credential)


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key of somebody's programs; it never may more than its owner.

    Attributes:
        key_id: shown, and written into the audit log; 16 hexadecimal digits.
        permissions: those the key was given; it has those of them that its owner has.
        scope: narrows that of the owner.
    """

    key_id: str
    user_id: int
    name: str
    permissions: frozenset[Permission]
    scope: Scope
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None

    def principal(self, owner: Account) -> Principal:
        """Return who asks by this key, with what key and owner both may."""
        scope = both(owner.scope, self.scope)
        return Principal(
            owner.user_id,
            owner.login,
            owner.role,
            scope,
            rights(owner.role, scope) & self.permissions,
            f"key:{self.key_id}",
        )


@dataclass(frozen=True, slots=True)
class Session:
    """A browser in which somebody is signed in.

    Attributes:
        address: from where it was begun.
        agent: what the browser called itself.
        used_at: within a minute.
    """

    session_id: str
    user_id: int
    address: str
    agent: str
    created_at: datetime
    used_at: datetime
    expires_at: datetime


def both(one: Scope, other: Scope) -> Scope:
    """Return the scope of what both allow."""
    return Scope(
        _both(one.watchlists, other.watchlists), _both(one.camera_groups, other.camera_groups)
    )


def _both(one: frozenset[str] | None, other: frozenset[str] | None) -> frozenset[str] | None:
    if one is None or other is None:
        return other if one is None else one
    return one & other


def folded(login: str) -> str:
    """Return the form in which two logins are the same (NFKC, case-folded)."""
    return unicodedata.normalize("NFKC", login).strip().casefold()


def require_login(login: str) -> None:
    """Accept `login` as the name of an account.

    Raises:
        DataError: empty, longer than 100 characters, with white space, or with what does not print.
    """
    plain = unicodedata.normalize("NFKC", login)
    if (
        not login
        or max(len(plain), len(login)) > LONGEST_LOGIN
        or not all(is_harmless(character) and not character.isspace() for character in plain)
    ):
        raise DataError(
            "the login cannot be used",
            expected=f"1 to {LONGEST_LOGIN} printable characters without spaces",
            remedy="a name as in an address of e-mail is usual",
        )


def require_scope(role: Role, scope: Scope) -> None:
    """Accept `scope` for somebody of `role`.

    Raises:
        DataError: a limited administrator, who could lift the limit and so has none.
    """
    if role is Role.ADMINISTRATOR and scope.limited:
        raise DataError(
            "an administrator cannot be limited",
            expected="all watchlists and camera groups",
            remedy="choose another role, or no limit",
        )
