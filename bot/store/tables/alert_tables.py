"""The outbox: what is to be told, what was, and in which briefing."""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    and_,
    false,
)

from bot.store.tables.columns import Moment, RowId, metadata, refers_to, row_id

QUEUED: Final = "queued"
SENT: Final = "sent"
FAILED: Final = "failed"
EXPIRED: Final = "expired"
UNKNOWN: Final = "unknown"
"""How an alert ends: sent, failed (with a reason), expired (with a reason), or unknown."""

HELD: Final = "held"
"""It waits for its briefing: a digest, the end of quiet hours or of a pause."""

fanouts = Table(
    "fanouts",
    metadata,
    row_id(),
    refers_to("items"),
    # Chats up to this one have their alert.
    Column("chat_id", RowId, nullable=False, server_default="0"),
)

alerts = Table(
    "alerts",
    metadata,
    row_id(),
    refers_to("chats"),
    # A briefing is a row of its own, about no one story.
    Column("story_id", RowId, ForeignKey("stories.id", ondelete="CASCADE")),
    Column("item_id", RowId, ForeignKey("items.id", ondelete="CASCADE")),
    Column("state", Text, nullable=False, server_default=QUEUED),
    # 1 is news, 2 can wait a little (bot/chats/adapter.py).
    Column("priority", SmallInteger, nullable=False, server_default="1"),
    Column("created_at", Moment, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("ended_at", Moment),
    Column("message_id", Text),
    Column("reason", Text),
    # It comes in a briefing, not before this moment; and then, in which.
    Column("held_until", Moment),
    Column("briefing_id", RowId, ForeignKey("alerts.id", ondelete="SET NULL")),
    # Nothing more of this story is told here.
    Column("muted", Boolean, nullable=False, server_default=false()),
    UniqueConstraint("chat_id", "story_id"),
    Index("ix_alerts_item_id", "item_id"),
    Index("ix_alerts_story_id_chat_id", "story_id", "chat_id"),
    sqlite_autoincrement=True,
)

IS_QUEUED: Final = and_(alerts.c.ended_at.is_(None), alerts.c.held_until.is_(None))
"""It is to be sent by itself, now."""

IS_HELD: Final = and_(
    alerts.c.ended_at.is_(None),
    alerts.c.held_until.is_not(None),
    alerts.c.briefing_id.is_(None),
)
"""It waits for a briefing, and no briefing has it yet."""

# What is still to be sent, in each chat's order: small however many alerts were sent.
Index(
    "ix_alerts_queue",
    alerts.c.chat_id,
    alerts.c.priority,
    alerts.c.id,
    sqlite_where=IS_QUEUED,
    postgresql_where=IS_QUEUED,
)
Index(
    "ix_alerts_waiting",
    alerts.c.created_at,
    sqlite_where=IS_QUEUED,
    postgresql_where=IS_QUEUED,
)
Index(
    "ix_alerts_held",
    alerts.c.held_until,
    alerts.c.chat_id,
    sqlite_where=IS_HELD,
    postgresql_where=IS_HELD,
)
Index(
    "ix_alerts_held_in_chat",
    alerts.c.chat_id,
    sqlite_where=IS_HELD,
    postgresql_where=IS_HELD,
)
Index(
    "ix_alerts_briefing_id",
    alerts.c.briefing_id,
    sqlite_where=alerts.c.briefing_id.is_not(None),
    postgresql_where=alerts.c.briefing_id.is_not(None),
)
# What did not arrive as it should have has a reason.
Index(
    "ix_alerts_reasons",
    alerts.c.state,
    alerts.c.id,
    sqlite_where=alerts.c.reason.is_not(None),
    postgresql_where=alerts.c.reason.is_not(None),
)

alert_topics = Table(
    "alert_topics",
    metadata,
    refers_to("alerts", key=True),
    refers_to("topics", key=True),
    Index("ix_alert_topics_topic_id", "topic_id"),
)

briefings = Table(
    "briefings",
    metadata,
    # A briefing too long for one message is several rows of the outbox: which of how many this is.
    refers_to("alerts", key=True),
    Column("part", SmallInteger, nullable=False),
    Column("parts", SmallInteger, nullable=False),
    Column("total", Integer, nullable=False),  # stories in all parts
)

spikes = Table(
    "spikes",
    metadata,
    refers_to("chats", key=True),
    refers_to("topics", key=True),
    Column("day", Text, primary_key=True),  # in UTC, as 2026-06-01
    refers_to("alerts"),
    Column("today", Integer, nullable=False),  # items on that day, when it was seen
    Column("usual", Float, nullable=False),  # the median of the days before
    Index("ix_spikes_alert_id", "alert_id", unique=True),
)
