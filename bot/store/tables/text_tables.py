"""Texts kept for a while: behind a button, of a page, of a language model and its budget."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Column, Index, Integer, Table, Text

from bot.store.tables.columns import Moment, RowId, metadata

kept = Table(
    "kept",
    metadata,
    # A text that is too long for a button or a link of a platform, by a digest of itself.
    Column("key", Text, primary_key=True),
    Column("text", Text, nullable=False),
    Column("kept_at", Moment, nullable=False),
    Index("ix_kept_kept_at", "kept_at"),
)

pages = Table(
    "pages",
    metadata,
    # What a page said, by the canonical form of its address.
    Column("address", Text, primary_key=True),
    Column("page", JSON, nullable=False),
    Column("read_at", Moment, nullable=False, index=True),
)

written = Table(
    "written",
    metadata,
    # By a digest of the article, what was asked for, and of which model.
    Column("key", Text, primary_key=True),
    Column("sentences", JSON, nullable=False),
    Column("written_at", Moment, nullable=False, index=True),
)

spending = Table(
    "spending",
    metadata,
    # A day in UTC; a chat's row, or 0 for all of them together.
    Column("day", Text, primary_key=True),
    Column("chat_id", RowId, primary_key=True, autoincrement=False),
    Column("requests", Integer, nullable=False, server_default="0"),
    Column("tokens", BigInteger, nullable=False, server_default="0"),
)
