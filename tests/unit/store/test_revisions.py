"""What is told of revisions without Alembic is what Alembic says."""

from contextlib import closing

from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import make_url

from facewarden.store.database import Database
from facewarden.store.open import Store
from facewarden.store.revisions import alembic_config, newest, revision_of, revisions


def test_the_names_of_the_files_are_the_revisions_in_their_order() -> None:
    scripts = ScriptDirectory.from_config(alembic_config())
    walked = [script.revision for script in scripts.walk_revisions()]
    assert list(revisions()) == walked[::-1]
    assert scripts.get_current_head() == newest()


def test_the_revision_of_a_store(store: Store, url: str) -> None:
    with closing(Database(make_url(url), busy_s=1.0)) as database, database.read() as connection:
        told = MigrationContext.configure(connection).get_current_revision()
        assert revision_of(connection) == told == newest()
