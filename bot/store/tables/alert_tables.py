"""Tables of the outbox: fan-out jobs, alerts, briefings, spikes, announcements and follow-ups."""

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
    literal_column,
)

from bot.store.tables.chat_tables import FOLLOW_UP_EDIT, FOLLOW_UP_REPLY
from bot.store.tables.columns import RowId, UtcDateTime, metadata, refers_to, row_id

# The states of an alert. The last four are final; a failed or expired alert has a reason.
QUEUED: Final = "queued"
HELD: Final = "held"
"""Waiting for a briefing: a digest, or the end of quiet hours or a pause."""

SENT: Final = "sent"
FAILED: Final = "failed"
EXPIRED: Final = "expired"
UNKNOWN: Final = "unknown"

fanout_jobs = Table(
    "fanout_jobs",
    metadata,
    row_id(),
    refers_to("items"),
    # The last chat that was processed: chats are processed by their ID.
    Column("chat_id", RowId, nullable=False, server_default="0"),
)

alerts = Table(
    "alerts",
    metadata,
    row_id(),
    refers_to("chats"),
    # Both are empty for a briefing or an announcement, which is also a row of the outbox. The story
    # ID of a spike is negative (store/outbox/spikes.py).
    Column("story_id", RowId, ForeignKey("stories.id", ondelete="CASCADE")),
    Column("item_id", RowId, ForeignKey("items.id", ondelete="CASCADE")),
    Column("state", Text, nullable=False, server_default=QUEUED),
    # 1 for news, 2 for an alert that can wait (bot/chats/adapter.py).
    Column("priority", SmallInteger, nullable=False, server_default="1"),
    Column("created_at", UtcDateTime, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("ended_at", UtcDateTime),
    Column("message_id", Text),
    Column("reason", Text),
    # Set for a held alert: the earliest time of its briefing, and the briefing once that exists.
    Column("held_until", UtcDateTime),
    Column("briefing_id", RowId, ForeignKey("alerts.id", ondelete="SET NULL")),
    # True if the chat muted the story.
    Column("muted", Boolean, nullable=False, server_default=false()),
    UniqueConstraint("chat_id", "story_id"),
    Index("ix_alerts_item_id", "item_id"),
    Index("ix_alerts_story_id_chat_id", "story_id", "chat_id"),
    sqlite_autoincrement=True,
)

IS_QUEUED: Final = and_(alerts.c.ended_at.is_(None), alerts.c.held_until.is_(None))
"""The condition of alerts that are to be sent now."""

IS_HELD: Final = and_(
    alerts.c.ended_at.is_(None),
    alerts.c.held_until.is_not(None),
    alerts.c.briefing_id.is_(None),
)
"""The condition of alerts that wait for a briefing and are not part of one yet."""

# Unsent alerts in the order of each chat. The partial index stays small however many were sent.
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
# Only alerts that were not delivered have a reason.
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
    # A briefing that exceeds one message has several alert rows: this row is `part` of `parts`.
    refers_to("alerts", key=True),
    Column("part", SmallInteger, nullable=False),
    Column("parts", SmallInteger, nullable=False),
    # The stories of all parts.
    Column("total", Integer, nullable=False),
)

spikes = Table(
    "spikes",
    metadata,
    refers_to("chats", key=True),
    refers_to("topics", key=True),
    # A day such as 2026-06-01.
    Column("day", Text, primary_key=True),
    refers_to("alerts"),
    # The items of the day when the spike was detected, and the median of the days before.
    Column("today", Integer, nullable=False),
    Column("usual", Float, nullable=False),
    Index("ix_spikes_alert_id", "alert_id", unique=True),
)


# The audiences of an announcement.
ALL_CHATS_AUDIENCE: Final = "everybody"
"""Every chat with a subscription."""

OPERATOR_AUDIENCE: Final = "operators"
"""The operators of this installation."""

RETURN_AUDIENCE_PREFIX: Final = "returned since "
"""One chat that can be reached again; the time since which it could not is appended."""

TOPIC_AUDIENCE_PREFIX: Final = "followers of "
"""The chats that follow a topic, whose ID is appended."""

announcements = Table(
    "announcements",
    metadata,
    row_id(),
    Column("text", Text, nullable=False),
    Column("audience", Text, nullable=False),
    Column("by", Text, nullable=False),
    # The idempotency key of the confirmation: a second press sends nothing twice.
    Column("nonce", Text, unique=True),
    Column("created_at", UtcDateTime, nullable=False),
    # The last chat that was processed, and when all of them were.
    Column("chat_id", RowId, nullable=False, server_default="0"),
    Column("ended_at", UtcDateTime),
)
Index(
    "ix_announcements_open",
    announcements.c.id,
    sqlite_where=announcements.c.ended_at.is_(None),
    postgresql_where=announcements.c.ended_at.is_(None),
)

announcement_alerts = Table(
    "announcement_alerts",
    metadata,
    # The outbox row that carries an announcement to one chat.
    refers_to("alerts", key=True),
    refers_to("announcements"),
    Index("ix_announcement_alerts_announcement_id", "announcement_id"),
)


follow_ups = Table(
    "follow_ups",
    metadata,
    row_id(),
    refers_to("chats"),
    refers_to("stories", "story_id"),
    # The item with new information. Empty for an edit, which shows the whole story.
    Column("item_id", RowId, ForeignKey("items.id", ondelete="CASCADE")),
    Column("kind", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("silent", Boolean, nullable=False, server_default=false()),
    # Incremented by each change of the story: an edit that was sent for an older revision must not
    # end the follow-up.
    Column("revision", Integer, nullable=False, server_default="0"),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("ended_at", UtcDateTime),
    Column("message_id", Text),
    Column("reason", Text),
    Index("ix_follow_ups_story_id", "story_id"),
    Index("ix_follow_ups_item_id", "item_id"),
    sqlite_autoincrement=True,
)
IS_EDIT: Final = and_(
    follow_ups.c.kind == literal_column(f"'{FOLLOW_UP_EDIT}'"), follow_ups.c.ended_at.is_(None)
)
"""The condition of edits that were not made yet: at most one per alert."""

IS_REPLY: Final = follow_ups.c.kind == literal_column(f"'{FOLLOW_UP_REPLY}'")
"""The condition of replies."""

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

alert_edit_jobs = Table(
    "alert_edit_jobs",
    metadata,
    # A story with a new source or title: its sent alerts are to be edited.
    refers_to("stories", "story_id", key=True),
    # The last chat that was processed.
    Column("chat_id", RowId, nullable=False, server_default="0"),
)
