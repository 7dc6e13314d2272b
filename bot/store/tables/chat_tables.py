"""Who is told, their words, and the numbers that items go by there."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Boolean, Column, Index, Integer, Table, Text, UniqueConstraint, false

from bot.store.tables.columns import Moment, metadata, refers_to, row_id

REPLY: Final = "reply"
EDIT: Final = "edit"
AGAIN: Final = "alert"
"""How a chat is told what is new in a story: in answer to its alert, by an edit alone, by a new alert."""

chats = Table(
    "chats",
    metadata,
    row_id(),
    Column("platform", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("chat", Text, nullable=False),
    Column("thread", Text, nullable=False, server_default=""),
    Column("created_at", Moment, nullable=False),
    Column("suspended_at", Moment),
    Column("suspended_because", Text),
    Column("last_number", Integer, nullable=False, server_default="0"),
    # The language that summaries are wanted in; empty: each article's own.
    Column("language", Text, nullable=False, server_default=""),
    # Everybody in it may change what it follows, not its admins alone.
    Column("open", Boolean, nullable=False, server_default=false()),
    # How often it is told, its quiet hours and its time zone, as bot/timing/spoken.py reads them.
    Column("mode", Text, nullable=False, server_default="instant"),
    Column("quiet", Text, nullable=False, server_default="off"),
    Column("zone", Text, nullable=False, server_default=""),
    # A digest comes even if there is nothing new; when the next one has to.
    Column("always", Boolean, nullable=False, server_default=false()),
    Column("digest_at", Moment),
    # How what is new in a story that was told is told: reply, alert, or edit (of the alert) only.
    Column("follow_ups", Text, nullable=False, server_default=REPLY),
    # No alerts, since when and until when.
    Column("paused_at", Moment),
    Column("paused_until", Moment),
    # When its next alert may go: since it was queued, after what the platform asked for, and after
    # its turn, so that a chat with many goes behind the others. Empty where nothing is queued.
    Column("due_at", Moment),
    UniqueConstraint("platform", "account", "chat", "thread"),
    sqlite_autoincrement=True,  # what was erased leaves no number to whoever comes next
)

# `IS NOT NULL` and `IS NULL` are what both databases recognise as an index's own condition.
Index(
    "ix_chats_due",
    chats.c.platform,
    chats.c.account,
    chats.c.due_at,
    chats.c.id,
    sqlite_where=chats.c.due_at.is_not(None),
    postgresql_where=chats.c.due_at.is_not(None),
)

Index(
    "ix_chats_digest_at",
    chats.c.digest_at,
    sqlite_where=chats.c.digest_at.is_not(None),
    postgresql_where=chats.c.digest_at.is_not(None),
)

aliases = Table(
    "aliases",
    metadata,
    refers_to("chats", key=True),
    # A chat's own word, case-folded, and the topic it stands for there.
    Column("name", Text, primary_key=True),
    Column("meaning", Text, nullable=False),
)

shown = Table(
    "shown",
    metadata,
    refers_to("chats", key=True),
    Column("number", Integer, primary_key=True),
    refers_to("items"),
    UniqueConstraint("chat_id", "item_id"),
    Index("ix_shown_item_id", "item_id"),
)
