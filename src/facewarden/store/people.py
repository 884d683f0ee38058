"""Accounts: who may use this system, as what, and where."""

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Row, delete, func, insert, or_, select, update

from facewarden.access.account import Account, folded, require_login, require_scope
from facewarden.access.principal import Role, Scope
from facewarden.errors import DataError, StoreError, StoreStale
from facewarden.store.audit import Audit
from facewarden.store.database import Database
from facewarden.store.people_tables import (
    account,
    api_key,
    invitation,
    recovery_code,
    web_session,
)

NO_TOTP: Final = {"totp": None, "totp_proposed": None, "totp_step": 0}


@dataclass(frozen=True, slots=True)
class Known:
    """An account with what a password is compared with."""

    account: Account
    password: str

    def __repr__(self) -> str:
        """Leave the hash out."""
        return f"Known({self.account!r})"


class People:
    """The accounts of one store. Every change is written into the audit log with it."""

    def __init__(self, database: Database, audit: Audit) -> None:
        self._database = database
        self._audit = audit

    def empty(self) -> bool:
        """Tell whether nobody has ever been given an account."""
        with self._database.read() as connection:
            return connection.execute(select(account.c.user_id).limit(1)).first() is None

    def get(self, user_id: int) -> Account | None:
        """Return an account, None when there is none."""
        with self._database.read() as connection:
            row = connection.execute(select(account).where(account.c.user_id == user_id)).first()
        return None if row is None else as_account(row)

    def find(self, login: str) -> Known | None:
        """Return the account of this login, however it is capitalised."""
        with self._database.read() as connection:
            row = connection.execute(
                select(account).where(account.c.login_folded == folded(login))
            ).first()
        return None if row is None else Known(as_account(row), row.password)

    def password_of(self, user_id: int) -> str:
        """Return the hash of somebody's password; empty for none."""
        with self._database.read() as connection:
            found = connection.execute(
                select(account.c.password).where(account.c.user_id == user_id)
            ).scalar_one_or_none()
        return found or ""

    def page(self, *, after: int = 0, limit: int) -> list[Account]:
        """Return accounts in the order they were made.

        Args:
            after: the id of the last one before; 0 for the beginning.
        """
        with self._database.read() as connection:
            rows = connection.execute(
                select(account)
                .where(account.c.user_id > after)
                .order_by(account.c.user_id)
                .limit(limit)
            ).all()
        return [as_account(row) for row in rows]

    def create(self, login: str, role: Role, scope: Scope, *, actor: str) -> Account:
        """Make an account without a password; an invitation lets its owner set one.

        Raises:
            DataError: a login that cannot be used, or a limited administrator.
            StoreError: the login is taken.
        """
        with self._database.write() as connection:
            user_id = add_account(connection, self._database, login=login, role=role, scope=scope)
            self._note(connection, "user.create", user_id, actor, role=role)
            return one_account(connection, user_id)

    def change(
        self,
        user_id: int,
        *,
        role: Role,
        scope: Scope,
        disabled: bool,
        actor: str,
        version: int | None = None,
    ) -> Account:
        """Set what somebody may do; who is disabled loses all sessions and keys.

        Args:
            version: of the account that the change was made from; None: whatever it is.

        Raises:
            StoreStale: the account has changed since that version.
            DataError: no such account, or a limited administrator.
            StoreError: nobody would be left who can administer.
        """
        require_scope(role, scope)
        with self._database.write() as connection:
            before = one_account(connection, user_id)
            if version is not None and before.version != version:
                raise StoreStale(
                    "somebody has changed this account meanwhile",
                    remedy="read it again, then change it",
                )
            if role is not Role.ADMINISTRATOR or disabled:
                require_another_administrator(connection, before)
            connection.execute(
                update(account)
                .where(account.c.user_id == user_id)
                .values(
                    role=role,
                    **scope_columns(scope),
                    disabled=disabled,
                    version=account.c.version + 1,
                )
            )
            if disabled:
                shut_out(connection, user_id)
            self._note(
                connection,
                "user.change",
                user_id,
                actor,
                role=role,
                disabled=disabled,
                **scope_columns(scope),
            )
            return one_account(connection, user_id)

    def reset(self, user_id: int, *, actor: str, even_last: bool = False) -> None:
        """Take password, authenticator, sessions and keys away; an invitation gives a new start.

        Args:
            even_last: also of the last administrator, as the machine's owner may.

        Raises:
            DataError: no such account, or one that another system vouches for.
            StoreError: nobody would be left who can administer.
        """
        with self._database.write() as connection:
            before = one_account(connection, user_id)
            if before.oidc_issuer:
                raise DataError(
                    "this account has no password here",
                    remedy="whoever runs the system that it signs in with can help",
                )
            if not even_last:
                require_another_administrator(connection, before)
            shut_out(connection, user_id)
            connection.execute(delete(recovery_code).where(recovery_code.c.user_id == user_id))
            connection.execute(
                update(account)
                .where(account.c.user_id == user_id)
                .values(password="", **NO_TOTP, version=account.c.version + 1)
            )
            self._note(connection, "user.reset", user_id, actor)

    def set_password(self, user_id: int, kept: str, *, actor: str) -> None:
        """Keep the hash of a new password; every session of the account ends."""
        with self._database.write() as connection:
            replace_password(connection, user_id, kept)
            self._note(connection, "user.password", user_id, actor)

    def rehash(self, user_id: int, before: str, kept: str) -> None:
        """Keep the same password under stronger parameters, unless it has changed meanwhile."""
        with self._database.write() as connection:
            connection.execute(
                update(account)
                .where(account.c.user_id == user_id, account.c.password == before)
                .values(password=kept)
            )

    def enter_by_oidc(
        self, issuer: str, subject: str, login: str, role: Role, scope: Scope
    ) -> Account:
        """Return the account that `issuer` vouches for, made or brought up to date.

        Raises:
            DataError: a login that cannot be used, or a limited administrator.
            StoreError: the login belongs to another account; the account is disabled; or nobody
                would be left who can administer.
        """
        require_scope(role, scope)
        with self._database.write() as connection:
            row = connection.execute(
                select(account).where(
                    account.c.oidc_issuer == issuer, account.c.oidc_subject == subject
                )
            ).first()
            if row is None:
                user_id = add_account(
                    connection,
                    self._database,
                    login=login,
                    role=role,
                    scope=scope,
                    oidc=(issuer, subject),
                )
                self._note(connection, "user.create", user_id, login, role=role, oidc=True)
                return one_account(connection, user_id)
            before = as_account(row)
            if before.disabled:
                raise StoreError("this account is disabled", remedy="ask an administrator")
            if (before.role, before.scope) == (role, scope):
                return before
            if role is not Role.ADMINISTRATOR:
                require_another_administrator(connection, before)
            connection.execute(
                update(account)
                .where(account.c.user_id == before.user_id)
                .values(role=role, **scope_columns(scope), version=account.c.version + 1)
            )
            self._note(
                connection, "user.change", before.user_id, before.login, role=role, oidc=True
            )
            return one_account(connection, before.user_id)

    def _note(
        self, connection: Connection, action: str, user_id: int, actor: str, **details: Any
    ) -> None:
        self._audit.note(connection, action, f"user:{user_id}", details, actor=actor)


