"""Announcements: what those who run the bot say to many chats, and what Tocsin says to them."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Column, Index, Table, Text

from bot.store.tables.columns import Moment, RowId, metadata, refers_to, row_id

EVERYBODY: Final = "everybody"
OPERATORS: Final = "operators"
"""Whom an announcement is for: every chat that follows something, or those who run the bot."""

FOLLOWERS: Final = "followers of "
"""Before a topic's id: the announcement is for the chats that follow this topic."""

announcements = Table(
    "announcements",
    metadata,
    # What is said to many chats, or to those who run the bot; they get it in pages.
    row_id(),
    Column("text", Text, nullable=False),
    Column("audience", Text, nullable=False),
    Column("by", Text, nullable=False),
    # Of the question that was answered: a second press says nothing twice.
    Column("nonce", Text, unique=True),
    Column("created_at", Moment, nullable=False),
    # Chats up to this one have it in the outbox; when all have.
    Column("chat_id", RowId, nullable=False, server_default="0"),
    Column("ended_at", Moment),
)
Index(
    "ix_announcements_open",
    announcements.c.id,
    sqlite_where=announcements.c.ended_at.is_(None),
    postgresql_where=announcements.c.ended_at.is_(None),
)

announced = Table(
    "announced",
    metadata,
    # A row of the outbox that says an announcement to one chat.
    refers_to("alerts", key=True),
    refers_to("announcements"),
    Index("ix_announced_announcement_id", "announcement_id"),
)
