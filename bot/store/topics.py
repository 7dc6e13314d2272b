"""Topics: the distinct queries that somebody follows, and the revision that matchers keep up with."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.sql import insert
from bot.store.tables import marks, matches, subscriptions, topics
from watchers import Query, QuerySyntaxError, parse_query

_REVISION = "topics"

READ_REVISION = select(marks.c.value).where(marks.c.name == _REVISION)
HOLD_REVISION = READ_REVISION.with_for_update(read=True)
OWN_REVISION = READ_REVISION.with_for_update()
TOPICS_SINCE = (
    select(topics.c.id, topics.c.query, topics.c.active, topics.c.revision)
    .where(topics.c.revision > bindparam("revision"))
    .order_by(topics.c.revision)
)
FIND_TOPIC = select(topics.c.id, topics.c.active).where(topics.c.query == bindparam("query"))
# Whoever is about to follow it holds it, so that its words are not forgotten meanwhile.
HOLD_TOPIC = FIND_TOPIC.with_for_update(read=True, key_share=True)
HOLD_TO_FORGET = select(topics.c.id).where(topics.c.id == bindparam("topic_id")).with_for_update()
FORGET_WORDS = (
    update(topics).where(topics.c.id == bindparam("topic")).values(query=bindparam("words"))
)
FORGET_MATCHES = delete(matches).where(matches.c.topic_id == bindparam("topic_id"))
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
    """A topic that was switched on or off since a revision.

    ``query`` is ``None`` where the topic is off, or ``text`` cannot be read.
    """

    id: int
    text: str
    query: Query | None
    active: bool
    revision: int


def stored_query(text: str) -> Query | None:
    """Return the query of a stored topic, or ``None`` where its text cannot be read.

    An older version, a restored file or an edit by hand may leave a text outside the limits. All that
    reads topics skips such a row, so that the others continue.
    """
    try:
        return parse_query(text)
    except QuerySyntaxError:
        return None


async def read_revision(connection: AsyncConnection) -> int:
    """The revision of the topics: it moves when one is switched on or off."""
    return (await connection.execute(READ_REVISION)).scalar_one_or_none() or 0


async def hold_revision(connection: AsyncConnection) -> int:
    """`read_revision`, and nobody moves it before this transaction ends."""
    return (await connection.execute(HOLD_REVISION)).scalar_one_or_none() or 0


async def own_revision(connection: AsyncConnection) -> None:
    """Keep the revision for oneself until the end of this transaction.

    Whoever follows or drops several topics at once does so first: two that took topics in different
    orders would lock each other out.
    """
    await connection.execute(OWN_REVISION)


async def topics_since(connection: AsyncConnection, revision: int) -> list[TopicChange]:
    """What changed after ``revision``."""
    return [
        TopicChange(
            row.id,
            row.query,
            stored_query(row.query) if row.active else None,
            row.active,
            row.revision,
        )
        for row in await connection.execute(TOPICS_SINCE, {"revision": revision})
    ]


async def switch_on(connection: AsyncConnection, query: Query) -> tuple[int, bool]:
    """The topic of ``query``, matched from the next item on; and whether it was off before."""
    new = insert(connection, topics).values(query=str(query), active=False, revision=0)
    new = new.on_conflict_do_nothing()
    row = None
    while row is None:  # the words may be forgotten between the two
        await connection.execute(new)
        row = (await connection.execute(HOLD_TOPIC, {"query": str(query)})).one_or_none()
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


async def forget_topic(connection: AsyncConnection, topic_id: int) -> bool:
    """Stop matching a topic that nobody follows any more, and forget its words; whether that was so.

    Its row stays, under a name that says nothing: matchers learn from it that the topic is off.
    """
    values = {"topic_id": topic_id}
    await connection.execute(HOLD_TO_FORGET, values)
    if (await connection.execute(ANY_SUBSCRIBER, values)).first() is not None:
        return False
    await switch_off_if_unused(connection, topic_id)
    await connection.execute(FORGET_MATCHES, values)
    await connection.execute(FORGET_WORDS, {"topic": topic_id, "words": f"forgotten-{topic_id}"})
    return True


async def find_topic(connection: AsyncConnection, query: Query) -> int | None:
    """The topic of ``query``, if somebody follows it: what matches it is known."""
    row = (await connection.execute(FIND_TOPIC, {"query": str(query)})).one_or_none()
    return row.id if row is not None and row.active else None


async def _next_revision(connection: AsyncConnection) -> int:
    # The row stays locked until the commit: revisions become visible in their order.
    new = insert(connection, marks).values(name=_REVISION, value=1)
    statement = new.on_conflict_do_update(
        index_elements=["name"], set_={"value": marks.c.value + 1}
    ).returning(marks.c.value)
    revision: int = (await connection.execute(statement)).scalar_one()
    return revision
