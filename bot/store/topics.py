"""Topics: the distinct queries that somebody follows, and the revision that matchers keep up with."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.sql import insert
from bot.store.tables import marks, subscriptions, topics
from watchers import Query, parse_query

_REVISION = "topics"

READ_REVISION = select(marks.c.value).where(marks.c.name == _REVISION)
HOLD_REVISION = READ_REVISION.with_for_update(read=True)
TOPICS_SINCE = (
    select(topics.c.id, topics.c.query, topics.c.active, topics.c.revision)
    .where(topics.c.revision > bindparam("revision"))
    .order_by(topics.c.revision)
)
FIND_TOPIC = select(topics.c.id, topics.c.active).where(topics.c.query == bindparam("query"))
ANY_SUBSCRIBER = (
    select(subscriptions.c.id).where(subscriptions.c.topic_id == bindparam("topic_id")).limit(1)
)
SWITCH_TOPIC = (
    update(topics)
    .where(topics.c.id == bindparam("topic_id"))
    .values(active=bindparam("on"), revision=bindparam("at"))
)


@dataclass(frozen=True, slots=True)
class TopicChange:
    """A topic that was switched on or off since a revision."""

    id: int
    query: Query
    active: bool
    revision: int


async def read_revision(connection: AsyncConnection) -> int:
    """The revision of the topics: it moves when one is switched on or off."""
    return (await connection.execute(READ_REVISION)).scalar_one_or_none() or 0


async def hold_revision(connection: AsyncConnection) -> int:
    """`read_revision`, and nobody moves it before this transaction ends."""
    return (await connection.execute(HOLD_REVISION)).scalar_one_or_none() or 0


async def topics_since(connection: AsyncConnection, revision: int) -> list[TopicChange]:
    """What changed after ``revision``."""
    return [
        TopicChange(row.id, parse_query(row.query), row.active, row.revision)
        for row in await connection.execute(TOPICS_SINCE, {"revision": revision})
    ]


async def switch_on(connection: AsyncConnection, query: Query) -> tuple[int, bool]:
    """The topic of ``query``, matched from the next item on; and whether it was off before."""
    new = insert(connection, topics).values(query=str(query), active=False, revision=0)
    new = new.on_conflict_do_nothing()
    await connection.execute(new)
    row = (await connection.execute(FIND_TOPIC, {"query": str(query)})).one()
    if row.active:
        return row.id, False
    revision = await _next_revision(connection)
    await connection.execute(SWITCH_TOPIC, {"topic_id": row.id, "on": True, "at": revision})
    return row.id, True


async def switch_off_if_unused(connection: AsyncConnection, topic_id: int) -> None:
    """Stop matching a topic that nobody follows any more."""
    used = (await connection.execute(ANY_SUBSCRIBER, {"topic_id": topic_id})).first()
    if used is None:
        revision = await _next_revision(connection)
        await connection.execute(SWITCH_TOPIC, {"topic_id": topic_id, "on": False, "at": revision})


async def _next_revision(connection: AsyncConnection) -> int:
    # The row stays locked until the commit: revisions become visible in their order.
    new = insert(connection, marks).values(name=_REVISION, value=1)
    statement = new.on_conflict_do_update(
        index_elements=["name"], set_={"value": marks.c.value + 1}
    ).returning(marks.c.value)
    revision: int = (await connection.execute(statement)).scalar_one()
    return revision
