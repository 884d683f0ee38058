"""One-time tokens by which somebody sets a password: the first administrator, and who is invited.

Nobody but its owner ever knows a password, so that two people who must agree are two.
"""

from datetime import timedelta
from typing import Final

from sqlalchemy import Connection, delete, insert, select

from facewarden.access.account import Account
from facewarden.access.principal import Role, Scope
from facewarden.access.tokens import digest, new_secret
from facewarden.errors import StoreError
from facewarden.store.audit import Audit
from facewarden.store.database import Database
from facewarden.store.people import add_account, one_account, replace_password
from facewarden.store.people_tables import account, invitation

FIRST_START_HOURS: Final = 24
INVITATION_HOURS: Final = 72


class Invitations:
    """The one-time tokens of one store."""

    def __init__(self, database: Database, audit: Audit) -> None:
        self._database = database
        self._audit = audit

    def first_start(self) -> str | None:
        """Return a new token for the first administrator, valid for 24 h; older ones end.

        Returns None when there is any account: the first start is over for good.
        """
        token = new_secret()
        with self._database.write() as connection:
            if not _nobody(connection):
                return None
            connection.execute(delete(invitation).where(invitation.c.user_id.is_(None)))
            self._keep(connection, token, None, FIRST_START_HOURS)
        return token

    def is_first_start(self, token: str) -> bool:
        """Tell whether a token would make the first administrator."""
        with self._database.read() as connection:
            return _nobody(connection) and self._valid(connection, token, first=True) is not None

    def take_first_start(self, token: str, login: str, kept: str) -> Account | None:
        """Make the first administrator; None when the token is not valid (any more).

        Args:
            kept: the hash of the password.

        Raises:
            DataError: a login that cannot be used. The token stays valid.
        """
        with self._database.write() as connection:
            if not _nobody(connection) or self._valid(connection, token, first=True) is None:
                return None
            user_id = add_account(
                connection,
                self._database,
                login=login,
                role=Role.ADMINISTRATOR,
                scope=Scope(),
                password=kept,
            )
            connection.execute(delete(invitation))
            self._audit.note(
                connection, "user.first", f"user:{user_id}", {"role": "administrator"}, actor=login
            )
            return one_account(connection, user_id)

    def invite(self, user_id: int, *, actor: str) -> str:
        """Return a new token by which this user sets a password within 72 h; older ones end.

        Raises:
            DataError: no such account.
            StoreError: it is disabled, has a password, or another system vouches for it.
        """
        token = new_secret()
        with self._database.write() as connection:
            found = one_account(connection, user_id)
            if found.disabled or found.has_password or found.oidc_issuer:
                raise StoreError(
                    "this account cannot be invited",
                    expected="one that is not disabled and has no password",
                    remedy="reset it first",
                )
            connection.execute(delete(invitation).where(invitation.c.user_id == user_id))
            self._keep(connection, token, user_id, INVITATION_HOURS)
            self._audit.note(connection, "user.invite", f"user:{user_id}", {}, actor=actor)
        return token

    def invited(self, token: str) -> Account | None:
        """Return whom a token was made for; None when it is not valid (any more)."""
        with self._database.read() as connection:
            user_id = self._valid(connection, token, first=False)
            return None if user_id is None else one_account(connection, user_id)

    def take(self, token: str, kept: str) -> Account | None:
        """Set the password of who was invited; None when the token is not valid (any more)."""
        with self._database.write() as connection:
            user_id = self._valid(connection, token, first=False)
            if user_id is None:
                return None
            replace_password(connection, user_id, kept)
            found = one_account(connection, user_id)
            self._audit.note(
                connection, "user.password", f"user:{user_id}", {"invited": True}, actor=found.login
            )
            return found

    def _keep(self, connection: Connection, token: str, user_id: int | None, hours: int) -> None:
        now = self._database.clock()
        connection.execute(delete(invitation).where(invitation.c.expires_at <= now))
        connection.execute(
            insert(invitation).values(
                digest=digest(token), user_id=user_id, expires_at=now + timedelta(hours=hours)
            )
        )

    def _valid(self, connection: Connection, token: str, *, first: bool) -> int | None:
        """Return the user of a valid token; 0 for that of the first start."""
        row = connection.execute(
            select(invitation.c.user_id).where(
                invitation.c.digest == digest(token),
                invitation.c.expires_at > self._database.clock(),
            )
        ).first()
        if row is None or (row.user_id is None) is not first:
            return None
        return row.user_id or 0


def _nobody(connection: Connection) -> bool:
    return connection.execute(select(account.c.user_id).limit(1)).first() is None
