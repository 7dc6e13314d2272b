"""What people ask for, and which items are about it."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Boolean, Column, Index, Table, Text, false

from bot.store.tables.columns import metadata, refers_to, row_id

topics = Table(
    "topics",
    metadata,
    row_id(),
    Column("query", Text, nullable=False, unique=True),
    Column("active", Boolean, nullable=False, server_default=false()),
    # The revision at which it was last switched on or off: matchers read what is newer than theirs.
    Column("revision", BigInteger, nullable=False, index=True),
)

matches = Table(
    "matches",
    metadata,
    refers_to("items", key=True),
    refers_to("topics", key=True),
    Column("spans", JSON, nullable=False),
    Index("ix_matches_topic_id_item_id", "topic_id", "item_id"),
)
