"""Tables of chats, topics and subscriptions, with the delivery settings of each."""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    JSON,
    BigInteger,
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

from bot.store.tables.columns import UtcDateTime, metadata, refers_to, row_id

topics = Table(
    "topics",
    metadata,
    row_id(),
    Column("query", Text, nullable=False, unique=True),
    Column("active", Boolean, nullable=False, server_default=false()),
    # The topic revision at which the topic was last activated or deactivated. A matcher reads the
    # topics with a higher revision than its own.
    Column("revision", BigInteger, nullable=False, index=True),
)

matches = Table(
    "matches",
    metadata,
    refers_to("items", key=True),
    refers_to("topics", key=True),
    Column("spans", JSON, nullable=False),
    Index("ix_matches_topic_id_item_id", "topic_id", "item_id"),
)

# The follow-up modes of a chat: how it receives new information about an alerted story. REPLY and
# EDIT are also the kinds of follow-ups.
FOLLOW_UP_REPLY: Final = "reply"
"""As a reply to the alert."""

FOLLOW_UP_EDIT: Final = "edit"
"""Only as an edit of the alert."""

FOLLOW_UP_NEW_ALERT: Final = "alert"
"""As a new alert."""

chats = Table(
    "chats",
    metadata,
    row_id(),
    Column("platform", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("chat", Text, nullable=False),
    Column("thread", Text, nullable=False, server_default=""),
    Column("created_at", UtcDateTime, nullable=False),
    Column("suspended_at", UtcDateTime),
    Column("suspended_because", Text),
    # True if only this thread cannot be reached, such as a closed forum topic.
    Column("suspended_alone", Boolean, nullable=False, server_default=false()),
    # The highest item number of the chat.
    Column("last_number", Integer, nullable=False, server_default="0"),
    # The language of summaries; empty for the language of each article.
    Column("language", Text, nullable=False, server_default=""),
    # True if every member may change the subscriptions, not only administrators.
    Column("open", Boolean, nullable=False, server_default=false()),
    # The delivery mode, quiet hours and time zone, in the format of bot/scheduling/parsing.py.
    Column("mode", Text, nullable=False, server_default="instant"),
    Column("quiet", Text, nullable=False, server_default="off"),
    Column("zone", Text, nullable=False, server_default=""),
    # True if the digest is sent even without new stories, and when it is due next.
    Column("always", Boolean, nullable=False, server_default=false()),
    Column("digest_at", UtcDateTime),
    # The follow-up mode.
    Column("follow_ups", Text, nullable=False, server_default=FOLLOW_UP_REPLY),
    # Start and end of a pause.
    Column("paused_at", UtcDateTime),
    Column("paused_until", UtcDateTime),
    # When the next alert may be sent. Set when an alert is queued, after each send, and by a delay
    # that the platform requires, so that a chat with many alerts takes turns with the others. Empty
    # if no alert is queued.
    Column("due_at", UtcDateTime),
    UniqueConstraint("platform", "account", "chat", "thread"),
    # The ID of a deleted chat must not be reused by another chat.
    sqlite_autoincrement=True,
)

# Both databases use a partial index only for conditions such as IS NULL and IS NOT NULL that they
# can match with the condition of the index.
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

chat_moves = Table(
    "chat_moves",
    metadata,
    # Chats that got another ID: the settings of operators name the old one.
    Column("platform", Text, primary_key=True),
    Column("account", Text, primary_key=True),
    Column("old_chat", Text, primary_key=True),
    Column("new_chat", Text, nullable=False),
)

aliases = Table(
    "aliases",
    metadata,
    refers_to("chats", key=True),
    # The case-folded name and the query that it stands for in this chat.
    Column("name", Text, primary_key=True),
    Column("meaning", Text, nullable=False),
)

chat_item_numbers = Table(
    "chat_item_numbers",
    metadata,
    refers_to("chats", key=True),
    Column("number", Integer, primary_key=True),
    refers_to("items"),
    UniqueConstraint("chat_id", "item_id"),
    Index("ix_chat_item_numbers_item_id", "item_id"),
)

subscriptions = Table(
    "subscriptions",
    metadata,
    row_id(),
    refers_to("chats"),
    refers_to("topics"),
    Column("created_at", UtcDateTime, nullable=False),
    Column("created_by", Text, nullable=False, server_default=""),
    # The topic as the chat typed it.
    Column("label", Text, nullable=False),
    Column("muted_until", UtcDateTime),
    # True if the chat is notified of spikes of the topic.
    Column("spikes", Boolean, nullable=False, server_default=false()),
    # The delivery mode and quiet hours of this topic; empty for those of the chat.
    Column("mode", Text),
    Column("quiet", Text),
    # Story thresholds: the minimum number of sources, the maximum number of alerts per day, and
    # True if only breaking stories are alerted.
    Column("at_least", SmallInteger),
    Column("most_a_day", SmallInteger),
    Column("breaking", Boolean, nullable=False, server_default=false()),
    # The alerts that count against `most_a_day`, and their day in the chat's time zone.
    Column("told", Integer, nullable=False, server_default="0"),
    Column("told_on", Text, nullable=False, server_default=""),
    UniqueConstraint("chat_id", "topic_id"),
    Index("ix_subscriptions_topic_id_chat_id", "topic_id", "chat_id"),
)

HAS_STORY_THRESHOLD: Final = or_(subscriptions.c.at_least.is_not(None), subscriptions.c.breaking)
"""The condition of subscriptions whose alert may come with a later item, when the story has grown."""

Index(
    "ix_subscriptions_choosy",
    subscriptions.c.topic_id,
    subscriptions.c.chat_id,
    sqlite_where=HAS_STORY_THRESHOLD,
    postgresql_where=HAS_STORY_THRESHOLD,
)
Index(
    "ix_subscriptions_quiet",
    subscriptions.c.chat_id,
    sqlite_where=subscriptions.c.quiet.is_not(None),
    postgresql_where=subscriptions.c.quiet.is_not(None),
)
