"""The audit log: who did what, from where and why, in a chain of hashes that shows later changes.

Details carry ids and counts, never names, case numbers or file names: a row cannot be rewritten
when a subject is removed for good. What was searched with is kept beside the row, sealed.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, delete, func, insert, select

from facewarden.errors import DataError
from facewarden.govern.chain import GENESIS, Link, Noted, Outcome, check, link
from facewarden.store.access import current
from facewarden.store.audit_filter import AuditWanted, chosen
from facewarden.store.columns import to_micros
from facewarden.store.database import Database, insert_into
from facewarden.store.governance_tables import audit_picture
from facewarden.store.key import TemplateKey
from facewarden.store.tables import audit as audit_table
from facewarden.store.tables import audit_anchor

EVERYTHING: Final = AuditWanted()


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
    elsewhere: `facewarden.notary` notes the head there.

    Who, from where and why come from `access.current` where somebody is served; they are part of
    the hashed details as `origin` and `purpose`.

    Args:
        actor: who is written down for what this process does by itself.
        key: seals the pictures that were searched with.
    """

    def __init__(self, database: Database, actor: str, key: TemplateKey) -> None:
        self._database = database
        self._actor = actor
        self._key = key

    def append(
        self,
        actor: str,
        action: str,
        object: str,  # noqa: A002
        details: Mapping[str, Any],
        *,
        picture: bytes = b"",
    ) -> int:
        """Add an event; return its position.

        Args:
            actor: the person or process.
            action: a word pair such as "subject.remove".
            object: what it was done to, by id, such as "subject:17".
            details: JSON values; ids and counts, no names.
            picture: a small picture of what was searched with; it is sealed, its hash is part of
                the details.
        """
        with self._database.write() as connection:
            return self.note(connection, action, object, details, actor=actor, picture=picture)

    def note(
        self,
        connection: Connection,
        action: str,
        object: str,  # noqa: A002
        details: Mapping[str, Any],
        *,
        actor: str = "",
        picture: bytes = b"",
    ) -> int:
        """Add an event inside a write transaction, so that it stands or falls with the change."""
        position, before = _head(connection)
        position += 1
        at = self._database.clock()
        access = current()
        who = actor or (access.login if access else "") or self._actor
        told: dict[str, Any] = {}
        if access is not None:
            told["origin"] = access.origin
            if access.purpose:
                told["purpose"] = access.purpose
        told |= details
        if picture:
            told |= {"picture": hashlib.sha256(picture).hexdigest()}
            sealed = self._key.seal(picture, _picture(position))
            connection.execute(insert(audit_picture).values(position=position, sealed=sealed))
        text = _canonical(told)
        connection.execute(
            insert(audit_table).values(
                position=position,
                at=at,
                actor=who,
                action=action,
                object=object,
                details=text,
                hash=link(before, position, to_micros(at), who, action, object, text),
            )
        )
        return position

    def verify(self) -> AuditEvent | None:
        """Return the first row that does not continue the chain, or None when all do."""
        fault = self.check().fault
        if fault is None:
            return None
        with self._database.read() as connection:
            row = connection.execute(
                select(audit_table).where(audit_table.c.position == fault.position)
            ).one()
        return _event(row)

    def check(self, noted: Iterable[Noted] = ()) -> Outcome:
        """Check the whole chain, and that it still has what was noted of it elsewhere."""
        with self._database.read() as connection:
            rows = connection.execute(
                select(audit_table).order_by(audit_table.c.position),
                execution_options={"yield_per": 1000},
            )
            return check((_as_link(row) for row in rows), start=start_of(connection), noted=noted)

    def head(self) -> Noted:
        """Return position and hash of the newest event: what to note elsewhere."""
        with self._database.read() as connection:
            return self.head_within(connection)

    def head_within(self, connection: Connection) -> Noted:
        """Return the head as a transaction sees it, its own events included."""
        return Noted(*_head(connection))

    def page(
        self,
        *,
        wanted: AuditWanted = EVERYTHING,
        before: int | None = None,
        limit: int = 50,
    ) -> list[AuditEvent]:
        """Return events, newest first.

        Args:
            wanted: what they must have.
            before: only those of smaller position: the last one of the page before.
        """
        with self._database.read() as connection:
            positions = chosen(connection, wanted, before=before, limit=limit)
            rows = connection.execute(
                select(audit_table)
                .where(audit_table.c.position.in_(positions))
                .order_by(audit_table.c.position.desc())
            ).all()
        return [_event(row) for row in rows]

    def picture(self, position: int) -> bytes:
        """Return what was searched with; that it was read is an event of its own.

        Returns:
            A small JPEG; empty where the event has none.

        Raises:
            KeyRefused: the stored bytes were changed.
        """
        with self._database.write() as connection:
            sealed = connection.execute(
                select(audit_picture.c.sealed).where(audit_picture.c.position == position)
            ).scalar_one_or_none()
            if sealed is None:
                return b""
            self.note(connection, "audit.read_picture", f"audit:{position}", {})
        return self._key.unseal(sealed, _picture(position))

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
    connection.execute(delete(audit_picture).where(audit_picture.c.position <= row.position))
    return connection.execute(
        delete(audit_table).where(audit_table.c.position <= row.position)
    ).rowcount


def start_of(connection: Connection) -> tuple[int, str]:
    """Return position and hash of what stands before the first event that is kept."""
    row = connection.execute(select(audit_anchor.c.position, audit_anchor.c.hash)).one_or_none()
    return (row.position, row.hash) if row else GENESIS


def _head(connection: Connection) -> tuple[int, str]:
    row = connection.execute(
        select(audit_table.c.position, audit_table.c.hash)
        .order_by(audit_table.c.position.desc())
        .limit(1)
    ).one_or_none()
    return (row.position, row.hash) if row else start_of(connection)


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


def _picture(position: int) -> str:
    return f"audit:{position}"


def _as_link(row: Row[Any]) -> Link:
    return Link(
        row.position,
        to_micros(row.at),
        row.actor,
        row.action,
        row.object,
        row.details,
        row.hash,
    )


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
