"""Store received updates until they are handled, the moves of chats, and closed forum topics."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

IS_PENDING = sa.text("body IS NOT NULL")


def upgrade() -> None:
    """Add two columns, and create one table."""
    op.add_column("updates", sa.Column("body", sa.Text(), nullable=True))
    op.create_index(
        "ix_updates_pending",
        "updates",
        ["platform", "account", "seen_at"],
        sqlite_where=IS_PENDING,
        postgresql_where=IS_PENDING,
    )
    op.add_column(
        "chats",
        sa.Column("suspended_alone", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.create_table(
        "chat_moves",
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("old_chat", sa.Text(), nullable=False),
        sa.Column("new_chat", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("platform", "account", "old_chat", name=op.f("pk_chat_moves")),
    )
