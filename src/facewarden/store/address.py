"""The address of a store: a SQLite file, or a database of a PostgreSQL server."""

from pathlib import Path
from typing import Final

from sqlalchemy import URL, inspect, make_url
from sqlalchemy.exc import ArgumentError

from facewarden.errors import StoreError
from facewarden.store.database import Database
from facewarden.store.tables import store_info

LOOKING_S: Final = 30.0
DRIVERS: Final = frozenset({"sqlite", "sqlite+pysqlite", "postgresql", "postgresql+psycopg"})


def sqlite_url(path: Path) -> str:
    """Return the URL of a store in the file `path`."""
    return URL.create("sqlite", database=str(path)).render_as_string()


def parsed(url: str) -> URL:
    """Return the address that `url` tells.

    Raises:
        StoreError: it is none that a store can have; credentials are not repeated.
    """
    try:
        address = make_url(url)
    except (ArgumentError, ValueError):
        # Not told why: the words that could not be read may be a password.
        raise StoreError("the store's address is not a URL", remedy=_REMEDY) from None
    drivername = address.drivername
    if drivername not in DRIVERS or address.database in {None, "", ":memory:"}:
        raise StoreError(
            "the store's address is not one that facewarden can use",
            expected="sqlite:///PATH or postgresql+psycopg://USER:PASSWORD@HOST/DATABASE",
            found=f"{drivername}://..." if drivername in DRIVERS else drivername,
            remedy=_REMEDY,
        )
    return address


_REMEDY: Final = "give the path of a file, or the address of a PostgreSQL database"


def is_file(address: URL) -> bool:
    """Tell whether a store at `address` is a file of this machine."""
    return address.get_backend_name() == "sqlite"


def holds_store(url: str) -> bool:
    """Tell whether there is a store at `url`, without changing anything.

    Raises:
        StoreError: no address of a store.
        StoreUnreachable: the database server does not answer.
    """
    address = parsed(url)
    if is_file(address):
        return Path(address.database or "").is_file()
    database = Database(address, busy_s=LOOKING_S)
    try:
        with database.read() as connection:
            return inspect(connection).has_table(store_info.name)
    finally:
        database.close()
