"""Add the current and former names of feeds, and items that wait for their article page."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add the column and the table."""
    _add_names()
    op.create_table(
        "thin_items",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("source_id", BIG, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("item", sa.JSON(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("queued_at", MOMENT, nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["source_id"],
            ["sources.id"],
            name=op.f("fk_thin_items_source_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_thin_items")),
        sa.UniqueConstraint("source_id", "key", name=op.f("uq_thin_items_source_id_key")),
    )
    op.create_index(op.f("ix_thin_items_due_at"), "thin_items", ["due_at"])
    op.create_index(op.f("ix_thin_items_queued_at"), "thin_items", ["queued_at"])


def _add_names() -> None:
    """Add the column, with the current title and address of each feed."""
    op.add_column("sources", sa.Column("names", sa.JSON(), server_default="[]", nullable=False))
    sources = sa.table(
        "sources",
        sa.column("id", sa.BigInteger()),
        sa.column("kind", sa.Text()),
        sa.column("title", sa.Text()),
        sa.column("address", sa.Text()),
        sa.column("names", sa.JSON()),
    )
    feeds = sa.select(sources.c.id, sources.c.title, sources.c.address)
    rows = [
        {"row": row.id, "names": [name for name in (row.title, row.address) if name]}
        for row in op.get_bind().execute(feeds.where(sources.c.kind == "feed"))
    ]
    if rows:
        change = sources.update().where(sources.c.id == sa.bindparam("row"))
        op.get_bind().execute(change.values(names=sa.bindparam("names", type_=sa.JSON())), rows)
