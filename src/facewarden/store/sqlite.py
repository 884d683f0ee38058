"""How a store in a SQLite file is opened, written in turn, and rewritten."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import URL, Connection, Engine, create_engine, event

from facewarden.errors import StoreBusy

PATIENCE_MS: Final = 8
"""SQLite looks again after 1, 2 and 5 ms (sqlite3.c, sqliteDefaultBusyCallback)."""


class SqliteServer:
    """A SQLite file: a write-ahead log, full syncs, and its own lock for writers.

    Args:
        url: of a file.
        busy_s: how long to wait for other writers.
        connections: threads of this process that read at once; more of them wait.
    """

    reading: Mapping[str, Any] = {}
    writing: Mapping[str, Any] = {}

    def __init__(self, url: URL, *, busy_s: float, connections: int) -> None:
        self.name = url.render_as_string()
        self._busy_s = busy_s
        # hide_parameters keeps what is written out of messages and logs.
        self.engine: Engine = create_engine(
            url,
            hide_parameters=True,
            pool_size=connections,
            max_overflow=0,
            pool_timeout=busy_s,
            connect_args={"check_same_thread": False, "timeout": busy_s},
        )
        event.listen(self.engine, "connect", self._prepare)

    def begin_reading(self, connection: Connection) -> None:
        """Begin a transaction that sees one moment."""
        connection.exec_driver_sql("BEGIN")

    def begin_writing(self, connection: Connection) -> None:
        """Begin a transaction that is the only one to write, or raise after `busy_s`."""
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

    def find_damage(self) -> str:
        """Look at the structure of every page; return the first fault."""
        with self._bare() as connection:
            (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        return "" if found == "ok" else str(found).splitlines()[-1]

    def forget(self) -> None:
        """Rewrite the file without what was deleted.

        `secure_delete` alone is not enough: it leaves copies of rows in the slack of pages that
        were once split (9 of 1,000 deleted names in a trial with SQLite 3.40, 2026-11). VACUUM
        rewrites every page, and the checkpoint empties the write-ahead log.
        """
        with self._bare() as connection:
            connection.execute("VACUUM")

    def empty_log(self) -> None:
        """Write the write-ahead log back and cut it to nothing, or raise at once."""
        with self._bare() as connection:
            # While it waits for readers of an older state, nobody else can write.
            connection.execute(f"PRAGMA busy_timeout={PATIENCE_MS}")
            try:
                (in_use, _, _) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            finally:
                connection.execute(f"PRAGMA busy_timeout={int(self._busy_s * 1000)}")
        if in_use:
            raise StoreBusy(
                "what was removed may still be readable in the write-ahead log",
                found="another process reading an older state",
                remedy="run the removal of expired data again, or stop the other process",
            )

    @contextmanager
    def _bare(self) -> Iterator[Any]:
        """Lend a connection outside any transaction."""
        raw = self.engine.raw_connection()
        try:
            yield raw.driver_connection
        finally:
            raw.close()

    def _prepare(self, connection: Any, _record: object) -> None:
        # SQLAlchemy begins the transactions, the driver must not begin its own.
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
