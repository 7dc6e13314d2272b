"""Alembic's entry point: run the revisions on the connection that `bot.store.migrate` passes."""

from __future__ import annotations

from alembic import context

from bot.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    # SQLite can change a column only by rebuilding its table.
    render_as_batch=True,
)
# The caller's transaction is the only one: a failed upgrade leaves the old schema unchanged.
context.run_migrations()
