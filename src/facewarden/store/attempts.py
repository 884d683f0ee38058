"""Attempts to sign in that failed: kept, so that a restart does not forget them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, delete, select, update

from facewarden.access.lockout import FORGOTTEN_AFTER, Patience
from facewarden.store.database import Database, insert_into
from facewarden.store.key import TemplateKey
from facewarden.store.people_tables import failed_attempt

NO_WAIT: Final = timedelta(0)


@dataclass(frozen=True, slots=True)
class Guesser:
    """Whose failures are counted: a login, known or not, or an address.

    Attributes:
        what: such as "login" or "address".
    """

    what: str
    name: str
    patience: Patience


class Attempts:
    """The failures of one store, under keyed hashes of who failed."""

    def __init__(self, database: Database, key: TemplateKey) -> None:
        self._database = database
        self._key = key

    def begin(self, guessers: Sequence[Guesser]) -> tuple[timedelta, int]:
        """Count an attempt as failed before it is made; return how long to wait instead.

        Counted first, so that a thousand attempts at the same moment are not one. Call
        `take_back` or `forget` when it turns out well.

        Returns:
            The wait, not counted when it is more than nothing, and the failures of the first
            guesser with this one.
        """
        with self._database.write() as connection:
            now = self._database.clock()
            connection.execute(
                delete(failed_attempt).where(failed_attempt.c.last_at <= now - FORGOTTEN_AFTER)
            )
            before = [self._failures(connection, one) for one in guessers]
            waits = [
                _wait(one.patience, failures, last_at, now)
                for one, (failures, last_at) in zip(guessers, before, strict=True)
            ]
            if max(waits, default=NO_WAIT) > NO_WAIT:
                return max(waits), before[0][0]
            for one, (failures, _) in zip(guessers, before, strict=True):
                values = {"failures": failures + 1, "last_at": now}
                connection.execute(
                    insert_into(connection, failed_attempt)
                    .values(who=self._who(one), **values)
                    .on_conflict_do_update(index_elements=["who"], set_=values)
                )
        return NO_WAIT, before[0][0] + 1 if before else 0

    def take_back(self, guessers: Sequence[Guesser]) -> None:
        """Count one failure less for each."""
        with self._database.write() as connection:
            for one in guessers:
                connection.execute(
                    update(failed_attempt)
                    .where(failed_attempt.c.who == self._who(one), failed_attempt.c.failures > 0)
                    .values(failures=failed_attempt.c.failures - 1)
                )

    def forget(self, guesser: Guesser) -> None:
        """Count no failure any more."""
        with self._database.write() as connection:
            connection.execute(
                delete(failed_attempt).where(failed_attempt.c.who == self._who(guesser))
            )

    def _failures(self, connection: Connection, guesser: Guesser) -> tuple[int, datetime | None]:
        row = connection.execute(
            select(failed_attempt).where(failed_attempt.c.who == self._who(guesser))
        ).first()
        return (0, None) if row is None else (row.failures, row.last_at)

    def _who(self, guesser: Guesser) -> str:
        return self._key.digest(f"attempt:{guesser.what}:{guesser.name}".encode())


def _wait(patience: Patience, failures: int, last_at: datetime | None, now: datetime) -> timedelta:
    whole = patience.wait(failures)
    # A clock that was set back must not make the wait longer than it ever was.
    return NO_WAIT if last_at is None else max(NO_WAIT, min(whole, last_at + whole - now))
