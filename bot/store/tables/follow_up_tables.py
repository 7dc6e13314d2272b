"""What is said of a story after its alert."""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    and_,
    false,
    literal_column,
)

from bot.store.tables.chat_tables import EDIT, REPLY
from bot.store.tables.columns import Moment, RowId, metadata, refers_to, row_id

follow_ups = Table(
    "follow_ups",
    metadata,
    row_id(),
    refers_to("chats"),
    refers_to("stories", "story_id"),
    # What is new is in this item; an edit shows what is known of the whole story.
    Column("item_id", RowId, ForeignKey("items.id", ondelete="CASCADE")),
    Column("kind", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("silent", Boolean, nullable=False, server_default=false()),
    # Grows when there is more to edit: what was sent must not end what came meanwhile.
    Column("revision", Integer, nullable=False, server_default="0"),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("ended_at", Moment),
    Column("message_id", Text),
    Column("reason", Text),
    Index("ix_follow_ups_story_id", "story_id"),
    Index("ix_follow_ups_item_id", "item_id"),
    sqlite_autoincrement=True,
)
IS_EDIT: Final = and_(
    follow_ups.c.kind == literal_column(f"'{EDIT}'"), follow_ups.c.ended_at.is_(None)
)
"""An edit that is still to be made: one for each alert, however much has changed."""
IS_REPLY: Final = follow_ups.c.kind == literal_column(f"'{REPLY}'")
Index(
    "uq_follow_ups_edit",
    follow_ups.c.chat_id,
    follow_ups.c.story_id,
    unique=True,
    sqlite_where=IS_EDIT,
    postgresql_where=IS_EDIT,
)
Index(
    "uq_follow_ups_reply",
    follow_ups.c.chat_id,
    follow_ups.c.item_id,
    unique=True,
    sqlite_where=IS_REPLY,
    postgresql_where=IS_REPLY,
)
Index(
    "ix_follow_ups_due_at",
    follow_ups.c.due_at,
    sqlite_where=follow_ups.c.ended_at.is_(None),
    postgresql_where=follow_ups.c.ended_at.is_(None),
)

retellings = Table(
    "retellings",
    metadata,
    # A story that is told by more, or by another title: the alerts of it that were sent are edited.
    refers_to("stories", "story_id", key=True),
    # Chats up to this one have their edit.
    Column("chat_id", RowId, nullable=False, server_default="0"),
)
