"""The tables, and what each is for.

    sources ──< cursors                what is watched, and how far it was read
    sources ──< items >── stories      what was found
    topics  ──< matches >── items      which item is about which topic, and where it says so
    chats   ──< subscriptions >── topics
    items   ──< fanouts                matched, and not yet handed to every subscriber
    chats   ──< aliases                a chat's own words for topics
    chats   ──< shown >── items        the number an item goes by in a chat
    chats   ──< alerts >── stories     the outbox: one alert per chat and story
    alerts  ──< alert_topics >── topics
    marks                              named counters, such as the topics' revision

Times are UTC. A change here needs a migration beside it (migrations/versions).
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    false,
)

QUEUED: Final = "queued"
SENT: Final = "sent"
FAILED: Final = "failed"
EXPIRED: Final = "expired"
UNKNOWN: Final = "unknown"
"""How an alert ends: sent, failed (with a reason), expired (with a reason), or unknown."""


class Moment(TypeDecorator[datetime]):
    """A time with its zone: SQLite gives times back without one, PostgreSQL with."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """To the database: always UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a time without a zone is no moment: {value!r}")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """From the database: always UTC, always said."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


# SQLite counts rows by INTEGER only; PostgreSQL's would end at two thousand million.
_Id = BigInteger().with_variant(Integer, "sqlite")

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _id() -> Column[int]:
    return Column("id", _Id, primary_key=True, autoincrement=True)


def _to(table: str, name: str | None = None, *, key: bool = False) -> Column[int]:
    target = ForeignKey(f"{table}.id", ondelete="CASCADE")
    return Column(
        name or f"{table.removesuffix('s')}_id", _Id, target, nullable=False, primary_key=key
    )


marks = Table(
    "marks",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", BigInteger, nullable=False, server_default="0"),
)

sources = Table(
    "sources",
    metadata,
    _id(),
    Column("kind", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    # Until its first reading is complete, what a source brings is known and not news.
    Column("baseline_at", Moment),
    Column("polled_at", Moment),
    Column("problem", Text),
    UniqueConstraint("kind", "address"),
)

cursors = Table(
    "cursors",
    metadata,
    _to("sources", key=True),
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

stories = Table("stories", metadata, _id(), Column("created_at", Moment, nullable=False))

items = Table(
    "items",
    metadata,
    _id(),
    _to("sources"),
    _to("stories", "story_id"),
    Column("key", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("found_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False),
    Column("title", Text, nullable=False),
    Column("url", Text),
    Column("source", Text, nullable=False),
    Column("published", Moment),
    Column("lead", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("language", Text),
    Column("author", Text),
    Column("tags", JSON, nullable=False),
    UniqueConstraint("source_id", "key"),
    Index("ix_items_story_id", "story_id"),
    Index("ix_items_found_at", "found_at"),
)

topics = Table(
    "topics",
    metadata,
    _id(),
    Column("query", Text, nullable=False, unique=True),
    Column("active", Boolean, nullable=False, server_default=false()),
    # The revision at which it was last switched on or off: matchers read what is newer than theirs.
    Column("revision", BigInteger, nullable=False, index=True),
)

chats = Table(
    "chats",
    metadata,
    _id(),
    Column("platform", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("chat", Text, nullable=False),
    Column("thread", Text, nullable=False, server_default=""),
    Column("created_at", Moment, nullable=False),
    Column("suspended_at", Moment),
    Column("suspended_because", Text),
    Column("last_number", Integer, nullable=False, server_default="0"),
    # Nothing is sent before this moment: what the platform asked for.
    Column("held_until", Moment),
    UniqueConstraint("platform", "account", "chat", "thread"),
)

subscriptions = Table(
    "subscriptions",
    metadata,
    _id(),
    _to("chats"),
    _to("topics"),
    Column("created_at", Moment, nullable=False),
    Column("created_by", Text, nullable=False, server_default=""),
    # The topic as this chat typed it: what people are shown.
    Column("label", Text, nullable=False),
    Column("muted_until", Moment),
    UniqueConstraint("chat_id", "topic_id"),
    Index("ix_subscriptions_topic_id_chat_id", "topic_id", "chat_id"),
)

aliases = Table(
    "aliases",
    metadata,
    _to("chats", key=True),
    # A chat's own word, case-folded, and the topic it stands for there.
    Column("name", Text, primary_key=True),
    Column("meaning", Text, nullable=False),
)

matches = Table(
    "matches",
    metadata,
    _to("items", key=True),
    _to("topics", key=True),
    Column("spans", JSON, nullable=False),
    Index("ix_matches_topic_id_item_id", "topic_id", "item_id"),
)

fanouts = Table(
    "fanouts",
    metadata,
    _id(),
    _to("items"),
    # Chats up to this one have their alert.
    Column("chat_id", _Id, nullable=False, server_default="0"),
)

shown = Table(
    "shown",
    metadata,
    _to("chats", key=True),
    Column("number", Integer, primary_key=True),
    _to("items"),
    UniqueConstraint("chat_id", "item_id"),
    Index("ix_shown_item_id", "item_id"),
)

alerts = Table(
    "alerts",
    metadata,
    _id(),
    _to("chats"),
    _to("stories", "story_id"),
    _to("items"),
    # Whose sender it is for: the chat's own, here too so that a sender finds its alerts by index.
    Column("platform", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("state", Text, nullable=False, server_default=QUEUED),
    Column("created_at", Moment, nullable=False),
    Column("lease_until", Moment),
    Column("lease_owner", Text),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("ended_at", Moment),
    Column("message_id", Text),
    Column("reason", Text),
    UniqueConstraint("chat_id", "story_id"),
    Index("ix_alerts_item_id", "item_id"),
)

# What is still to be sent: small however many alerts were sent. `IS NULL` is what both databases
# recognise as the index's own condition.
Index(
    "ix_alerts_unsent",
    alerts.c.platform,
    alerts.c.id,
    sqlite_where=alerts.c.ended_at.is_(None),
    postgresql_where=alerts.c.ended_at.is_(None),
)

alert_topics = Table(
    "alert_topics",
    metadata,
    _to("alerts", key=True),
    _to("topics", key=True),
    Index("ix_alert_topics_topic_id", "topic_id"),
)
