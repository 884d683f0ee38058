"""Answers that are kept for a day, so that a repeated request gets the first one."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlalchemy import delete, select

from facewarden.store.database import Database, insert_into
from facewarden.store.key import TemplateKey
from facewarden.store.people_tables import idempotency

KEPT_FOR: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """What a request was answered with.

    Attributes:
        body_digest: of what was asked; 64 hexadecimal digits.
        answer: the body of the answer.
    """

    body_digest: str
    status: int
    answer: bytes


class Idempotency:
    """The kept answers of one store, sealed: an answer may hold a subject's name."""

    def __init__(self, database: Database, key: TemplateKey) -> None:
        self._database = database
        self._key = key

    def find(self, key: str, user_id: int, route: str) -> StoredAnswer | None:
        """Return what was kept within the last 24 h."""
        with self._database.read() as connection:
            row = connection.execute(
                select(idempotency).where(
                    idempotency.c.user_id == user_id,
                    idempotency.c.route == route,
                    idempotency.c.key == key,
                    idempotency.c.created_at > self._database.clock() - KEPT_FOR,
                )
            ).first()
        if row is None:
            return None
        answer = self._key.unseal(row.answer, _purpose(key, user_id, route))
        return StoredAnswer(row.body_digest, row.status, answer)

    def keep(self, key: str, user_id: int, route: str, stored: StoredAnswer) -> None:
        """Keep an answer for 24 h and forget those that are older."""
        with self._database.write() as connection:
            now = self._database.clock()
            connection.execute(
                delete(idempotency).where(idempotency.c.created_at <= now - KEPT_FOR)
            )
            connection.execute(
                insert_into(connection, idempotency)
                .values(
                    user_id=user_id,
                    route=route,
                    key=key,
                    body_digest=stored.body_digest,
                    status=stored.status,
                    answer=self._key.seal(stored.answer, _purpose(key, user_id, route)),
                    created_at=now,
                )
                .on_conflict_do_nothing()
            )


def _purpose(key: str, user_id: int, route: str) -> str:
    return f"the answer to {route} of user {user_id}, {key}"
