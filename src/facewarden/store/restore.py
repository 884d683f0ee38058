"""Making a store out of a backup, on whichever database."""

import base64
import os
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Table, inspect, make_url, text

from facewarden.errors import StoreError, StoreVersion
from facewarden.store.backup import AT_ONCE, Backup
from facewarden.store.backup_records import (
    has_counters,
    reflected,
    require_same,
    sequences,
)
from facewarden.store.database import Database, create_private
from facewarden.store.key import ENVIRONMENT_VARIABLE, TemplateKey
from facewarden.store.key_check import require_key
from facewarden.store.open import BUSY_S
from facewarden.store.private import private_folder
from facewarden.store.revisions import REVISION_TABLE, alembic_config, newest, revisions

BATCH_BYTES: Final = 8_000_000
"""Of pictures in one statement, so that memory holds a few of them and not a store."""


def restore_backup(
    backup: Backup, url: str, key_file: Path, *, env: Mapping[str, str] = os.environ
) -> TemplateKey:
    """Fill an empty database with a backup, all of it or nothing; `open_store` then opens it.

    The tables are made as the backup's version knew them; opening the store upgrades them.

    Args:
        url: of an empty PostgreSQL database, or of a SQLite file that is empty or absent.
        key_file: the store's key; written (mode 0600) from the backup where it has the key and
            there is none yet.
        env: the environment; its FACEWARDEN_KEY wins over the file.

    Returns:
        The key of the store.

    Raises:
        StoreError: the database is not empty, or the backup was altered or cut off.
        StoreVersion: the backup was made by a newer facewarden.
        KeyRefused: there is no key, or not that of the backup's store.
    """
    _require_known(backup.manifest.revision)
    given = bool(env.get(ENVIRONMENT_VARIABLE)) or key_file.exists()
    if given or not backup.key_text:
        key = TemplateKey.load(key_file, env=env, create=False)
    else:
        key = TemplateKey(base64.b64decode(backup.key_text), origin="the key in the backup")
    address = make_url(url)
    path = Path(address.database or "") if address.get_backend_name() == "sqlite" else None
    made = path is not None and not path.exists()
    if path is not None:
        create_private(path)
    database = Database(address, busy_s=BUSY_S)
    try:
        with database.write() as connection:
            _fill(connection, backup, key, database.name)
            # Before the commit: a store whose key went down with the power is lost.
            if not given and backup.key_text:
                _write_key(key_file, backup.key_text)
    except BaseException:
        database.close()
        if path is not None and made:
            path.unlink(missing_ok=True)
        raise
    database.close()
    return key


def _write_key(path: Path, key_text: str) -> None:
    private_folder(path.parent)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(key_text.encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())


def _fill(connection: Connection, backup: Backup, key: TemplateKey, name: str) -> None:
    from alembic import command

    if inspect(connection).get_table_names():
        raise StoreError(
            f"the store {name} is not empty",
            expected="an empty database, or a file that is not there",
            remedy="move the old store away, or restore into another one",
        )
    manifest = backup.manifest
    config = alembic_config()
    config.attributes |= {"connection": connection, "key": key}
    command.upgrade(config, manifest.revision)
    tables = reflected(connection).tables
    for table in reversed(list(tables.values())):
        # A migration may have put rows into its tables: the backup has those of its own.
        if table.name != REVISION_TABLE:
            connection.execute(table.delete())
    for table_name, rows in backup.tables():
        if table_name not in tables:
            raise StoreError(f"the backup has a table that nobody knows: {table_name}")
        count = _insert(connection, tables[table_name], rows)
        require_same(table_name, manifest.tables[table_name], count)
    _count_on(connection, list(tables.values()), manifest.sequences)
    if not require_key(connection, key, name):
        raise StoreError("the backup is of a store without a key", remedy="take another backup")


def _insert(connection: Connection, table: Table, rows: Iterable[Mapping[str, Any]]) -> int:
    count = 0
    for batch in _batches(iter(rows)):
        connection.execute(table.insert(), batch)
        count += len(batch)
    return count


def _batches(rows: Iterator[Mapping[str, Any]]) -> Iterator[list[Mapping[str, Any]]]:
    batch: list[Mapping[str, Any]] = []
    size = 0
    for row in rows:
        batch.append(row)
        size += sum(len(value) for value in row.values() if isinstance(value, bytes))
        if len(batch) >= AT_ONCE or size > BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _count_on(connection: Connection, tables: list[Table], highest: Mapping[str, int]) -> None:
    """Let ids go on after the highest ever given: an id must never come to mean somebody else."""
    if connection.dialect.name == "sqlite":
        if not has_counters(connection):
            return
        for name, seq in highest.items():
            told = {"name": name, "seq": seq}
            changed = text("UPDATE sqlite_sequence SET seq = max(seq, :seq) WHERE name = :name")
            if not connection.execute(changed, told).rowcount:
                connection.execute(text("INSERT INTO sqlite_sequence VALUES (:name, :seq)"), told)
        return
    by_name = {table.name: table for table in tables}
    for name, sequence in sequences(connection, tables):
        (column,) = islice(by_name[name].primary_key.columns, 1)
        used = connection.execute(
            text(f'SELECT coalesce(max("{column.name}"), 0) FROM "{name}"')  # noqa: S608  names of our own tables
        ).scalar_one()
        last = max(int(used), highest.get(name, 0))
        if last:
            told = {"sequence": sequence, "last": last}
            connection.execute(text("SELECT setval(CAST(:sequence AS regclass), :last)"), told)


def _require_known(revision: str) -> None:
    if revision not in revisions():
        raise StoreVersion(
            "the backup was made by a newer facewarden",
            expected=f"revision {newest()} or older",
            found=f"revision {revision}",
            remedy="install that version, and restore with it",
        )
