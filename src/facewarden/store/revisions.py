"""Which shape a store has, and which shapes this version knows.

Told without Alembic: every command opens a store, few change one, and Alembic takes a quarter of a
second to import.
"""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, String, column, inspect, select, table

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS: Final = Path(__file__).parent / "migrations"
REVISION_TABLE: Final = "alembic_version"


@cache
def revisions() -> tuple[str, ...]:
    """Return every shape there was, the newest last: each file is named after the one it makes."""
    files = (MIGRATIONS / "versions").glob("fw*.py")
    return tuple(sorted(file.name.partition("_")[0] for file in files))


def newest() -> str:
    """Return the shape that this version gives a store."""
    return revisions()[-1]


def revision_of(connection: Connection) -> str | None:
    """Return the shape of a store; None where the database has none."""
    if not inspect(connection).has_table(REVISION_TABLE):
        return None
    version = column("version_num", String)
    asked = select(version).select_from(table(REVISION_TABLE, version))
    return connection.execute(asked).scalar_one_or_none()


def alembic_config() -> "Config":
    """Return where Alembic finds the migrations."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config