def add_account(
    connection: Connection,
    database: Database,
    *,
    login: str,
    role: Role,
    scope: Scope,
    password: str = "",
    oidc: tuple[str, str] = ("", ""),
) -> int:
    """Insert an account and return its id; raises as `People.create`."""
    require_login(login)
    require_scope(role, scope)
    taken = select(account.c.user_id).where(account.c.login_folded == folded(login))
    if connection.execute(taken).first() is not None:
        raise StoreError("this login is taken", remedy="choose another")
    made = connection.execute(
        insert(account).values(
            login=login,
            login_folded=folded(login),
            role=role,
            **scope_columns(scope),
            password=password,
            **NO_TOTP,
            oidc_issuer=oidc[0],
            oidc_subject=oidc[1],
            disabled=False,
            version=1,
            created_at=database.clock(),
        )
    )
    (user_id,) = made.inserted_primary_key or (0,)
    return int(user_id)


def one_account(connection: Connection, user_id: int) -> Account:
    """Return an account inside a transaction.

    Raises:
        DataError: there is none.
    """
    row = connection.execute(select(account).where(account.c.user_id == user_id)).first()
    if row is None:
        raise DataError("there is no such user", found=f"id {user_id}")
    return as_account(row)


def require_another_administrator(connection: Connection, leaving: Account) -> None:
    """Check that somebody can administer when `leaving` no longer does.

    Raises:
        StoreError: they are the last who can.
    """
    if leaving.role is not Role.ADMINISTRATOR or not leaving.can_sign_in:
        return
    others = select(func.count()).where(
        account.c.role == Role.ADMINISTRATOR,
        account.c.user_id != leaving.user_id,
        account.c.disabled.is_(False),
        or_(account.c.password != "", account.c.oidc_subject != ""),
    )
    if connection.execute(others).scalar_one() == 0:
        raise StoreError(
            "this is the last administrator",
            expected="another administrator who can sign in",
            remedy="make another one first, and let them set their password",
        )


def replace_password(connection: Connection, user_id: int, kept: str) -> None:
    """Keep the hash of a new password and end every session and invitation of the account."""
    connection.execute(update(account).where(account.c.user_id == user_id).values(password=kept))
    for table in (web_session, invitation):
        connection.execute(delete(table).where(table.c.user_id == user_id))


def shut_out(connection: Connection, user_id: int) -> None:
    """End every session, key and invitation of an account."""
    for table in (web_session, api_key, invitation):
        connection.execute(delete(table).where(table.c.user_id == user_id))


def scope_columns(scope: Scope) -> dict[str, list[str] | None]:
    """Return the two columns of a scope."""
    return {
        "watchlists": None if scope.watchlists is None else sorted(scope.watchlists),
        "camera_groups": None if scope.camera_groups is None else sorted(scope.camera_groups),
    }


def as_scope(row: Row[Any]) -> Scope:
    """Return the scope that two columns say."""
    lists, groups = row.watchlists, row.camera_groups
    return Scope(
        None if lists is None else frozenset(lists), None if groups is None else frozenset(groups)
    )


def as_account(row: Row[Any]) -> Account:
    """Return the account of a row of its table."""
    return Account(
        row.user_id,
        row.login,
        Role(row.role),
        as_scope(row),
        bool(row.password),
        row.totp is not None,
        row.oidc_issuer,
        row.disabled,
        row.version,
        row.created_at,
        row.signed_in_at,
    )
