"""Connections and transactions: how every part of the store talks to its database."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL, Connection, Engine, Table, create_engine, event
from sqlalchemy.dialects.postgresql import Insert as PostgresInsert
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import Insert as SqliteInsert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from facewarden.errors import StoreBusy, StoreError
from facewarden.store.faults import store_faults
from facewarden.store.private import private_folder

WRITING: Final = "facewarden_writing"
PATIENCE_MS: Final = (
    8  # SQLite looks again after 1, 2 and 5 ms (sqlite3.c, sqliteDefaultBusyCallback)
)
CONNECTIONS: Final = 16  # threads of one process that read at once; more of them wait


def utc_now() -> datetime:
    """Return the time by this machine's clock."""
    return datetime.now(UTC)


class Database:
    """One store's database, shared by the threads of a process.

    Writers take turns: first among the threads of this process, fairly, then among processes
    through SQLite's own lock. Readers never wait for writers (write-ahead log).

    Args:
        url: an SQLAlchemy URL of a SQLite file.
        busy_s: how long to wait for other writers before StoreBusy.
        clock: what time it is, UTC; a test may pass another.
    """

    def __init__(self, url: URL, *, busy_s: float, clock: Callable[[], datetime] = utc_now) -> None:
        self.name = url.render_as_string()
        self.clock = clock
        self._busy_s = busy_s
        self._turn = threading.Lock()
        self._closed = False
        # hide_parameters keeps names and pictures out of messages and logs.
        self.engine: Engine = create_engine(
            url,
            hide_parameters=True,
            pool_size=CONNECTIONS,
            max_overflow=0,
            pool_timeout=busy_s,
            connect_args={"check_same_thread": False, "timeout": busy_s},
        )
        event.listen(self.engine, "connect", self._prepare)
        event.listen(self.engine, "begin", self._begin)
        self._writing = self.engine.execution_options(**{WRITING: True})

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Read inside one transaction: everything seen belongs to the same moment."""
        self._require_open()
        with store_faults(self.name), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Write inside one transaction, committed to the disk when the block ends.

        Raises:
            StoreBusy: other writers held the store for longer than `busy_s`.
        """
        self._require_open()
        if not self._turn.acquire(timeout=self._busy_s):
            raise StoreBusy(
                f"another thread has held the store for {self._busy_s:g} s ({self.name})",
                remedy="try again",
            )
        try:
            with store_faults(self.name), self._writing.begin() as connection:
                yield connection
        finally:
            self._turn.release()

    def forget(self) -> None:
        """Rewrite the file so that nothing deleted can be read from it any more.

        `secure_delete` alone is not enough: it leaves copies of rows in the slack of pages that
        were once split (9 of 1,000 deleted names in a trial with SQLite 3.40, 2026-11). VACUUM
        rewrites every page, and the checkpoint empties the write-ahead log.

        Raises:
            StoreBusy: a reader kept the old log in use. What was deleted stays deleted.
            StoreFull: VACUUM needs as much free space as the store takes.
        """
        with self._alone() as connection:
            connection.execute("VACUUM")
        self.empty_log()

    def empty_log(self) -> None:
        """Write the write-ahead log back and cut it to nothing.

        Raises:
            StoreBusy: a reader kept the old log in use. What was deleted stays deleted.
        """
        with self._alone() as connection:
            (in_use, _, _) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if in_use:
            raise StoreBusy(
                "what was removed may still be readable in the write-ahead log",
                found="another process reading an older state",
                remedy="run the removal of expired data again, or stop the other process",
            )

    @contextmanager
    def _alone(self) -> Iterator[Any]:
        """Lend a bare connection outside any transaction, while no thread here writes."""
        self._require_open()
        with self._turn, store_faults(self.name):
            raw = self.engine.raw_connection()
            try:
                yield raw.driver_connection
            finally:
                raw.close()

    def close(self) -> None:
        """Give every connection back; the last process to close empties the log."""
        self._closed = True
        self.engine.dispose()

    def _require_open(self) -> None:
        if self._closed:
            raise StoreError("the store is closed", remedy="open it again")

    def _prepare(self, connection: Any, _record: object) -> None:
        # SQLAlchemy begins the transactions (see _begin), the driver must not begin its own.
        connection.isolation_level = None
        cursor = connection.cursor()
        deadline = time.monotonic() + self._busy_s
        # SQLite does not wait by itself when two processes turn the log on at the same moment.
        while True:
            try:
                cursor.execute("PRAGMA journal_mode=WAL")
                break
            except connection.OperationalError as error:
                if "is locked" not in str(error) or time.monotonic() > deadline:
                    raise
                time.sleep(0.01)
        for setting in ("synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
            cursor.execute(f"PRAGMA {setting}")
        cursor.close()

    def _begin(self, connection: Connection) -> None:
        if not connection.get_execution_options().get(WRITING, False):
            connection.exec_driver_sql("BEGIN")
            return
        # IMMEDIATE takes the write lock at once: asking for it later would fail instead of wait.
        # SQLite waits up to 0.1 s between two looks, and a process that writes without pause wins
        # every time; short patience again and again gets a turn sooner.
        raw: Any = connection.connection.driver_connection
        deadline = time.monotonic() + self._busy_s
        raw.execute(f"PRAGMA busy_timeout={PATIENCE_MS}")
        try:
            while True:
                try:
                    raw.execute("BEGIN IMMEDIATE")
                    break
                except raw.OperationalError as error:
                    if "is locked" not in str(error) or time.monotonic() > deadline:
                        raise
        finally:
            raw.execute(f"PRAGMA busy_timeout={int(self._busy_s * 1000)}")


def create_private(path: Path) -> None:
    """Make an empty file of mode 0600 in a directory of mode 0700, unless they exist.

    Raises:
        StoreError: the file cannot be made there, or others may write there; see `private_folder`.
    """
    private_folder(path.parent)
    try:
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    except OSError as error:
        raise StoreError(
            f"{path} cannot be made",
            found=error.strerror or str(error),
            remedy="choose a directory that this user may write to",
        ) from error


def insert_into(connection: Connection, table: Table) -> SqliteInsert | PostgresInsert:
    """Return an INSERT that knows ON CONFLICT, which standard SQL does not have."""
    if connection.dialect.name == "postgresql":
        return postgres_insert(table)
    return sqlite_insert(table)
