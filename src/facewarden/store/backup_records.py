"""What stands in a backup: a manifest, the key where it was asked for, then every table's rows.

A record is the length of a JSON text (4 bytes, big-endian), the text, and the bytes that it counts.
Values are those of the database, whichever it is: a backup of SQLite restores into PostgreSQL.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final, Self

from sqlalchemy import JSON, Connection, LargeBinary, MetaData, Table, text

from facewarden.errors import StoreError, StoreVersion
from facewarden.store.sealed_file import SealedReader, SealedWriter

FORMAT: Final = 1
LENGTH: Final = 4


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds.

    Attributes:
        made_at: RFC 3339, UTC.
        facewarden: the version that made it.
        database: sqlite or postgresql.
        revision: of the schema.
        tables: how many rows of each, in the order in which they are stored.
        sequences: the highest id that each table has ever given, where it counts them.
        audit_start: position and hash of what stood before the oldest entry of the audit log.
        audit_head: position and hash of the newest entry.
        with_key: whether the key of the store is in it.
    """

    made_at: str
    facewarden: str
    database: str
    revision: str
    tables: Mapping[str, int]
    sequences: Mapping[str, int]
    audit_start: tuple[int, str]
    audit_head: tuple[int, str]
    with_key: bool
    format: int = field(default=FORMAT)

    @property
    def rows(self) -> int:
        """How many rows there are of all tables."""
        return sum(self.tables.values())

    def write(self, out: SealedWriter) -> None:
        """Put it at the beginning."""
        write_record(out, asdict(self))

    @classmethod
    def read(cls, source: SealedReader) -> Self:
        """Read it from the beginning.

        Raises:
            StoreVersion: a newer facewarden wrote it in another form.
        """
        told = read_record(source)
        if told.get("format") != FORMAT:
            raise StoreVersion(
                "the backup was written by a newer facewarden",
                expected=f"format {FORMAT}",
                found=f"format {told.get('format')}",
                remedy="install that version to read it",
            )
        start, head = tuple(told.pop("audit_start")), tuple(told.pop("audit_head"))
        return cls(audit_start=start, audit_head=head, **told)


def write_record(out: SealedWriter, told: Any, blobs: Sequence[bytes] = ()) -> None:
    """Write one record."""
    line = json.dumps(told, separators=(",", ":")).encode()
    out.write(len(line).to_bytes(LENGTH, "big") + line)
    for blob in blobs:
        out.write(blob)


def read_record(source: SealedReader) -> Any:
    """Read the JSON of one record."""
    return json.loads(source.read(int.from_bytes(source.read(LENGTH), "big")))


def reflected(connection: Connection) -> MetaData:
    """Return the tables as they are in the database, whatever its schema's age.

    JSON columns give and take None as NULL, as the store itself writes them.
    """
    found = MetaData()
    found.reflect(bind=connection)
    for table in found.tables.values():
        for column in table.columns:
            if isinstance(column.type, JSON):
                column.type.none_as_null = True
    return found


def is_binary(table: Table) -> list[bool]:
    """Tell of each column whether it holds bytes."""
    return [isinstance(column.type, LargeBinary) for column in table.columns]


def write_row(out: SealedWriter, binary: Sequence[bool], row: Sequence[Any]) -> None:
    """Write one row; of bytes the length stands in the text."""
    blobs = [
        bytes(v) for v, is_bytes in zip(row, binary, strict=True) if is_bytes and v is not None
    ]
    told = [
        len(value) if is_bytes and value is not None else value
        for value, is_bytes in zip(row, binary, strict=True)
    ]
    write_record(out, told, blobs)


def read_rows(
    source: SealedReader, columns: Sequence[str], binary: Sequence[bool], count: int
) -> Iterator[dict[str, Any]]:
    """Yield the rows of one table; all of them must be taken before the next table is read."""
    for _ in range(count):
        told = read_record(source)
        yield {
            name: source.read(value) if is_bytes and value is not None else value
            for name, is_bytes, value in zip(columns, binary, told, strict=True)
        }


def highest_ids(connection: Connection, tables: Sequence[Table]) -> dict[str, int]:
    """Return the highest id that each table has ever given, deleted rows included."""
    if connection.dialect.name == "sqlite":
        if not has_counters(connection):
            return {}
        rows = connection.execute(text("SELECT name, seq FROM sqlite_sequence")).all()
        known = {table.name for table in tables}
        return {name: int(seq) for name, seq in rows if name in known}
    found = {}
    for name, sequence in sequences(connection, tables):
        row = connection.execute(text(f"SELECT last_value, is_called FROM {sequence}")).one()  # noqa: S608  its own name, quoted by PostgreSQL
        if row.is_called:
            found[name] = int(row.last_value)
    return found


def has_counters(connection: Connection) -> bool:
    """Tell whether a SQLite database counts the ids of any table."""
    asked = text("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_sequence'")
    return connection.execute(asked).first() is not None


def sequences(connection: Connection, tables: Sequence[Table]) -> Iterator[tuple[str, str]]:
    """Yield each table of PostgreSQL that counts its ids, with the quoted name of its counter."""
    for table in tables:
        for column in table.primary_key.columns:
            named = connection.execute(
                text("SELECT pg_get_serial_sequence(:table, :column)"),
                {"table": f'"{table.name}"', "column": column.name},
            ).scalar_one()
            if named:
                yield table.name, named


def require_same(name: str, expected: int, found: int) -> None:
    """Check the number of rows of a table.

    Raises:
        StoreError: it differs.
    """
    if expected != found:
        raise StoreError(
            f"the backup does not hold what it says of the table {name}",
            expected=f"{expected} rows",
            found=str(found),
            remedy="take an older backup, and report this",
        )
