"""Only one process at a time does a thing for a store, on whichever machine it runs."""

import zlib
from contextlib import suppress
from types import TracebackType
from typing import Any, Final, Self

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from facewarden.errors import StoreBusy
from facewarden.store.database import Database
from facewarden.store.faults import store_faults

CLAIMS: Final = 0x66616365
"""First half of the advisory locks' keys: "face" in ASCII; the second half is the name's CRC."""
TERMINATE_MS: Final = 2_000
"""How long to wait for the end of a session of ours (PostgreSQL manual, 9.28.2; from 14 on)."""

OUR_SESSION: Final = "SELECT pid, backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid()"
END_SESSION: Final = (
    f"SELECT pg_terminate_backend(pid, {TERMINATE_MS}) FROM pg_stat_activity "  # noqa: S608
    "WHERE pid = %s AND backend_start = %s"
)


class Claim:
    """Held from construction until `release`, the end of a `with`, or the process's death.

    On PostgreSQL it is a session's advisory lock on a connection of its own, which the server
    frees when the connection ends, however it ends; so a restart of the server ends it, too, and
    whoever goes on calls `renew` now and then. A store in a file has no claims: whoever shares
    the file shares the machine, and takes a `WriterLock` beside it (`duty.Duty` does both).

    Args:
        name: what is done, such as "watch".

    Raises:
        StoreBusy: another process does it.
    """

    def __init__(self, database: Database, name: str) -> None:
        self._database = database
        self._name = name
        self._connection: Connection | None = None
        self._session: tuple[Any, ...] = ()
        self._shared = database.engine.dialect.name == "postgresql"
        if self._shared:
            self._connection = self._taken()

    def renew(self) -> None:
        """Take it again where the connection that held it has ended, as in a restart.

        Raises:
            StoreBusy: another process was faster and has it now.
            StoreUnreachable: the database does not answer; call again later.
        """
        if not self._shared:
            return
        if self._connection is not None:
            try:
                self._connection.exec_driver_sql("SELECT 1")
            except DBAPIError:
                self.release()
            else:
                return
        self._connection = self._taken()

    def release(self) -> None:
        """Let another process have it; safe to call twice."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(SQLAlchemyError):
                # A session ends some time after its connection is closed; its lock is free now.
                connection.exec_driver_sql("SELECT pg_advisory_unlock_all()")
            with suppress(DBAPIError):
                # Not back to the pool: were it still locked, it would be so for whoever is next.
                connection.invalidate()
            connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()

    def _taken(self) -> Connection:
        key = f"{CLAIMS}, {zlib.crc32(self._name.encode()) - 2**31}"
        engine = self._database.engine.execution_options(isolation_level="AUTOCOMMIT")
        with store_faults(self._database.name):
            connection = engine.connect()
            try:
                if self._session:
                    # After a broken line the server may keep our former session for hours.
                    connection.exec_driver_sql(END_SESSION, self._session)
                taken = connection.exec_driver_sql(f"SELECT pg_try_advisory_lock({key})").scalar()
                if taken:
                    self._session = tuple(connection.exec_driver_sql(OUR_SESSION).one())
            except BaseException:
                connection.close()
                raise
        if not taken:
            connection.close()
            raise StoreBusy(
                f"another process does this for the store: {self._name}",
                found=f"its lock in {self._database.name}",
                remedy="stop it first, or give this one another store",
            )
        return connection
