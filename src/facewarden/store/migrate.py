"""Bringing a store to the shape that this version of facewarden knows."""

import threading
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect

from facewarden.errors import StoreError, StoreVersion
from facewarden.store.database import Database

MIGRATIONS: Final = Path(__file__).parent / "migrations"

# Alembic's `op` and `context` belong to the process: two stores must not migrate at once.
_ONE_AT_A_TIME: Final = threading.Lock()


def migrate(database: Database) -> None:
    """Create or upgrade the tables, in one transaction; does nothing when they are current.

    Raises:
        StoreVersion: the store was written by a newer facewarden.
        StoreError: the file is a database of something else.
    """
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    scripts = ScriptDirectory.from_config(config)
    newest = scripts.get_current_head()
    known = {script.revision for script in scripts.walk_revisions()}
    with database.read() as connection:
        if _revision(connection, known, newest) == newest:
            return
    with _ONE_AT_A_TIME, database.write() as connection:
        # Asked again under the lock: another process may have done it meanwhile.
        if _revision(connection, known, newest) != newest:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")


def _revision(connection: Connection, known: set[str], newest: str | None) -> str | None:
    found = MigrationContext.configure(connection).get_current_revision()
    if found is None and inspect(connection).get_table_names():
        raise StoreError(
            "the file is a database, but not a store of facewarden",
            remedy="check the path",
        )
    if found is not None and found not in known:
        raise StoreVersion(
            "the store was written by a newer facewarden",
            expected=f"revision {newest} or older",
            found=f"revision {found}",
            remedy="install the newer version again, or restore a backup made before it",
        )
    return found
