"""Authenticators and recovery codes of accounts."""

from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from facewarden.access.tokens import RECOVERY_CODES, new_recovery_code, plain_recovery_code
from facewarden.access.totp import matching_step
from facewarden.store.audit import Audit
from facewarden.store.database import Database
from facewarden.store.key import TemplateKey
from facewarden.store.people import NO_TOTP
from facewarden.store.people_tables import account, recovery_code


class SecondFactors:
    """The authenticators of one store; their secrets are sealed, recovery codes hashed by key."""

    def __init__(self, database: Database, key: TemplateKey, audit: Audit) -> None:
        self._database = database
        self._key = key
        self._audit = audit

    def propose(self, user_id: int, secret: str) -> None:
        """Remember a secret that counts once a code of it was typed."""
        sealed = self._key.seal(secret.encode(), _purpose(user_id))
        with self._database.write() as connection:
            connection.execute(
                update(account).where(account.c.user_id == user_id).values(totp_proposed=sealed)
            )

    def confirm(self, user_id: int, code: str, *, actor: str) -> list[str] | None:
        """Turn the authenticator on and return new recovery codes, shown this once.

        Returns None when nothing was proposed or the code is not one of it.
        """
        with self._database.write() as connection:
            row = connection.execute(
                select(account.c.totp_proposed).where(account.c.user_id == user_id)
            ).one()
            step = self._step(row.totp_proposed, user_id, code, after=0)
            if step is None:
                return None
            connection.execute(
                update(account)
                .where(account.c.user_id == user_id)
                .values(totp=row.totp_proposed, totp_proposed=None, totp_step=step)
            )
            codes = self._new_codes(connection, user_id)
            self._note(connection, "user.totp-on", user_id, actor)
        return codes

    def accept(self, user_id: int, code: str) -> bool:
        """Tell whether a code or a recovery code is right; it is used up with this."""
        with self._database.write() as connection:
            row = connection.execute(
                select(account.c.totp, account.c.totp_step).where(account.c.user_id == user_id)
            ).one()
            step = self._step(row.totp, user_id, code, after=row.totp_step)
            if step is not None:
                connection.execute(
                    update(account).where(account.c.user_id == user_id).values(totp_step=step)
                )
                return True
            used = connection.execute(
                delete(recovery_code).where(
                    recovery_code.c.user_id == user_id,
                    recovery_code.c.digest == self._digest(user_id, code),
                )
            )
            if used.rowcount:
                self._audit.note(
                    connection,
                    "user.recovery-code",
                    f"user:{user_id}",
                    {"left": _left(connection, user_id)},
                )
            return used.rowcount > 0

    def remove(self, user_id: int, *, actor: str) -> None:
        """Turn the authenticator off and forget the recovery codes."""
        with self._database.write() as connection:
            connection.execute(
                update(account).where(account.c.user_id == user_id).values(**NO_TOTP)
            )
            connection.execute(delete(recovery_code).where(recovery_code.c.user_id == user_id))
            self._note(connection, "user.totp-off", user_id, actor)

    def codes_left(self, user_id: int) -> int:
        """Count the recovery codes that were not used."""
        with self._database.read() as connection:
            return _left(connection, user_id)

    def _step(self, sealed: bytes | None, user_id: int, code: str, *, after: int) -> int | None:
        if sealed is None:
            return None
        secret = self._key.unseal(sealed, _purpose(user_id)).decode()
        now: datetime = self._database.clock()
        return matching_step(secret, code, now, after=after)

    def _new_codes(self, connection: Connection, user_id: int) -> list[str]:
        codes = [new_recovery_code() for _ in range(RECOVERY_CODES)]
        connection.execute(delete(recovery_code).where(recovery_code.c.user_id == user_id))
        connection.execute(
            insert(recovery_code),
            [{"user_id": user_id, "digest": self._digest(user_id, code)} for code in codes],
        )
        return codes

    def _digest(self, user_id: int, code: str) -> str:
        return self._key.digest(f"recovery:{user_id}:{plain_recovery_code(code)}".encode())

    def _note(self, connection: Connection, action: str, user_id: int, actor: str) -> None:
        self._audit.note(connection, action, f"user:{user_id}", {}, actor=actor)


def _purpose(user_id: int) -> str:
    return f"the authenticator of user {user_id}"


def _left(connection: Connection, user_id: int) -> int:
    rows = select(recovery_code.c.digest).where(recovery_code.c.user_id == user_id)
    return len(connection.execute(rows).all())
