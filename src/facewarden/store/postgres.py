"""How a store in a PostgreSQL database is reached, written in turn, and rewritten."""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import URL, Connection, Engine, create_engine, text

from facewarden.store.tables import metadata

WRITERS: Final = 0x6661636577617264
"""Key of the advisory lock that writers take in turn: "faceward" in ASCII."""

CONNECTING: Final[Mapping[str, str | int]] = {
    "application_name": "facewarden",
    "client_encoding": "utf8",
    # Of a try that gets no answer: the next one is made by who needs the store.
    "connect_timeout": 3,
    # A commit that was answered must be on the disk, whatever the server's default is.
    "options": "-c synchronous_commit=on",
    # A server that vanished without a word is noticed within 5 s. TCP alone would go on sending
    # to it at ever longer intervals, and so notice late that it is back, too.
    "keepalives_idle": 2,
    "keepalives_interval": 1,
    "keepalives_count": 3,
    "tcp_user_timeout": 5_000,
}
"""What libpq is told (PostgreSQL manual, 34.1.2); the address may say otherwise, as may sslmode."""


class PostgresServer:
    """A database of a PostgreSQL server, for this store alone.

    Writers take turns, as on SQLite: what is read in a write transaction is the newest state, so
    that the audit chain, the order of alerts and the outbox need no retries. Advisory locks
    belong to a connection; a pooler between must keep connections for whole sessions.

    Args:
        url: its address, credentials and libpq's options; the name never shows the credentials.
        busy_s: how long to wait for other writers.
        connections: threads of this process that use it at once; more of them wait.
    """

    reading: Mapping[str, Any] = {
        "isolation_level": "REPEATABLE READ",
        "postgresql_readonly": True,
    }
    # The turn is waited for inside the transaction: a snapshot of before it would be too old.
    writing: Mapping[str, Any] = {"isolation_level": "READ COMMITTED"}

    def __init__(self, url: URL, *, busy_s: float, connections: int) -> None:
        self.name = place_of(url)
        self._busy_s = busy_s
        self.engine: Engine = create_engine(
            url.set(drivername="postgresql+psycopg"),
            hide_parameters=True,
            pool_size=connections,
            max_overflow=0,
            pool_timeout=busy_s,
            pool_pre_ping=True,  # after a restart of the server the next use connects again
            connect_args={
                name: value for name, value in CONNECTING.items() if name not in url.query
            },
        )

    def begin_reading(self, connection: Connection) -> None:
        """Do nothing: the first statement begins a transaction that sees one moment."""

    def begin_writing(self, connection: Connection) -> None:
        """Wait for this writer's turn, or raise after `busy_s`."""
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = {max(1, int(self._busy_s * 1000))}")
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITERS})")

    def find_damage(self) -> str:
        """Return nothing: the server looks after its own files."""
        return ""

    def forget(self) -> None:
        """Rewrite the tables without what was deleted.

        The server's own write-ahead log, its replicas and backups keep it until they expire; what
        is about people is sealed there, too.
        """
        engine = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            wait = max(1, int(self._busy_s * 1000))
            connection.execute(text(f"SET lock_timeout = {wait}"))
            connection.execute(text(f"SELECT pg_advisory_lock({WRITERS})"))
            try:
                for table in metadata.sorted_tables:
                    connection.execute(text(f'VACUUM FULL "{table.name}"'))
            finally:
                connection.execute(text(f"SELECT pg_advisory_unlock({WRITERS})"))
                connection.execute(text("RESET lock_timeout"))

    def empty_log(self) -> None:
        """Do nothing: the log is the server's."""


def place_of(url: URL) -> str:
    """Return where a database is in words that hold no credentials, not even an option's."""
    host = url.host or str(url.query.get("host", "this machine"))
    port = f":{url.port}" if url.port else ""
    return f"postgresql://{host}{port}/{url.database or ''}"
