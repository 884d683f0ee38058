"""The audit log for others: exported with its chain, and where its head was noted."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, func, insert, select

from facewarden.errors import DataError
from facewarden.govern.chain import Link, Noted
from facewarden.store.audit import Audit, start_of
from facewarden.store.audit_filter import AuditWanted, chosen
from facewarden.store.columns import from_micros, to_micros
from facewarden.store.database import Database
from facewarden.store.governance_tables import audit_receipt
from facewarden.store.tables import audit as audit_table

FORMAT: Final = "facewarden audit 1"
EXTRACT: Final = "facewarden audit extract 1"
BATCH: Final = 1000


@dataclass(frozen=True, slots=True)
class Receipt:
    """That the head was noted elsewhere.

    Attributes:
        noted: the head.
        method: "file", "mqtt" or "http".
        target: where, without credentials.
        receipt: what the other side gave for it.
    """

    receipt_id: int
    at: datetime
    noted: Noted
    method: str
    target: str
    receipt: str


class AuditProof:
    """What proves the audit log to somebody else."""

    def __init__(self, database: Database, audit: Audit) -> None:
        self._database = database
        self._audit = audit

    def lines(self) -> Iterator[str]:
        """Return the whole log as lines of JSON, oldest entry first; see `read_export`.

        The first line says what stands before the first entry, whose hash begins the chain. Read
        in parts: an entry that is made meanwhile may be in it or not.
        """
        with self._database.read() as connection:
            position, before = start_of(connection)
        yield json.dumps({"format": FORMAT, "after": position, "hash": before}) + "\n"
        while True:
            with self._database.read() as connection:
                rows = connection.execute(
                    select(audit_table)
                    .where(audit_table.c.position > position)
                    .order_by(audit_table.c.position)
                    .limit(BATCH)
                ).all()
            yield from map(_line, rows)
            if len(rows) < BATCH:
                return
            position = rows[-1].position

    def extract(self, wanted: AuditWanted) -> Iterator[str]:
        """Return those entries that are wanted as lines of JSON, newest first.

        They are no chain: each has its hash, by which it is found again in the whole log.
        """
        asked = {
            name: value.isoformat() if isinstance(value, datetime) else value
            for name, value in asdict(wanted).items()
            if value
        }
        yield json.dumps({"format": EXTRACT, "wanted": asked}, ensure_ascii=False) + "\n"
        before = None
        while True:
            with self._database.read() as connection:
                positions = chosen(connection, wanted, before=before, limit=BATCH)
                rows = connection.execute(
                    select(audit_table)
                    .where(audit_table.c.position.in_(positions))
                    .order_by(audit_table.c.position.desc())
                ).all()
            yield from map(_line, rows)
            if len(rows) < BATCH:
                return
            before = rows[-1].position

    def keep(self, at: datetime, noted: Noted, method: str, target: str, receipt: str) -> None:
        """Write down that the head was noted elsewhere; that is an audit entry, too."""
        with self._database.write() as connection:
            connection.execute(
                insert(audit_receipt).values(
                    at=at,
                    position=noted.position,
                    hash=noted.hash,
                    method=method,
                    target=target,
                    receipt=receipt,
                )
            )
            self._audit.note(
                connection, "audit.note", f"audit:{noted.position}", {"method": method}
            )

    def receipts(self, *, before: int | None = None, limit: int = 50) -> list[Receipt]:
        """Return receipts, newest first."""
        wanted = [] if before is None else [audit_receipt.c.receipt_id < before]
        with self._database.read() as connection:
            rows = connection.execute(
                select(audit_receipt)
                .where(*wanted)
                .order_by(audit_receipt.c.receipt_id.desc())
                .limit(limit)
            ).all()
        return [
            Receipt(
                row.receipt_id,
                row.at,
                Noted(row.position, row.hash),
                row.method,
                row.target,
                row.receipt,
            )
            for row in rows
        ]

    def noted(self) -> list[Noted]:
        """Return every head that was noted, for a check against our own memory of it.

        Whoever can change the log can change this memory: it finds mistakes. What was noted
        elsewhere finds everything.
        """
        with self._database.read() as connection:
            rows = connection.execute(
                select(audit_receipt.c.position, audit_receipt.c.hash).distinct()
            ).all()
        return [Noted(row.position, row.hash) for row in rows]

    def newest(self) -> dict[tuple[str, str], datetime]:
        """Return when the head was last noted, by (method, target)."""
        with self._database.read() as connection:
            rows = connection.execute(
                select(
                    audit_receipt.c.method,
                    audit_receipt.c.target,
                    func.max(audit_receipt.c.at).label("at"),
                ).group_by(audit_receipt.c.method, audit_receipt.c.target)
            ).all()
        return {(row.method, row.target): row.at for row in rows}


def read_export(lines: Iterator[str]) -> tuple[tuple[int, str], Iterator[Link]]:
    """Return what stands before the first entry of an export, and its entries.

    Needs no store: whoever has an export can check it with `govern.chain.check`.

    Raises:
        DataError: it is no export of an audit log.
    """
    head = _object(next(lines, ""), 1)
    if head.get("format") == EXTRACT:
        raise DataError(
            "this is an extract of an audit log, not a chain",
            remedy="export the whole log, without filters, and check that",
        )
    if head.get("format") != FORMAT:
        raise DataError("this is no export of an audit log", expected=f'"format": "{FORMAT}"')
    start = (_integer(head, "after", 1), _text(head, "hash", 1))
    return start, _links(lines)


def _line(row: Row[Any]) -> str:
    entry = {
        "position": row.position,
        "at_us": to_micros(row.at),
        "at": row.at.isoformat().replace("+00:00", "Z"),
        "actor": row.actor,
        "action": row.action,
        "object": row.object,
        "details": row.details,
        "hash": row.hash,
    }
    return json.dumps(entry, ensure_ascii=False) + "\n"


def _links(lines: Iterator[str]) -> Iterator[Link]:
    for number, line in enumerate(lines, 2):
        entry = _object(line, number)
        at_us = _integer(entry, "at_us", number)
        # The hash covers the microseconds: the words beside them must say the same.
        try:
            told = from_micros(at_us).isoformat().replace("+00:00", "Z")
        except OverflowError:
            told = ""
        if _text(entry, "at", number) != told:
            raise DataError(f"line {number} of the export tells two times")
        yield Link(
            position=_integer(entry, "position", number),
            at_us=at_us,
            actor=_text(entry, "actor", number),
            action=_text(entry, "action", number),
            object=_text(entry, "object", number),
            details=_text(entry, "details", number),
            hash=_text(entry, "hash", number),
        )


def _object(line: str, number: int) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise DataError(f"line {number} is not of an export of an audit log")
    return found


def _integer(entry: dict[str, Any], name: str, number: int) -> int:
    found = entry.get(name)
    if type(found) is not int:
        raise DataError(f"line {number} of the export has no {name}")
    return found


def _text(entry: dict[str, Any], name: str, number: int) -> str:
    found = entry.get(name)
    if not isinstance(found, str):
        raise DataError(f"line {number} of the export has no {name}")
    return found
