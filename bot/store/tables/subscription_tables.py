"""Which chat follows which topic, and how it wants to be told."""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    Boolean,
    Column,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    false,
    or_,
)

from bot.store.tables.columns import Moment, metadata, refers_to, row_id

subscriptions = Table(
    "subscriptions",
    metadata,
    row_id(),
    refers_to("chats"),
    refers_to("topics"),
    Column("created_at", Moment, nullable=False),
    Column("created_by", Text, nullable=False, server_default=""),
    # The topic as this chat typed it: what people are shown.
    Column("label", Text, nullable=False),
    Column("muted_until", Moment),
    # Tell, once a day, when it is far above its usual.
    Column("spikes", Boolean, nullable=False, server_default=false()),
    # As for the chat, for this topic alone; empty: as the chat has it.
    Column("mode", Text),
    Column("quiet", Text),
    # Only when it is big: so many sources, so many alerts a day, only what grows fast.
    Column("at_least", SmallInteger),
    Column("most_a_day", SmallInteger),
    Column("breaking", Boolean, nullable=False, server_default=false()),
    # Alerts counted against `most_a_day`, and of which day of the chat's calendar.
    Column("told", Integer, nullable=False, server_default="0"),
    Column("told_on", Text, nullable=False, server_default=""),
    UniqueConstraint("chat_id", "topic_id"),
    Index("ix_subscriptions_topic_id_chat_id", "topic_id", "chat_id"),
)

IS_CHOOSY: Final = or_(subscriptions.c.at_least.is_not(None), subscriptions.c.breaking)
"""A story may be told to it later than it came: once it has grown."""

Index(
    "ix_subscriptions_choosy",
    subscriptions.c.topic_id,
    subscriptions.c.chat_id,
    sqlite_where=IS_CHOOSY,
    postgresql_where=IS_CHOOSY,
)
Index(
    "ix_subscriptions_quiet",
    subscriptions.c.chat_id,
    sqlite_where=subscriptions.c.quiet.is_not(None),
    postgresql_where=subscriptions.c.quiet.is_not(None),
)
