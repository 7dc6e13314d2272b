"""Tables of shared process state: counters, leases, processed updates, caches, app installations."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Column, Index, Integer, Table, Text

from bot.store.tables.columns import RowId, UtcDateTime, metadata

counters = Table(
    "counters",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", BigInteger, nullable=False, server_default="0"),
)

leases = Table(
    "leases",
    metadata,
    # Tasks that one process at a time performs, such as sending for an account.
    Column("name", Text, primary_key=True),
    Column("owner", Text, nullable=False),
    # The fencing token: grows with each new owner.
    Column("token", BigInteger, nullable=False),
    Column("until", UtcDateTime, nullable=False),
    # The end of a delay that the platform requires of the whole account.
    Column("held_until", UtcDateTime),
)

updates = Table(
    "updates",
    metadata,
    # Updates of a platform, stored for as long as the platform may deliver them again.
    Column("platform", Text, primary_key=True),
    Column("account", Text, primary_key=True),
    Column("update_id", Text, primary_key=True),
    Column("seen_at", UtcDateTime, nullable=False),
    # The content of the update as JSON; empty once the update is handled.
    Column("body", Text),
    Index("ix_updates_seen_at", "seen_at"),
)
Index(
    "ix_updates_pending",
    updates.c.platform,
    updates.c.account,
    updates.c.seen_at,
    sqlite_where=updates.c.body.is_not(None),
    postgresql_where=updates.c.body.is_not(None),
)

callback_texts = Table(
    "callback_texts",
    metadata,
    # Texts that exceed a platform's limit for a button or link, by their digest.
    Column("key", Text, primary_key=True),
    Column("text", Text, nullable=False),
    Column("kept_at", UtcDateTime, nullable=False),
    Index("ix_callback_texts_kept_at", "kept_at"),
)

pages = Table(
    "pages",
    metadata,
    # Extracted web pages, by their canonical URL.
    Column("address", Text, primary_key=True),
    Column("page", JSON, nullable=False),
    Column("read_at", UtcDateTime, nullable=False, index=True),
)

llm_summaries = Table(
    "llm_summaries",
    metadata,
    # The key is a digest of the article, the request and the model.
    Column("key", Text, primary_key=True),
    Column("sentences", JSON, nullable=False),
    Column("written_at", UtcDateTime, nullable=False, index=True),
)

llm_usage = Table(
    "llm_usage",
    metadata,
    # A day in UTC, such as 2026-06-01.
    Column("day", Text, primary_key=True),
    # 0 counts all chats together.
    Column("chat_id", RowId, primary_key=True, autoincrement=False),
    Column("requests", Integer, nullable=False, server_default="0"),
    Column("tokens", BigInteger, nullable=False, server_default="0"),
)

installations = Table(
    "installations",
    metadata,
    # Workspaces that installed the app.
    Column("platform", Text, primary_key=True),
    Column("account", Text, primary_key=True),
    Column("name", Text, nullable=False),
    # The encrypted tokens; empty after the app was removed.
    Column("sealed", Text),
    Column("installed_at", UtcDateTime, nullable=False),
    # When the tokens must be renewed; empty if they do not expire.
    Column("expires_at", UtcDateTime),
    Column("ended_at", UtcDateTime),
)
