"""What alembic runs: the revisions, on the connection that `bot.store.migrate` hands over."""

from __future__ import annotations

from alembic import context

from bot.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite changes a table by writing it anew
)
# The caller's transaction is the only one: a failed upgrade leaves the old schema whole.
context.run_migrations()
