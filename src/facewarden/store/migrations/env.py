"""What Alembic runs for each command; the connection comes from `store.migrate`."""

from alembic import context

from facewarden.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    # The caller has begun a transaction and commits it; SQLite can undo DDL.
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
