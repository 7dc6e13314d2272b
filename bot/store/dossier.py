"""All that a chat has told us to remember: read as a whole, put back, and erased.

What a chat *decided* (its settings, topics and words) is a dossier and can be taken along. What
*happened* (numbers, alerts, turns) belongs to one installation, and goes only when the chat is erased.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sqlalchemy import Column, Table, bindparam, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model import Ref
from bot.store.aliases import read_aliases, write_alias
from bot.store.digests import schedule
from bot.store.subscriptions import add_subscription
from bot.store.tables import alerts, aliases, chats, shown, spending, subscriptions, topics
from bot.store.timing import read_habits
from bot.store.topics import forget_topic, own_revision, stored_query
from watchers import Query

CHAT_SETTINGS: Final = ("open", "language", "mode", "quiet", "zone", "always", "follow_ups")
"""Columns of `chats` that somebody decided."""

CHAT_BOOKKEEPING: Final = frozenset(
    {"id", "platform", "account", "chat", "thread", "created_at", "due_at", "last_number"}
    | {"suspended_at", "suspended_because", "digest_at", "paused_at", "paused_until"}
)
"""Columns of `chats` that are an address or came about by themselves."""

TOPIC_SETTINGS: Final = (
    *("muted_until", "spikes"),
    *("mode", "quiet", "at_least", "most_a_day", "breaking"),
)
"""Columns of `subscriptions` that somebody decided, beside the topic and its label."""

TOPIC_BOOKKEEPING: Final = frozenset(
    {"id", "chat_id", "topic_id", "created_at", "created_by", "label", "told", "told_on"}
)
"""Columns of `subscriptions` that are told otherwise, or belong to one installation."""

Settings = Mapping[str, object]
"""Values by the name of their column."""

_ADDRESS: Final = (
    (chats.c.platform == bindparam("of_platform"))
    & (chats.c.account == bindparam("of_account"))
    & (chats.c.chat == bindparam("of_chat"))
)
READ_CHAT = select(*(chats.c[name] for name in CHAT_SETTINGS)).where(
    chats.c.id == bindparam("chat_id")
)
READ_TOPICS = (
    select(topics.c.query, subscriptions.c.label, *(subscriptions.c[n] for n in TOPIC_SETTINGS))
    .join(topics, topics.c.id == subscriptions.c.topic_id)
    .where(subscriptions.c.chat_id == bindparam("chat_id"))
    .order_by(subscriptions.c.id)
)
NEXT_CHATS = (
    select(chats.c.id, chats.c.platform, chats.c.account, chats.c.chat, chats.c.thread)
    .where(chats.c.id > bindparam("after"))
    .order_by(chats.c.id)
    .limit(bindparam("most"))
)
CHATS_OF_ADDRESS = select(chats.c.id).where(_ADDRESS)
TOPICS_OF_ADDRESS = (
    select(subscriptions.c.topic_id)
    .join(chats, chats.c.id == subscriptions.c.chat_id)
    .where(_ADDRESS)
    .distinct()
)
ERASE_SPENDING = delete(spending).where(spending.c.chat_id.in_(bindparam("ids", expanding=True)))
ERASE_CHATS = delete(chats).where(_ADDRESS)  # what hangs on a chat goes with it
_PAGE: Final = 200  # chats read in one transaction


@dataclass(frozen=True, slots=True)
class Followed:
    """A topic as a chat typed it, what it means, and how it is to be told.

    ``query`` is ``None`` where the stored ``text`` cannot be read.
    """

    label: str
    query: Query | None
    settings: Settings = field(default_factory=dict)
    text: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Dossier:
    """What a chat decided. ``aliases``: its own words, by their case-folded names."""

    topics: tuple[Followed, ...] = ()
    aliases: Mapping[str, str] = field(default_factory=dict)
    settings: Settings = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Restored:
    """What became of a dossier: topics that are new, and those that were followed already."""

    added: int
    known: int
    aliases: int


@dataclass(frozen=True, slots=True)
class Holdings:
    """How much is known of a chat with all its threads."""

    threads: int
    topics: int
    aliases: int
    shown: int
    alerts: int


async def read_dossier(connection: AsyncConnection, chat_id: int) -> Dossier:
    """What the chat in this row decided."""
    values = {"chat_id": chat_id}
    chat = (await connection.execute(READ_CHAT, values)).one()
    rows = await connection.execute(READ_TOPICS, values)
    followed = tuple(
        Followed(
            row.label,
            stored_query(row.query),
            {name: getattr(row, name) for name in TOPIC_SETTINGS},
            row.query,
        )
        for row in rows
    )
    return Dossier(followed, await read_aliases(connection, chat_id), dict(chat._mapping))  # noqa: SLF001 - SQLAlchemy's own public name


async def every_chat(connection: AsyncConnection) -> AsyncIterator[tuple[Ref, int]]:
    """Every chat with its row, in the order they came."""
    after = 0
    while True:
        page = (await connection.execute(NEXT_CHATS, {"after": after, "most": _PAGE})).all()
        for row in page:
            yield Ref(row.platform, row.account, row.chat, row.thread), row.id
        if len(page) < _PAGE:
            return
        after = page[-1].id


async def restore_dossier(
    connection: AsyncConnection, chat_id: int, dossier: Dossier, *, by: str, now: datetime
) -> Restored:
    """Let the chat have what ``dossier`` says. Nothing else that it has is taken away."""
    added = 0
    await own_revision(connection)
    readable = [(one, one.query) for one in dossier.topics if one.query is not None]
    for one, query in readable:
        topic_id, is_new = await add_subscription(
            connection, chat_id, query, label=one.label, by=by, now=now
        )
        added += is_new
        if one.settings:
            there = (subscriptions.c.chat_id == chat_id) & (subscriptions.c.topic_id == topic_id)
            await connection.execute(update(subscriptions).where(there).values(**one.settings))
    for name, meaning in dossier.aliases.items():
        await write_alias(connection, chat_id, name, meaning)
    if dossier.settings:
        values = update(chats).where(chats.c.id == chat_id).values(**dossier.settings)
        await connection.execute(values)
        habits = await read_habits(connection, chat_id)
        await schedule(connection, chat_id, habits.timing, always=habits.always, now=now)
    return Restored(added, len(readable) - added, len(dossier.aliases))


async def holdings(connection: AsyncConnection, ref: Ref) -> Holdings:
    """How much is known of the chat at ``ref`` with all its threads."""
    rows = await connection.execute(CHATS_OF_ADDRESS, _of(ref))
    ids = list(rows.scalars())

    async def many(table: Table, column: Column[int]) -> int:
        found = select(func.count()).select_from(table).where(column.in_(ids))
        return (await connection.execute(found)).scalar_one()

    return Holdings(
        threads=len(ids),
        topics=await many(subscriptions, subscriptions.c.chat_id),
        aliases=await many(aliases, aliases.c.chat_id),
        shown=await many(shown, shown.c.chat_id),
        alerts=await many(alerts, alerts.c.chat_id),
    )


async def erase_chat(connection: AsyncConnection, ref: Ref) -> Holdings:
    """Erase a chat with all its threads, and the words of topics that only it followed.

    What there was.
    """
    await own_revision(connection)
    was = await holdings(connection, ref)
    rows = await connection.execute(TOPICS_OF_ADDRESS, _of(ref))
    followed = list(rows.scalars())
    ids = list((await connection.execute(CHATS_OF_ADDRESS, _of(ref))).scalars())
    await connection.execute(ERASE_SPENDING, {"ids": ids})
    await connection.execute(ERASE_CHATS, _of(ref))
    for topic_id in sorted(followed):
        await forget_topic(connection, topic_id)
    return was


def _of(ref: Ref) -> dict[str, str]:
    return {"of_platform": ref.platform, "of_account": ref.account, "of_chat": ref.chat}
