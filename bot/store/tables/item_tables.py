"""What was found, and which story each item tells."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Index, Integer, Table, Text, UniqueConstraint

from bot.store.tables.columns import Moment, metadata, refers_to, row_id

stories = Table("stories", metadata, row_id(), Column("created_at", Moment, nullable=False))

items = Table(
    "items",
    metadata,
    row_id(),
    refers_to("sources"),
    refers_to("stories", "story_id"),
    Column("key", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("found_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False),
    Column("title", Text, nullable=False),
    Column("url", Text),
    Column("source", Text, nullable=False),
    Column("published", Moment),
    Column("lead", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("language", Text),
    Column("author", Text),
    Column("tags", JSON, nullable=False),
    UniqueConstraint("source_id", "key"),
    Index("ix_items_story_id", "story_id"),
    Index("ix_items_found_at", "found_at"),
)

thin_items = Table(
    "thin_items",
    metadata,
    # In full, and not yet among the items: see store/thin_items.py.
    row_id(),
    refers_to("sources"),
    Column("key", Text, nullable=False),
    Column("item", JSON, nullable=False),
    # Whose page it is, when that was last said, and when it is to be asked for.
    Column("host", Text, nullable=False),
    Column("queued_at", Moment, nullable=False, index=True),
    Column("due_at", Moment, nullable=False, index=True),
    Column("tries", Integer, nullable=False, server_default="0"),
    UniqueConstraint("source_id", "key"),
)

forgotten = Table(
    "forgotten",
    metadata,
    # An item that was deleted for its age, by what tells it again: it must not be news once more.
    refers_to("sources", key=True),
    Column("key", Text, primary_key=True),
    Column("digest", Text, nullable=False),
    Column("forgotten_at", Moment, nullable=False, index=True),
    sqlite_with_rowid=False,  # the key is half of the row
)
