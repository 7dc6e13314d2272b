"""Add announcements: messages from the operators to many chats, sent through the outbox."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the two tables."""
    op.create_table(
        "announcements",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("nonce", sa.Text(), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("chat_id", BIG, server_default="0", nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_announcements")),
        sa.UniqueConstraint("nonce", name=op.f("uq_announcements_nonce")),
    )
    op.create_index(
        "ix_announcements_open",
        "announcements",
        ["id"],
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "announced",
        sa.Column("alert_id", BIG, nullable=False),
        sa.Column("announcement_id", BIG, nullable=False),
        sa.PrimaryKeyConstraint("alert_id", name=op.f("pk_announced")),
        sa.ForeignKeyConstraint(
            ["alert_id"],
            ["alerts.id"],
            name=op.f("fk_announced_alert_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["announcement_id"],
            ["announcements.id"],
            name=op.f("fk_announced_announcement_id"),
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_announced_announcement_id", "announced", ["announcement_id"])
