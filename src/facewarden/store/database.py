"""Connections and transactions: how every part of the store talks to its database."""

import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Protocol

from sqlalchemy import URL, Connection, Engine, Table, event
from sqlalchemy.dialects.postgresql import Insert as PostgresInsert
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import Insert as SqliteInsert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from facewarden.errors import StoreBusy, StoreError
from facewarden.store.faults import store_faults
from facewarden.store.postgres import PostgresServer
from facewarden.store.private import private_folder
from facewarden.store.sqlite import SqliteServer

WRITING: Final = "facewarden_writing"
CONNECTIONS: Final = 16  # threads of one process that read at once; more of them wait
LOOK_AGAIN_S: Final = 0.2


def utc_now() -> datetime:
    """Return the time by this machine's clock."""
    return datetime.now(UTC)


class Server(Protocol):
    """What differs from database to database.

    Attributes:
        name: where it is, in words without credentials.
        reading, writing: SQLAlchemy's execution options of the two kinds of transactions.
    """

    name: str
    engine: Engine
    reading: Mapping[str, Any]
    writing: Mapping[str, Any]

    def begin_reading(self, connection: Connection) -> None:
        """Begin a transaction that sees one moment and waits for no writer."""
        ...

    def begin_writing(self, connection: Connection) -> None:
        """Begin a transaction that sees the newest state, once no other writer is at work."""
        ...

    def find_damage(self) -> str:
        """Read all of the store; return what is damaged, empty where nothing is or none can tell.

        Outside any transaction of ours, beside readers and writers.
        """
        ...

    def forget(self) -> None:
        """Rewrite what is stored without what was deleted; outside any transaction."""
        ...

    def empty_log(self) -> None:
        """Leave nothing of what was deleted in the log of changes, where that can be done.

        Raises:
            StoreBusy: at once, where somebody reads an older state.
        """
        ...


class Database:
    """One store's database, shared by the threads of a process.

    Writers take turns: first among the threads of this process, fairly, then among processes
    through a lock of the database. Readers never wait for writers.

    Args:
        url: an SQLAlchemy URL of a SQLite file or a PostgreSQL database.
        busy_s: how long to wait for other writers before StoreBusy.
        clock: what time it is, UTC; a test may pass another.
    """

    def __init__(self, url: URL, *, busy_s: float, clock: Callable[[], datetime] = utc_now) -> None:
        postgres = url.get_backend_name() == "postgresql"
        kind = PostgresServer if postgres else SqliteServer
        self.server: Server = kind(url, busy_s=busy_s, connections=CONNECTIONS)
        self.name = self.server.name
        self.engine = self.server.engine
        self.clock = clock
        self._busy_s = busy_s
        self._turn = threading.Lock()
        self._closed = False
        event.listen(self.engine, "begin", self._begin)
        self._reading = self.engine.execution_options(**self.server.reading)
        self._writing = self.engine.execution_options(**{WRITING: True}, **self.server.writing)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Read inside one transaction: everything seen belongs to the same moment."""
        self._require_open()
        with store_faults(self.name), self._reading.begin() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Write inside one transaction, committed to the disk when the block ends.

        Raises:
            StoreBusy: other writers held the store for longer than `busy_s`.
            StoreUnreachable: the database does not answer. Where the connection was lost during
                the commit, nobody can tell whether it happened.
        """
        with self._in_turn(), self._writing.begin() as connection:
            yield connection

    def forget(self) -> None:
        """Rewrite the store so that nothing deleted can be read from it any more.

        Raises:
            StoreBusy: a reader kept the old state in use. What was deleted stays deleted.
            StoreFull: rewriting needs as much free space as the store takes.
        """
        with self._in_turn():
            self.server.forget()
        self.empty_log(patience_s=self._busy_s)

    def require_sound(self) -> None:
        """Read the whole store.

        Raises:
            StoreError: it is damaged.
        """
        self._require_open()
        with store_faults(self.name):
            damage = self.server.find_damage()
        if damage:
            raise StoreError(
                f"the store is damaged ({self.name})",
                found=damage,
                remedy="stop every process that uses it and restore it from a backup",
            )

    def empty_log(self, *, patience_s: float) -> None:
        """Write the log of changes back and cut it to nothing, where it is the store's own.

        Other writers go on meanwhile, however long a reader keeps the log.

        Args:
            patience_s: how long to try.

        Raises:
            StoreBusy: a reader kept the old log in use. What was deleted stays deleted.
        """
        deadline = time.monotonic() + patience_s
        while True:
            try:
                with self._in_turn():
                    self.server.empty_log()
            except StoreBusy:
                if time.monotonic() >= deadline:
                    raise
            else:
                return
            time.sleep(LOOK_AGAIN_S)

    def close(self) -> None:
        """Give every connection back; the last process to close empties the log."""
        self._closed = True
        self.engine.dispose()

    @contextmanager
    def _in_turn(self) -> Iterator[None]:
        self._require_open()
        if not self._turn.acquire(timeout=self._busy_s):
            raise StoreBusy(
                f"another thread has held the store for {self._busy_s:g} s ({self.name})",
                remedy="try again",
            )
        try:
            with store_faults(self.name):
                yield
        finally:
            self._turn.release()

    def _require_open(self) -> None:
        if self._closed:
            raise StoreError("the store is closed", remedy="open it again")

    def _begin(self, connection: Connection) -> None:
        if connection.get_execution_options().get(WRITING, False):
            self.server.begin_writing(connection)
        else:
            self.server.begin_reading(connection)


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
