"""Tables of sources: what is polled, when, by which process, and up to which cursor."""

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

from bot.store.tables.columns import UtcDateTime, metadata, refers_to, row_id

# The states of a source.
ACTIVE: Final = "active"
"""Polled by its schedule."""

PAUSED: Final = "paused"
"""Not polled, because an operator paused it."""

DEAD: Final = "dead"
"""Failing for a long time; polled once a day."""

ENDED: Final = "ended"
"""Permanently gone; not polled."""

REMOVED: Final = "removed"
"""Removed by an operator; not polled."""

sources = Table(
    "sources",
    metadata,
    row_id(),
    Column("kind", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    # When the first poll was complete. Items found before are stored but not alerted.
    Column("baseline_at", UtcDateTime),
    Column("polled_at", UtcDateTime),
    Column("problem", Text),
    Column("title", Text, nullable=False, server_default=""),
    Column("site", Text),
    Column("tags", JSON, nullable=False, server_default="[]"),
    # The current and former titles and addresses of a feed: topics may refer to each of them.
    Column("names", JSON, nullable=False, server_default="[]"),
    # The following columns are used for feeds only.
    Column("host", Text, nullable=False, server_default=""),
    Column("state", Text, nullable=False, server_default=ACTIVE),
    # When the feed is polled next; empty if it is not polled.
    Column("due_at", UtcDateTime),
    # Seconds between two polls, as the schedule last set them.
    Column("interval", Float),
    Column("succeeded_at", UtcDateTime),
    Column("news_at", UtcDateTime),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("failing_since", UtcDateTime),
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
    # Host leases: one process at a time polls the feeds of a host, and not before `until`.
    Column("name", Text, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("until", UtcDateTime, nullable=False),
)

websub_subscriptions = Table(
    "websub_subscriptions",
    metadata,
    refers_to("sources", key=True),
    Column("hub", Text, nullable=False),
    # The URL by which the hub identifies the feed.
    Column("topic", Text, nullable=False),
    # A part of the callback URL, so that only the hub can call it.
    Column("token", Text, nullable=False, unique=True),
    Column("secret", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("lease_until", UtcDateTime),
    # The time of the next request to the hub: a retry, or the renewal before the lease ends.
    Column("due_at", UtcDateTime, nullable=False, index=True),
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
