"""Alembic's way in: the connection is handed over by `store.database`."""

from alembic import context

from inspectd.pipelines.host.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    # SQLite cannot alter a column in place.
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
