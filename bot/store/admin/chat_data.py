"""The data of one chat: export, import and erasure.

Settings, topics and aliases are what a chat has chosen. They can be exported and imported. Item numbers,
alerts and usage belong to one installation. They are deleted only when the chat is erased.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sqlalchemy import Column, Table, bindparam, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.models import ChatRef, parse_stored_query
from bot.store.chats.schedule import read_schedule
from bot.store.chats.subscriptions import add_subscription
from bot.store.chats.topics import (
    erase_topic,
    lock_revision,
    read_aliases,
    write_alias,
)
from bot.store.outbox.digests import schedule_next_digest
from bot.store.tables import (
    alerts,
    aliases,
    chat_item_numbers,
    chats,
    llm_usage,
    subscriptions,
    topics,
)
from watchers import Query

CHAT_SETTINGS: Final = ("open", "language", "mode", "quiet", "zone", "always", "follow_ups")
"""The columns of `chats` that a user has set."""

CHAT_BOOKKEEPING: Final = frozenset(
    {"id", "platform", "account", "chat", "thread", "created_at", "due_at", "last_number"}
    | {
        "suspended_at",
        "suspended_because",
        "suspended_alone",
        "digest_at",
        "paused_at",
        "paused_until",
    }
)
"""The other columns of `chats`: the address, and values that Tocsin maintains."""

TOPIC_SETTINGS: Final = (
    *("muted_until", "spikes"),
    *("mode", "quiet", "at_least", "most_a_day", "breaking"),
)
"""The columns of `subscriptions` that a user has set, besides the topic and its label."""

TOPIC_BOOKKEEPING: Final = frozenset(
    {"id", "chat_id", "topic_id", "created_at", "created_by", "label", "told", "told_on"}
)
"""The other columns of `subscriptions`: exported in another form, or specific to one installation."""

Settings = Mapping[str, object]
"""Values by column name."""

_HAS_ADDRESS: Final = (
    (chats.c.platform == bindparam("platform_param"))
    & (chats.c.account == bindparam("account_param"))
    & (chats.c.chat == bindparam("chat_param"))
)
READ_CHAT_SETTINGS = select(*(chats.c[name] for name in CHAT_SETTINGS)).where(
    chats.c.id == bindparam("chat_id")
)
READ_TOPICS = (
    select(
        topics.c.query, subscriptions.c.label, *(subscriptions.c[name] for name in TOPIC_SETTINGS)
    )
    .join(topics, topics.c.id == subscriptions.c.topic_id)
    .where(subscriptions.c.chat_id == bindparam("chat_id"))
    .order_by(subscriptions.c.id)
)
LIST_CHATS = (
    select(chats.c.id, chats.c.platform, chats.c.account, chats.c.chat, chats.c.thread)
    .where(chats.c.id > bindparam("after"))
    .order_by(chats.c.id)
    .limit(bindparam("limit"))
)
CHATS_OF_ADDRESS = select(chats.c.id).where(_HAS_ADDRESS)
TOPICS_OF_ADDRESS = (
    select(subscriptions.c.topic_id)
    .join(chats, chats.c.id == subscriptions.c.chat_id)
    .where(_HAS_ADDRESS)
    .distinct()
)
ERASE_LLM_USAGE = delete(llm_usage).where(llm_usage.c.chat_id.in_(bindparam("ids", expanding=True)))
# Foreign keys delete the rows of the other tables.
ERASE_CHATS = delete(chats).where(_HAS_ADDRESS)
_BATCH_SIZE: Final = 200


@dataclass(frozen=True, slots=True)
class ExportedTopic:
    """A subscription: the label that the user typed, the query and the settings.

    ``query`` is ``None`` if the stored ``text`` cannot be read.
    """

    label: str
    query: Query | None
    settings: Settings = field(default_factory=dict)
    text: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class ChatExport:
    """The choices of a chat. ``aliases`` maps case-folded names to queries."""

    topics: tuple[ExportedTopic, ...] = ()
    aliases: Mapping[str, str] = field(default_factory=dict)
    settings: Settings = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ChatImportResult:
    """The number of new topics, of existing topics, and of aliases."""

    added: int
    existing: int
    aliases: int


@dataclass(frozen=True, slots=True)
class ChatDataCounts:
    """The number of stored rows of a chat with all its threads."""

    threads: int
    topics: int
    aliases: int
    item_numbers: int
    alerts: int


async def export_chat(connection: AsyncConnection, chat_id: int) -> ChatExport:
    """Return the choices of a chat, given by row ID."""
    values = {"chat_id": chat_id}
    chat = (await connection.execute(READ_CHAT_SETTINGS, values)).one()
    exported_topics = tuple(
        ExportedTopic(
            row.label,
            parse_stored_query(row.query),
            {name: getattr(row, name) for name in TOPIC_SETTINGS},
            row.query,
        )
        for row in await connection.execute(READ_TOPICS, values)
    )
    # `_mapping` is public in SQLAlchemy. The underscore keeps it apart from column names.
    settings = dict(chat._mapping)  # noqa: SLF001
    return ChatExport(exported_topics, await read_aliases(connection, chat_id), settings)


async def iter_chats(connection: AsyncConnection) -> AsyncIterator[tuple[ChatRef, int]]:
    """Yield every chat with its row ID, in the order of the IDs."""
    last_id = 0
    while True:
        values = {"after": last_id, "limit": _BATCH_SIZE}
        batch = (await connection.execute(LIST_CHATS, values)).all()
        for row in batch:
            yield ChatRef(row.platform, row.account, row.chat, row.thread), row.id
        if len(batch) < _BATCH_SIZE:
            return
        last_id = batch[-1].id


async def import_chat(
    connection: AsyncConnection, chat_id: int, export: ChatExport, *, user_id: str, now: datetime
) -> ChatImportResult:
    """Add an export to a chat. Existing topics and aliases of the chat stay."""
    added = 0
    await lock_revision(connection)
    readable = [(topic, topic.query) for topic in export.topics if topic.query is not None]
    for topic, query in readable:
        topic_id, is_new = await add_subscription(
            connection, chat_id, query, label=topic.label, user_id=user_id, now=now
        )
        added += is_new
        if topic.settings:
            is_subscription = (subscriptions.c.chat_id == chat_id) & (
                subscriptions.c.topic_id == topic_id
            )
            await connection.execute(
                update(subscriptions).where(is_subscription).values(**topic.settings)
            )
    for name, query_text in export.aliases.items():
        await write_alias(connection, chat_id, name, query_text)
    if export.settings:
        await connection.execute(
            update(chats).where(chats.c.id == chat_id).values(**export.settings)
        )
        # The imported delivery mode decides when the next digest is due.
        schedule = await read_schedule(connection, chat_id)
        await schedule_next_digest(
            connection, chat_id, schedule.timing, always=schedule.always, now=now
        )
    return ChatImportResult(added, len(readable) - added, len(export.aliases))


async def count_chat_data(connection: AsyncConnection, ref: ChatRef) -> ChatDataCounts:
    """Count the rows of the chat at ``ref`` with all its threads."""
    rows = await connection.execute(CHATS_OF_ADDRESS, _address_values(ref))
    ids = list(rows.scalars())

    async def count(table: Table, column: Column[int]) -> int:
        statement = select(func.count()).select_from(table).where(column.in_(ids))
        return (await connection.execute(statement)).scalar_one()

    return ChatDataCounts(
        threads=len(ids),
        topics=await count(subscriptions, subscriptions.c.chat_id),
        aliases=await count(aliases, aliases.c.chat_id),
        item_numbers=await count(chat_item_numbers, chat_item_numbers.c.chat_id),
        alerts=await count(alerts, alerts.c.chat_id),
    )


async def erase_chat(connection: AsyncConnection, ref: ChatRef) -> ChatDataCounts:
    """Erase a chat with all its threads. Return the number of rows that it had.

    The texts of topics that only this chat followed are erased too.
    """
    await lock_revision(connection)
    counts = await count_chat_data(connection, ref)
    address = _address_values(ref)
    topic_ids = list((await connection.execute(TOPICS_OF_ADDRESS, address)).scalars())
    chat_ids = list((await connection.execute(CHATS_OF_ADDRESS, address)).scalars())
    await connection.execute(ERASE_LLM_USAGE, {"ids": chat_ids})
    await connection.execute(ERASE_CHATS, address)
    for topic_id in sorted(topic_ids):
        await erase_topic(connection, topic_id)
    return counts


def _address_values(ref: ChatRef) -> dict[str, str]:
    return {
        "platform_param": ref.platform,
        "account_param": ref.account,
        "chat_param": ref.chat,
    }
