"""Copying a whole store into one sealed file while it is used, and reading such a file."""

import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC
from pathlib import Path
from typing import IO, Any, Final

from sqlalchemy import Connection, Table, func, select

from facewarden import __version__
from facewarden.errors import StoreError
from facewarden.govern.chain import GENESIS, Link, Outcome, check
from facewarden.store.backup_records import (
    Manifest,
    highest_ids,
    is_binary,
    read_record,
    read_rows,
    reflected,
    write_record,
    write_row,
)
from facewarden.store.database import Database
from facewarden.store.key import ENVIRONMENT_VARIABLE, TemplateKey
from facewarden.store.open import Store
from facewarden.store.revisions import REVISION_TABLE, revision_of
from facewarden.store.sealed_file import SealedReader, SealedWriter, Secret

PASSING: Final = frozenset({"web_session", "invitation", "failed_attempt", "idempotency"})
"""Tables that are not kept: who was signed out or invited since must not come back."""
AT_ONCE: Final = 200


def back_up(
    store: Store,
    path: Path,
    secret: Secret,
    *,
    key_file: Path | None = None,
    env: Mapping[str, str] = os.environ,
) -> Manifest:
    """Write a backup as `write_backup` does; that it was made is in the audit log, and in it.

    Args:
        key_file: the store's key, to be put into the file; None leaves it out.
        env: the environment; its FACEWARDEN_KEY wins over the file.

    Raises:
        StoreError: as `write_backup`.
        KeyRefused: the key cannot be read.
    """
    key_text = ""
    if key_file is not None:
        TemplateKey.load(key_file, env=env, create=False)  # refuses one that is open to others
        key_text = env.get(ENVIRONMENT_VARIABLE) or key_file.read_text()
    store.audit.append("", "store.backup", "store", {"with_key": bool(key_text)})
    return write_backup(store._database, path, secret, key_text=key_text.strip())


def write_backup(database: Database, path: Path, secret: Secret, *, key_text: str = "") -> Manifest:
    """Write a consistent copy of the store to a new file of mode 0600; others go on meanwhile.

    The file appears under its name only when it is complete and on the disk. While it is written,
    SQLite's write-ahead log grows by what is written to the store.

    Args:
        key_text: the store's key as base64, to be put into the file; empty: it stays out.

    Raises:
        StoreError: the file exists already or cannot be written, or the store cannot be read.
    """
    with _new_file(path) as file:
        out = SealedWriter(file, secret)
        with database.read() as connection:
            manifest = _write(connection, out, database, key_text)
        out.finish()
    return manifest


def _write(
    connection: Connection, out: SealedWriter, database: Database, key_text: str
) -> Manifest:
    tables = [
        table
        for table in reflected(connection).sorted_tables
        if table.name not in PASSING | {REVISION_TABLE}
    ]
    by_name = {table.name: table for table in tables}
    start = _newest(connection, by_name["audit_anchor"]) or GENESIS
    manifest = Manifest(
        made_at=database.clock().astimezone(UTC).isoformat().replace("+00:00", "Z"),
        facewarden=__version__,
        database=connection.dialect.name,
        revision=revision_of(connection) or "",
        tables={
            table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in tables
        },
        sequences=highest_ids(connection, tables),
        audit_start=start,
        audit_head=_newest(connection, by_name["audit"]) or start,
        with_key=bool(key_text),
    )
    manifest.write(out)
    write_record(out, {"key": key_text})
    for table in tables:
        binary = is_binary(table)
        columns = [column.name for column in table.columns]
        write_record(out, {"table": table.name, "columns": columns, "binary": binary})
        # By key: the order of the audit log is that of its chain.
        rows = connection.execute(
            select(table).order_by(*table.primary_key.columns),
            execution_options={"yield_per": AT_ONCE},
        )
        for row in rows:
            write_row(out, binary, tuple(row))
    return manifest


def _newest(connection: Connection, table: Table) -> tuple[int, str] | None:
    row = connection.execute(
        select(table.c.position, table.c.hash).order_by(table.c.position.desc()).limit(1)
    ).one_or_none()
    return (row.position, row.hash) if row else None


@contextmanager
def _new_file(path: Path) -> Iterator[IO[bytes]]:
    """Open a draft beside `path` that takes its name when the block ends without an error."""
    if path.exists():
        raise StoreError(f"{path} exists already", remedy="give the backup a name of its own")
    draft = path.with_name(f".{path.name[:100]}.{secrets.token_hex(8)}")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise _unwritable(path, error) from error
    try:
        try:
            with os.fdopen(descriptor, "wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            _name(draft, path)
        finally:
            draft.unlink(missing_ok=True)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise _unwritable(path, error) from error


def _name(draft: Path, path: Path) -> None:
    """Give the draft its name; unlike a rename alone, this never replaces a file."""
    try:
        os.link(draft, path)
    except FileExistsError:
        raise
    except OSError:  # exFAT, SMB and others have no second names
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        draft.replace(path)


def _unwritable(path: Path, error: OSError) -> StoreError:
    return StoreError(
        f"the backup {path} cannot be written",
        found=error.strerror or str(error),
        remedy="choose a folder with room that this user may write to",
    )


class Backup:
    """An opened backup: its manifest, then its tables, in order and once.

    Attributes:
        manifest: what it says that it holds.
        key_text: the key of the store as base64; empty where it was left out.

    Raises:
        StoreError: it is no backup, was altered or cut off.
        StoreVersion: a newer facewarden wrote it.
        KeyRefused: another secret seals it.
    """

    def __init__(self, file: IO[bytes], secret: Secret) -> None:
        self._source = SealedReader(file, secret)
        self.manifest = Manifest.read(self._source)
        self.key_text: str = read_record(self._source)["key"]

    def tables(self) -> Iterator[tuple[str, Iterator[dict[str, Any]]]]:
        """Yield each table's name and rows; the end of the file is checked after the last."""
        for name, count in self.manifest.tables.items():
            told = read_record(self._source)
            rows = read_rows(self._source, told["columns"], told["binary"], count)
            yield name, rows
            for _ in rows:  # what the caller did not take
                pass
        self._source.finish()


@contextmanager
def open_backup(path: Path, secret: Secret) -> Iterator[Backup]:
    """Open a backup for reading.

    Raises:
        StoreError: the file cannot be read; and what Backup raises.
    """
    try:
        file = path.open("rb")
    except OSError as error:
        raise StoreError(
            f"the backup {path} cannot be read",
            found=error.strerror or str(error),
            remedy="check the path",
        ) from error
    with file:
        yield Backup(file, secret)


def verify_backup(path: Path, secret: Secret) -> tuple[Manifest, Outcome]:
    """Read a backup to its end without restoring it.

    Returns:
        What it holds, and whether the audit log in it is whole.

    Raises:
        StoreError, StoreVersion, KeyRefused: as Backup does.
    """
    outcome = check(())
    with open_backup(path, secret) as backup:
        for name, rows in backup.tables():
            if name == "audit":
                outcome = check(map(_as_link, rows), start=backup.manifest.audit_start)
    return backup.manifest, outcome


def _as_link(row: Mapping[str, Any]) -> Link:
    """Return a row of the audit log as it is hashed."""
    return Link(
        row["position"],
        row["at"],
        row["actor"],
        row["action"],
        row["object"],
        row["details"],
        row["hash"],
    )
