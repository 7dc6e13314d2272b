"""What is watched, who may ask it now, and how far it was read."""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    false,
)

from bot.store.tables.columns import Moment, metadata, refers_to, row_id

ACTIVE: Final = "active"
PAUSED: Final = "paused"
DEAD: Final = "dead"
ENDED: Final = "ended"
REMOVED: Final = "removed"
"""How a source stands: asked by its schedule, not asked by somebody's wish, failing for long (asked
once a day), gone for good, or no longer followed."""

sources = Table(
    "sources",
    metadata,
    row_id(),
    Column("kind", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    # Until its first reading is complete, what a source brings is known and not news.
    Column("baseline_at", Moment),
    Column("polled_at", Moment),
    Column("problem", Text),
    Column("title", Text, nullable=False, server_default=""),
    Column("site", Text),
    Column("tags", JSON, nullable=False, server_default="[]"),
    # Titles and addresses that a feed has and had: topics may ask for it by each.
    Column("names", JSON, nullable=False, server_default="[]"),
    # Of a feed: who is asked, how it stands, and when it is to be asked again (empty: never).
    Column("host", Text, nullable=False, server_default=""),
    Column("state", Text, nullable=False, server_default=ACTIVE),
    Column("due_at", Moment),
    Column("interval", Float),  # seconds to the next look, as it was decided last
    Column("succeeded_at", Moment),
    Column("news_at", Moment),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("failing_since", Moment),
    Column("told_dead", Boolean, nullable=False, server_default=false()),
    UniqueConstraint("kind", "address"),
)
Index(
    "ix_sources_due_at",
    sources.c.due_at,
    sqlite_where=sources.c.due_at.is_not(None),
    postgresql_where=sources.c.due_at.is_not(None),
)

hosts = Table(
    "hosts",
    metadata,
    # One process at a time asks a host, and not before this moment.
    Column("name", Text, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("until", Moment, nullable=False),
)

pushes = Table(
    "pushes",
    metadata,
    # A hub and what it calls the feed; the token is in the address that it calls.
    refers_to("sources", key=True),
    Column("hub", Text, nullable=False),
    Column("topic", Text, nullable=False),
    Column("token", Text, nullable=False, unique=True),
    Column("secret", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("lease_until", Moment),
    # When the hub is to be asked again: after a failure, or before the lease ends.
    Column("due_at", Moment, nullable=False, index=True),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("problem", Text),
)

cursors = Table(
    "cursors",
    metadata,
    refers_to("sources", key=True),
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)
