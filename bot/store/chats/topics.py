"""Topics: the distinct queries that chats follow, their revision, and the aliases of a chat.

The topic revision grows when a topic is activated or deactivated. A matcher reads the topics with a
higher revision than its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import bindparam, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.models import parse_stored_query
from bot.store.dialect import insert
from bot.store.tables import aliases, counters, matches, subscriptions, topics
from watchers import Query

_REVISION_COUNTER: Final = "topics"

READ_REVISION = select(counters.c.value).where(counters.c.name == _REVISION_COUNTER)
LOCK_REVISION_SHARED = READ_REVISION.with_for_update(read=True)
LOCK_REVISION = READ_REVISION.with_for_update()
TOPICS_SINCE = (
    select(topics.c.id, topics.c.query, topics.c.active, topics.c.revision)
    .where(topics.c.revision > bindparam("revision"))
    .order_by(topics.c.revision)
)
FIND_TOPIC = select(topics.c.id, topics.c.active).where(topics.c.query == bindparam("query"))
# A subscriber locks the topic, so that `erase_topic` cannot erase its text at the same time.
LOCK_TOPIC_FOR_SUBSCRIBER = FIND_TOPIC.with_for_update(read=True, key_share=True)
LOCK_TOPIC = select(topics.c.id).where(topics.c.id == bindparam("topic_id")).with_for_update()
ERASE_TOPIC_TEXT = (
    update(topics)
    .where(topics.c.id == bindparam("topic_id"))
    .values(query=bindparam("replacement"))
)
DELETE_MATCHES = delete(matches).where(matches.c.topic_id == bindparam("topic_id"))
FIND_SUBSCRIBER = (
    select(subscriptions.c.id).where(subscriptions.c.topic_id == bindparam("topic_id")).limit(1)
)
SET_TOPIC_ACTIVE = (
    update(topics)
    .where(topics.c.id == bindparam("topic_id"))
    .values(active=bindparam("is_active"), revision=bindparam("new_revision"))
)
READ_ALIASES = (
    select(aliases.c.name, aliases.c.meaning)
    .where(aliases.c.chat_id == bindparam("chat_id"))
    .order_by(aliases.c.name)
)
COUNT_ALIASES = select(func.count()).where(aliases.c.chat_id == bindparam("chat_id"))
REMOVE_ALIAS = delete(aliases).where(
    aliases.c.chat_id == bindparam("chat_id"), aliases.c.name == bindparam("name")
)


@dataclass(frozen=True, slots=True)
class TopicChange:
    """A topic that was activated or deactivated.

    ``query`` is ``None`` if the topic is inactive or ``text`` cannot be parsed.
    """

    id: int
    text: str
    query: Query | None
    active: bool
    revision: int


async def read_revision(connection: AsyncConnection) -> int:
    """Return the topic revision."""
    return (await connection.execute(READ_REVISION)).scalar_one_or_none() or 0


async def lock_revision_shared(connection: AsyncConnection) -> int:
    """Return the topic revision and keep others from changing it until this transaction ends."""
    return (await connection.execute(LOCK_REVISION_SHARED)).scalar_one_or_none() or 0


async def lock_revision(connection: AsyncConnection) -> None:
    """Lock the topic revision exclusively until this transaction ends.

    A transaction that changes several topics must call this first: two transactions that lock the
    topics in different orders would otherwise cause a deadlock.
    """
    await connection.execute(LOCK_REVISION)


async def topics_since(connection: AsyncConnection, revision: int) -> list[TopicChange]:
    """Return the topics that changed after ``revision``."""
    return [
        TopicChange(
            row.id,
            row.query,
            parse_stored_query(row.query) if row.active else None,
            row.active,
            row.revision,
        )
        for row in await connection.execute(TOPICS_SINCE, {"revision": revision})
    ]


async def activate_topic(connection: AsyncConnection, query: Query) -> tuple[int, bool]:
    """Return the ID of the topic of ``query``, and True if it was inactive; activate it.

    The topic is matched from the next item on.
    """
    new = insert(connection, topics).values(query=str(query), active=False, revision=0)
    insert_if_missing = new.on_conflict_do_nothing()
    params = {"query": str(query)}
    row = None
    # Another transaction may erase the text of the topic between the two statements.
    while row is None:
        await connection.execute(insert_if_missing)
        row = (await connection.execute(LOCK_TOPIC_FOR_SUBSCRIBER, params)).one_or_none()
    if row.active:
        return row.id, False
    await _set_active(connection, row.id, is_active=True)
    return row.id, True


async def deactivate_if_unused(connection: AsyncConnection, topic_id: int) -> None:
    """Stop matching a topic that no chat follows."""
    subscriber = (await connection.execute(FIND_SUBSCRIBER, {"topic_id": topic_id})).first()
    if subscriber is None:
        await _set_active(connection, topic_id, is_active=False)


async def erase_topic(connection: AsyncConnection, topic_id: int) -> bool:
    """Deactivate a topic and erase its text; return False if a chat follows the topic.

    The row stays with a replacement text, because matchers read from it that the topic is inactive.
    """
    values = {"topic_id": topic_id}
    await connection.execute(LOCK_TOPIC, values)
    if (await connection.execute(FIND_SUBSCRIBER, values)).first() is not None:
        return False
    await deactivate_if_unused(connection, topic_id)
    await connection.execute(DELETE_MATCHES, values)
    replacement = f"forgotten-{topic_id}"
    await connection.execute(ERASE_TOPIC_TEXT, {"topic_id": topic_id, "replacement": replacement})
    return True


async def find_topic(connection: AsyncConnection, query: Query) -> int | None:
    """Return the ID of the active topic of ``query``, or ``None``: its matches are stored."""
    row = (await connection.execute(FIND_TOPIC, {"query": str(query)})).one_or_none()
    return row.id if row is not None and row.active else None


async def read_aliases(connection: AsyncConnection, chat_id: int) -> dict[str, str]:
    """Return the meanings of a chat's aliases by their case-folded names."""
    rows = await connection.execute(READ_ALIASES, {"chat_id": chat_id})
    return {row.name: row.meaning for row in rows}


async def write_alias(connection: AsyncConnection, chat_id: int, name: str, meaning: str) -> None:
    """Add or replace an alias."""
    new = insert(connection, aliases).values(chat_id=chat_id, name=name, meaning=meaning)
    await connection.execute(
        new.on_conflict_do_update(index_elements=["chat_id", "name"], set_={"meaning": meaning})
    )


async def remove_alias(connection: AsyncConnection, chat_id: int, name: str) -> bool:
    """Remove an alias; return True if it existed."""
    result = await connection.execute(REMOVE_ALIAS, {"chat_id": chat_id, "name": name})
    return result.rowcount > 0


async def count_aliases(connection: AsyncConnection, chat_id: int) -> int:
    """Return the number of a chat's aliases."""
    return (await connection.execute(COUNT_ALIASES, {"chat_id": chat_id})).scalar_one()


async def _set_active(connection: AsyncConnection, topic_id: int, *, is_active: bool) -> None:
    revision = await _next_revision(connection)
    values = {"topic_id": topic_id, "is_active": is_active, "new_revision": revision}
    await connection.execute(SET_TOPIC_ACTIVE, values)


async def _next_revision(connection: AsyncConnection) -> int:
    # The row stays locked until the commit, so that revisions become visible in their order.
    new = insert(connection, counters).values(name=_REVISION_COUNTER, value=1)
    statement = new.on_conflict_do_update(
        index_elements=["name"], set_={"value": counters.c.value + 1}
    ).returning(counters.c.value)
    revision: int = (await connection.execute(statement)).scalar_one()
    return revision
