"""Tables of items and stories."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Index, Integer, Table, Text, UniqueConstraint

from bot.store.tables.columns import UtcDateTime, metadata, refers_to, row_id

stories = Table("stories", metadata, row_id(), Column("created_at", UtcDateTime, nullable=False))

items = Table(
    "items",
    metadata,
    row_id(),
    refers_to("sources"),
    refers_to("stories", "story_id"),
    Column("key", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("found_at", UtcDateTime, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    Column("title", Text, nullable=False),
    Column("url", Text),
    Column("source", Text, nullable=False),
    Column("published", UtcDateTime),
    Column("lead", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("language", Text),
    Column("author", Text),
    Column("tags", JSON, nullable=False),
    UniqueConstraint("source_id", "key"),
    Index("ix_items_story_id", "story_id"),
    Index("ix_items_found_at", "found_at"),
)

pending_items = Table(
    "pending_items",
    metadata,
    # Complete items that wait for their full text: see store/items/pending_fulltext.py.
    row_id(),
    refers_to("sources"),
    Column("key", Text, nullable=False),
    Column("item", JSON, nullable=False),
    # The host of the article page.
    Column("host", Text, nullable=False),
    # When the source last delivered the item.
    Column("queued_at", UtcDateTime, nullable=False, index=True),
    # When the page is to be fetched.
    Column("due_at", UtcDateTime, nullable=False, index=True),
    Column("tries", Integer, nullable=False, server_default="0"),
    UniqueConstraint("source_id", "key"),
)

item_tombstones = Table(
    "item_tombstones",
    metadata,
    # Deleted items: a source that delivers one of them again must not cause another alert.
    refers_to("sources", key=True),
    Column("key", Text, primary_key=True),
    Column("digest", Text, nullable=False),
    Column("forgotten_at", UtcDateTime, nullable=False, index=True),
    # The primary key is half of the row, so a second copy of it in an index would be wasteful.
    sqlite_with_rowid=False,
)
