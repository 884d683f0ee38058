"""The audit log: who did what, in a chain of hashes that shows later changes.

Details carry ids and counts, never names, case numbers or file names: a row cannot be rewritten
when a subject is removed for good.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, delete, func, insert, select

from facewarden.errors import DataError
from facewarden.store.columns import to_micros
from facewarden.store.database import Database, insert_into
from facewarden.store.tables import audit as audit_table
from facewarden.store.tables import audit_anchor

GENESIS: Final = (0, "0" * 64)


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """One row of the log.

    Attributes:
        position: 1 for the first event of the store, then without gaps.
        hash: SHA-256, hexadecimal, over the hash before it and this row.
    """

    position: int
    at: datetime
    actor: str
    action: str
    object: str
    details: Mapping[str, Any]
    hash: str


class Audit:
    """An append-only log; each row's hash covers the row before it.

    A chain shows that rows were changed, inserted or taken out of its middle. That its newest
    rows were cut off, or that all of it was computed anew, shows only against a hash noted
    elsewhere: note `tail(1)` from time to time.

    Args:
        actor: who is written down for what this process does by itself.
    """

    def __init__(self, database: Database, actor: str) -> None:
        self._database = database
        self._actor = actor

    def append(
        self,
        actor: str,
        action: str,
        object: str,  # noqa: A002
        details: Mapping[str, Any],
    ) -> None:
        """Add an event.

        Args:
            actor: the person or process.
            action: a word pair such as "subject.remove".
            object: what it was done to, by id, such as "subject:17".
            details: JSON values; ids and counts, no names.
        """
        with self._database.write() as connection:
            self.note(connection, action, object, details, actor=actor)

    def note(
        self,
        connection: Connection,
        action: str,
        object: str,  # noqa: A002
        details: Mapping[str, Any],
        *,
        actor: str = "",
    ) -> None:
        """Add an event inside a write transaction, so that it stands or falls with the change."""
        position, before = _head(connection)
        at = self._database.clock()
        who = actor or self._actor
        text = _canonical(details)
        connection.execute(
            insert(audit_table).values(
                position=position + 1,
                at=at,
                actor=who,
                action=action,
                object=object,
                details=text,
                hash=_link(before, position + 1, at, who, action, object, text),
            )
        )

    def verify(self) -> AuditEvent | None:
        """Return the first row that does not continue the chain, or None when all do."""
        with self._database.read() as connection:
            position, before = _anchor(connection)
            rows = connection.execute(
                select(audit_table).order_by(audit_table.c.position),
                execution_options={"yield_per": 1000},
            )
            for row in rows:
                link = _link(
                    before, row.position, row.at, row.actor, row.action, row.object, row.details
                )
                if row.position != position + 1 or row.hash != link:
                    return _event(row)
                position, before = row.position, row.hash
        return None

    def count(self) -> int:
        """Return how many events are kept."""
        with self._database.read() as connection:
            return int(
                connection.execute(select(func.count()).select_from(audit_table)).scalar_one()
            )

    def tail(self, n: int) -> list[AuditEvent]:
        """Return the newest n events, oldest first."""
        with self._database.read() as connection:
            rows = connection.execute(
                select(audit_table).order_by(audit_table.c.position.desc()).limit(n)
            ).all()
        return [_event(row) for row in reversed(rows)]


def prune(connection: Connection, before: datetime) -> int:
    """Remove the oldest events up to the first that is not older than `before`; count them.

    The hash of the last one removed stays as the anchor of the rest.
    """
    kept = connection.execute(
        select(audit_table.c.position)
        .where(audit_table.c.at >= before)
        .order_by(audit_table.c.position)
        .limit(1)
    ).scalar_one_or_none()
    last = select(audit_table.c.position, audit_table.c.hash).order_by(
        audit_table.c.position.desc()
    )
    if kept is not None:
        last = last.where(audit_table.c.position < kept)
    row = connection.execute(last.limit(1)).one_or_none()
    if row is None:
        return 0
    values = {"position": row.position, "hash": row.hash}
    connection.execute(
        insert_into(connection, audit_anchor)
        .values(row_id=1, **values)
        .on_conflict_do_update(index_elements=["row_id"], set_=values)
    )
    return connection.execute(
        delete(audit_table).where(audit_table.c.position <= row.position)
    ).rowcount


def _anchor(connection: Connection) -> tuple[int, str]:
    row = connection.execute(select(audit_anchor.c.position, audit_anchor.c.hash)).one_or_none()
    return (row.position, row.hash) if row else GENESIS


def _head(connection: Connection) -> tuple[int, str]:
    row = connection.execute(
        select(audit_table.c.position, audit_table.c.hash)
        .order_by(audit_table.c.position.desc())
        .limit(1)
    ).one_or_none()
    return (row.position, row.hash) if row else _anchor(connection)


def _canonical(details: Mapping[str, Any]) -> str:
    try:
        return json.dumps(
            dict(details),
            sort_keys=True,
            separators=(",", ":"),
            ensure_ascii=False,
            allow_nan=False,
        )
    except (TypeError, ValueError) as error:
        raise DataError("audit details are not JSON", found=str(error)) from error


def _link(before: str, position: int, at: datetime, *words: str) -> str:
    row = json.dumps([position, to_micros(at), *words], separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256((before + row).encode()).hexdigest()


def _event(row: Row[Any]) -> AuditEvent:
    return AuditEvent(
        row.position,
        row.at,
        row.actor,
        row.action,
        row.object,
        json.loads(row.details),
        row.hash,
    )
