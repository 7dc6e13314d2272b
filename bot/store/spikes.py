"""Spikes: topics that are far above their usual today, each told to a chat once a day.

A spike is an alert in the outbox, with a row here that says what it is about. Both are written in one
transaction, with the chat held: two processes that see the same spike tell it once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy import bindparam, exists, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.outbox import HOLD_CHATS, settle_chats
from bot.store.shown import number_items
from bot.store.sql import insert as own_insert
from bot.store.tables import alert_topics, alerts, chats, spikes, stories, subscriptions

_MOST_DAYS: Final = 10_000_000  # that a calendar has

PAGE: Final = 200
"""Chats told in one transaction."""

WATCHED_TOPICS = (
    select(subscriptions.c.topic_id, chats.c.zone)
    .join(chats, chats.c.id == subscriptions.c.chat_id)
    .where(subscriptions.c.spikes)
    .distinct()
    .order_by(subscriptions.c.topic_id, chats.c.zone)
)
_IS_TOLD = exists().where(
    spikes.c.chat_id == subscriptions.c.chat_id,
    spikes.c.topic_id == subscriptions.c.topic_id,
    spikes.c.day == bindparam("day"),
)
TO_TELL = (
    select(subscriptions.c.chat_id)
    .join(chats, chats.c.id == subscriptions.c.chat_id)
    .where(
        subscriptions.c.topic_id == bindparam("topic_id"),
        subscriptions.c.spikes,
        chats.c.zone.in_(bindparam("zones", expanding=True)),
        or_(subscriptions.c.muted_until.is_(None), subscriptions.c.muted_until <= bindparam("now")),
        func.coalesce(subscriptions.c.mode, chats.c.mode) != "off",
        chats.c.suspended_at.is_(None),
        or_(chats.c.paused_until.is_(None), chats.c.paused_until <= bindparam("now")),
        ~_IS_TOLD,
    )
    .order_by(subscriptions.c.chat_id)
    .limit(bindparam("most"))
)
STILL_TO_TELL = TO_TELL.where(subscriptions.c.chat_id.in_(bindparam("ids", expanding=True)))
WATCH_TOPIC = (
    update(subscriptions)
    .where(
        subscriptions.c.chat_id == bindparam("in_chat"),
        subscriptions.c.topic_id == bindparam("of_topic"),
    )
    .values(spikes=bindparam("on"))
)
WATCHED_IN_CHAT = select(subscriptions.c.topic_id).where(
    subscriptions.c.chat_id == bindparam("chat_id"), subscriptions.c.spikes
)
QUEUE_ALERT = insert(alerts).returning(alerts.c.id)


@dataclass(frozen=True, slots=True)
class SpikeSeen:
    """A topic that is far above its usual: what it has today, what is usual, and its main item.

    ``zones``: the names of the zones (as chats have them) in which that day is counted so.
    """

    topic_id: int
    zones: tuple[str, ...]
    day: date
    today: int
    usual: float
    item_id: int

    @property
    def story_id(self) -> int:
        """A story of its own, the same for every chat: one may have had the item's story already.

        Those of news count from 1 up (watchers/stories); these are below.
        """
        return -(self.topic_id * _MOST_DAYS + self.day.toordinal())


async def watched_topics(connection: AsyncConnection) -> list[tuple[int, str]]:
    """The topics whose spikes somebody wants to hear of, each with the zones of these chats."""
    return [(row.topic_id, row.zone) for row in await connection.execute(WATCHED_TOPICS)]


async def watched_in_chat(connection: AsyncConnection, chat_id: int) -> set[int]:
    """The topics whose spikes a chat wants to hear of."""
    return set((await connection.execute(WATCHED_IN_CHAT, {"chat_id": chat_id})).scalars())


async def watch_topic(
    connection: AsyncConnection, chat_id: int, topic_id: int, *, on: bool
) -> None:
    """Tell a chat of a topic's spikes from now on, or no more."""
    await connection.execute(WATCH_TOPIC, {"in_chat": chat_id, "of_topic": topic_id, "on": on})


async def is_to_tell(
    connection: AsyncConnection, topic_id: int, zones: Sequence[str], *, day: date, now: datetime
) -> bool:
    """Whether a spike of that day would be news to any chat of these zones."""
    values = {"topic_id": topic_id, "zones": list(zones), "day": day.isoformat(), "now": now}
    values |= {"most": 1}
    return (await connection.execute(TO_TELL, values)).first() is not None


async def tell_spike(
    connection: AsyncConnection, spike: SpikeSeen, *, now: datetime, most: int = PAGE
) -> int:
    """Queue a spike for the next chats that want it; how many. 0: all have it."""
    values: dict[str, object] = {"topic_id": spike.topic_id, "zones": list(spike.zones)}
    values |= {"day": spike.day.isoformat(), "now": now, "most": most}
    ids = list((await connection.execute(TO_TELL, values)).scalars())
    if not ids:
        return 0
    if connection.dialect.name == "postgresql":  # SQLite has one writer at a time
        await connection.execute(HOLD_CHATS, {"ids": ids})
        ids = list((await connection.execute(STILL_TO_TELL, values | {"ids": ids})).scalars())
    story = own_insert(connection, stories).values(id=spike.story_id, created_at=now)
    await connection.execute(story.on_conflict_do_nothing())
    for chat_id in ids:
        await _queue(connection, chat_id, spike, now)
    await settle_chats(connection, ids, now=now)
    return len(ids)


async def _queue(
    connection: AsyncConnection, chat_id: int, spike: SpikeSeen, now: datetime
) -> None:
    await number_items(connection, chat_id, [spike.item_id])
    about = {"chat_id": chat_id, "story_id": spike.story_id, "item_id": spike.item_id}
    alert_id = (await connection.execute(QUEUE_ALERT, about | {"created_at": now})).scalar_one()
    topic = {"alert_id": alert_id, "topic_id": spike.topic_id}
    await connection.execute(insert(alert_topics), topic)
    figures = {"day": spike.day.isoformat(), "today": spike.today, "usual": spike.usual}
    await connection.execute(insert(spikes), topic | figures | {"chat_id": chat_id})
