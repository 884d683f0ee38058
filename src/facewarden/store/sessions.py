"""Sessions of browsers: begun by signing in, ended by time, by hand or with a new password."""

from datetime import timedelta
from typing import Any, Final

from sqlalchemy import Row, delete, insert, select, update

from facewarden.access.account import Account, Session
from facewarden.access.tokens import digest, new_identity, new_secret
from facewarden.errors import StoreError
from facewarden.govern.lifecycle import SET_BACK
from facewarden.store.audit import Audit
from facewarden.store.database import Database
from facewarden.store.people import as_account, one_account
from facewarden.store.people_tables import account, web_session

NOTED_EVERY: Final = timedelta(minutes=1)
"""That a session was used is written at most so often: reading should not mean writing."""


class Sessions:
    """The sessions of one store; only hashes of their secrets are kept."""

    def __init__(self, database: Database, audit: Audit) -> None:
        self._database = database
        self._audit = audit

    def begin(
        self, user_id: int, *, lasts: timedelta, address: str, agent: str, how: str
    ) -> tuple[str, Session]:
        """Sign somebody in; return the secret of the new session, which nobody keeps, and it.

        Args:
            how: what was shown, such as "password+totp"; for the audit log.

        Raises:
            StoreError: the account was disabled meanwhile.
        """
        secret, session_id = new_secret(), new_identity()
        with self._database.write() as connection:
            now = self._database.clock()
            found = one_account(connection, user_id)
            if found.disabled:
                raise StoreError("this account is disabled", remedy="ask an administrator")
            connection.execute(delete(web_session).where(web_session.c.expires_at <= now))
            connection.execute(
                insert(web_session).values(
                    session_id=session_id,
                    digest=digest(secret),
                    user_id=user_id,
                    address=address[:100],
                    agent=agent[:200],
                    created_at=now,
                    used_at=now,
                    expires_at=now + lasts,
                )
            )
            connection.execute(
                update(account).where(account.c.user_id == user_id).values(signed_in_at=now)
            )
            self._audit.note(
                connection, "session.begin", f"session:{session_id}", {"by": how}, actor=found.login
            )
            row = connection.execute(
                select(web_session).where(web_session.c.session_id == session_id)
            ).one()
        return secret, _session(row)

    def find(self, secret: str, *, idle: timedelta) -> tuple[Session, Account] | None:
        """Return the session with this secret and whose it is; None when it has ended."""
        return self._found(web_session.c.digest == digest(secret), idle)

    def still(self, session_id: str, *, idle: timedelta) -> tuple[Session, Account] | None:
        """Return a session by its name, as `find`: for a stream that goes on for hours."""
        return self._found(web_session.c.session_id == session_id, idle)

    def of(self, user_id: int, *, idle: timedelta) -> list[Session]:
        """Return somebody's sessions, the one used last first."""
        now = self._database.clock()
        with self._database.read() as connection:
            rows = connection.execute(
                select(web_session)
                .where(
                    web_session.c.user_id == user_id,
                    web_session.c.expires_at > now,
                    web_session.c.used_at > now - idle,
                    web_session.c.used_at <= now + SET_BACK,
                )
                .order_by(web_session.c.used_at.desc(), web_session.c.session_id)
            ).all()
        return [_session(row) for row in rows]

    def end(self, session_id: str, user_id: int, *, actor: str) -> bool:
        """End a session of `user_id`; False when they have none of this name."""
        with self._database.write() as connection:
            ended = connection.execute(
                delete(web_session).where(
                    web_session.c.session_id == session_id, web_session.c.user_id == user_id
                )
            ).rowcount
            if ended:
                self._audit.note(
                    connection, "session.end", f"session:{session_id}", {}, actor=actor
                )
        return ended > 0

    def _found(self, which: Any, idle: timedelta) -> tuple[Session, Account] | None:
        now = self._database.clock()
        with self._database.read() as connection:
            row = connection.execute(
                select(web_session).where(
                    which,
                    web_session.c.expires_at > now,
                    web_session.c.used_at > now - idle,
                    # A clock set back would make it last longer than it was to.
                    web_session.c.used_at <= now + SET_BACK,
                )
            ).first()
            if row is None:
                return None
            owner = connection.execute(
                select(account).where(
                    account.c.user_id == row.user_id, account.c.disabled.is_(False)
                )
            ).first()
        if owner is None:
            return None
        if now - row.used_at > NOTED_EVERY:
            with self._database.write() as connection:
                connection.execute(
                    update(web_session)
                    .where(web_session.c.session_id == row.session_id)
                    .values(used_at=now)
                )
        return _session(row), as_account(owner)


def _session(row: Row[Any]) -> Session:
    return Session(
        row.session_id,
        row.user_id,
        row.address,
        row.agent,
        row.created_at,
        row.used_at,
        row.expires_at,
    )
