"""The tables, and what each is for.

    sources ──< cursors                what is watched, and how far it was read
    hosts                              who may ask which host of feeds now
    sources ──1 pushes                 which hub tells of a feed's news, and until when
    sources ──< items >── stories      what was found
    topics  ──< matches >── items      which item is about which topic, and where it says so
    chats   ──< subscriptions >── topics
    items   ──< fanouts                matched, and not yet handed to every subscriber
    chats   ──< aliases                a chat's own words for topics
    chats   ──< shown >── items        the number an item goes by in a chat
    chats   ──< alerts >── stories     the outbox: one alert per chat and story
    alerts  ──< alert_topics >── topics
    chats   ──< follow_ups >── stories what is said after the alert: an edit, a reply
    stories ──< retellings             stories whose alerts are to be edited
    alerts  ──< alerts, briefings      a message that stands for several alerts, and which part of it
    chats   ──< spikes >── topics      a day on which a topic was far above its usual, and its alert
    marks                              named counters, such as the topics' revision
    leases                             what one process at a time may do: send for an account
    updates                            what came in, so that it is answered once
    installations                      where others have installed the app, their tokens sealed
    kept                               long texts that a button or a link stands for
    pages                              web pages that were read on request, for a while
    written                            what a language model wrote of an article
    spending                           what a language model was asked for, by day

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
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    and_,
    false,
    literal_column,
    or_,
)

QUEUED: Final = "queued"
SENT: Final = "sent"
FAILED: Final = "failed"
EXPIRED: Final = "expired"
UNKNOWN: Final = "unknown"
"""How an alert ends: sent, failed (with a reason), expired (with a reason), or unknown."""

HELD: Final = "held"
"""It waits for its briefing: a digest, the end of quiet hours or of a pause."""

REPLY: Final = "reply"
EDIT: Final = "edit"
AGAIN: Final = "alert"
"""How a chat is told what is new in a story: in answer to its alert, by an edit alone, by a new alert."""

ACTIVE: Final = "active"
PAUSED: Final = "paused"
DEAD: Final = "dead"
ENDED: Final = "ended"
REMOVED: Final = "removed"
"""How a source stands: asked by its schedule, not asked by somebody's wish, failing for long (asked
once a day), gone for good, or no longer followed."""


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
    Column("title", Text, nullable=False, server_default=""),
    Column("site", Text),
    Column("tags", JSON, nullable=False, server_default="[]"),
    # Of a feed: who is asked, how it stands, and when it is to be asked again (empty: never).
    Column("host", Text, nullable=False, server_default=""),
    Column("state", Text, nullable=False, server_default=ACTIVE),
    Column("due_at", Moment),
    Column("interval", Float),  # seconds to the next look, as it was decided last
    Column("succeeded_at", Moment),
    Column("news_at", Moment),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("failing_since", Moment),
    Column("told_dead", Boolean, nullable=False, server_default=false()),
    UniqueConstraint("kind", "address"),
)
Index(
    "ix_sources_due_at",
    sources.c.due_at,
    sqlite_where=sources.c.due_at.is_not(None),
    postgresql_where=sources.c.due_at.is_not(None),
)

hosts = Table(
    "hosts",
    metadata,
    # One process at a time asks a host, and not before this moment.
    Column("name", Text, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("until", Moment, nullable=False),
)

pushes = Table(
    "pushes",
    metadata,
    # A hub and what it calls the feed; the token is in the address that it calls.
    _to("sources", key=True),
    Column("hub", Text, nullable=False),
    Column("topic", Text, nullable=False),
    Column("token", Text, nullable=False, unique=True),
    Column("secret", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("lease_until", Moment),
    # When the hub is to be asked again: after a failure, or before the lease ends.
    Column("due_at", Moment, nullable=False, index=True),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("problem", Text),
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
    # A briefing is a row of its own, about no one story.
    Column("story_id", _Id, ForeignKey("stories.id", ondelete="CASCADE")),
    Column("item_id", _Id, ForeignKey("items.id", ondelete="CASCADE")),
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
    Column("briefing_id", _Id, ForeignKey("alerts.id", ondelete="SET NULL")),
    # Nothing more of this story is told here.
    Column("muted", Boolean, nullable=False, server_default=false()),
    UniqueConstraint("chat_id", "story_id"),
    Index("ix_alerts_item_id", "item_id"),
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

briefings = Table(
    "briefings",
    metadata,
    # A briefing too long for one message is several rows of the outbox: which of how many this is.
    _to("alerts", key=True),
    Column("part", SmallInteger, nullable=False),
    Column("parts", SmallInteger, nullable=False),
    Column("total", Integer, nullable=False),  # stories in all parts
)

follow_ups = Table(
    "follow_ups",
    metadata,
    _id(),
    _to("chats"),
    _to("stories", "story_id"),
    # What is new is in this item; an edit shows what is known of the whole story.
    Column("item_id", _Id, ForeignKey("items.id", ondelete="CASCADE")),
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
    _to("stories", "story_id", key=True),
    # Chats up to this one have their edit.
    Column("chat_id", _Id, nullable=False, server_default="0"),
)

alert_topics = Table(
    "alert_topics",
    metadata,
    _to("alerts", key=True),
    _to("topics", key=True),
    Index("ix_alert_topics_topic_id", "topic_id"),
)

spikes = Table(
    "spikes",
    metadata,
    _to("chats", key=True),
    _to("topics", key=True),
    Column("day", Text, primary_key=True),  # in UTC, as 2026-06-01
    _to("alerts"),
    Column("today", Integer, nullable=False),  # items on that day, when it was seen
    Column("usual", Float, nullable=False),  # the median of the days before
    Index("ix_spikes_alert_id", "alert_id", unique=True),
)

leases = Table(
    "leases",
    metadata,
    # What only one process at a time may do, such as to send for an account.
    Column("name", Text, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("token", BigInteger, nullable=False),  # grows with each new holder: the fence
    Column("until", Moment, nullable=False),
    # Nothing is sent before this moment: what the platform asked of the account as a whole.
    Column("held_until", Moment),
)

updates = Table(
    "updates",
    metadata,
    # What came in from a platform, for as long as it may come again.
    Column("platform", Text, primary_key=True),
    Column("account", Text, primary_key=True),
    Column("update_id", Text, primary_key=True),
    Column("seen_at", Moment, nullable=False),
    Index("ix_updates_seen_at", "seen_at"),
)

kept = Table(
    "kept",
    metadata,
    # A text that is too long for a button or a link of a platform, by a digest of itself.
    Column("key", Text, primary_key=True),
    Column("text", Text, nullable=False),
    Column("kept_at", Moment, nullable=False),
    Index("ix_kept_kept_at", "kept_at"),
)

installations = Table(
    "installations",
    metadata,
    # Where the app is installed by others, and the sealed tokens it has there; none after its end.
    Column("platform", Text, primary_key=True),
    Column("account", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("sealed", Text),
    Column("installed_at", Moment, nullable=False),
    Column("expires_at", Moment),  # when the tokens have to be renewed by; empty: never
    Column("ended_at", Moment),
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
    Column("chat_id", _Id, primary_key=True, autoincrement=False),
    Column("requests", Integer, nullable=False, server_default="0"),
    Column("tokens", BigInteger, nullable=False, server_default="0"),
)
