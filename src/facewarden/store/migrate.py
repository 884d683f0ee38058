"""Bringing a store to the shape that this version of facewarden knows."""

import logging
import threading
from typing import Final

from sqlalchemy import Connection, delete, inspect, select

from facewarden.errors import StoreBusy, StoreError, StoreFull, StoreVersion
from facewarden.store.database import Database
from facewarden.store.key import TemplateKey
from facewarden.store.key_check import bind_key, require_key
from facewarden.store.revisions import alembic_config, newest, revision_of, revisions
from facewarden.store.tables import store_info

FORGET: Final = "forget"
"""A row of store_info: an upgrade left words in clear where rows were that nobody reads."""

# Alembic's `op` and `context` belong to the process: two stores must not migrate at once.
_ONE_AT_A_TIME: Final = threading.Lock()

log = logging.getLogger("facewarden.store")


def migrate(database: Database, key: TemplateKey) -> None:
    """Create or upgrade the tables, in one transaction; does nothing when they are current.

    Args:
        key: checked before anything is changed, since upgrades seal with it; a new store is
            bound to it.

    Raises:
        KeyRefused: the store was made with another key.
        StoreVersion: the store was written by a newer facewarden.
        StoreError: the file is a database of something else.
    """
    with database.read() as connection:
        current = _revision(connection) == newest()
        current = require_key(connection, key, database.name) and current
    if not current:
        with _ONE_AT_A_TIME, database.write() as connection:
            # Asked again under the lock: another process may have done it meanwhile.
            found = _revision(connection)
            bound = require_key(connection, key, database.name)
            if found != newest():
                _upgrade(connection, key)
            if not bound:
                bind_key(connection, key)
    _forget(database)


def _upgrade(connection: Connection, key: TemplateKey) -> None:
    from alembic import command

    config = alembic_config()
    config.attributes |= {"connection": connection, "key": key}
    command.upgrade(config, newest())


def _forget(database: Database) -> None:
    """Rewrite the store where an upgrade asked for it and was not yet able to."""
    asked = select(store_info.c.name).where(store_info.c.name == FORGET)
    with database.read() as connection:
        if connection.execute(asked).one_or_none() is None:
            return
    try:
        database.forget()
    except (StoreBusy, StoreFull) as error:
        log.warning("names of before the upgrade can still be read in the store: %s", error)
        return
    with database.write() as connection:
        connection.execute(delete(store_info).where(store_info.c.name == FORGET))


def _revision(connection: Connection) -> str | None:
    found = revision_of(connection)
    if found is None and inspect(connection).get_table_names():
        raise StoreError(
            "the database is not empty, but not a store of facewarden",
            remedy="check the address; a store needs a file or database of its own",
        )
    if found is not None and found not in revisions():
        raise StoreVersion(
            "the store was written by a newer facewarden",
            expected=f"revision {newest()} or older",
            found=f"revision {found}",
            remedy="install the newer version again, or restore a backup made before it",
        )
    return found
