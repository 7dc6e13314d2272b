"""Spikes: topics with far more items today than usual, each reported to a chat once per day.

A spike is an alert in the outbox, with a row in `spikes` that describes it. One transaction writes
both while it holds the lock of the chat, so two processes that detect the same spike report it once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy import bindparam, exists, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.chats.item_numbers import assign_numbers
from bot.store.dialect import insert as dialect_insert
from bot.store.outbox.outbox import OUTBOX_LOCK_CHATS, refresh_due_at
from bot.store.tables import alert_topics, alerts, chats, spikes, stories, subscriptions

# More than the highest ordinal of a date (3,652,059).
_DAYS_PER_TOPIC: Final = 10_000_000

SPIKE_BATCH_SIZE: Final = 200
"""Chats that are processed in one transaction."""

WATCHED_TOPICS = (
    select(subscriptions.c.topic_id, chats.c.zone)
    .join(chats, chats.c.id == subscriptions.c.chat_id)
    .where(subscriptions.c.spikes)
    .distinct()
    .order_by(subscriptions.c.topic_id, chats.c.zone)
)
_IS_REPORTED = exists().where(
    spikes.c.chat_id == subscriptions.c.chat_id,
    spikes.c.topic_id == subscriptions.c.topic_id,
    spikes.c.day == bindparam("day"),
)
SPIKE_NEXT_CHATS = (
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
        ~_IS_REPORTED,
    )
    .order_by(subscriptions.c.chat_id)
    .limit(bindparam("limit"))
)
SPIKE_UNREPORTED_CHATS = SPIKE_NEXT_CHATS.where(
    subscriptions.c.chat_id.in_(bindparam("chat_ids", expanding=True))
)
SET_TOPIC_WATCHED = (
    update(subscriptions)
    .where(
        subscriptions.c.chat_id == bindparam("chat_id_param"),
        subscriptions.c.topic_id == bindparam("topic_id_param"),
    )
    .values(spikes=bindparam("is_watched"))
)
WATCHED_TOPICS_OF_CHAT = select(subscriptions.c.topic_id).where(
    subscriptions.c.chat_id == bindparam("chat_id"), subscriptions.c.spikes
)
INSERT_SPIKE_ALERT = insert(alerts).returning(alerts.c.id)


@dataclass(frozen=True, slots=True)
class DetectedSpike:
    """A topic with far more items on a day than usual.

    Attributes:
        zones: the time zones, as chats name them, in which the day has these items.
        today: the items of the day.
        baseline: the items of a usual day.
        item_id: the main item of the day.
    """

    topic_id: int
    zones: tuple[str, ...]
    day: date
    today: int
    baseline: float
    item_id: int

    @property
    def story_id(self) -> int:
        """Return the story ID of the spike, which is negative and the same for every chat.

        A chat may have an alert of the item's own story already. Stories of items have positive IDs
        (watchers/stories).
        """
        return -(self.topic_id * _DAYS_PER_TOPIC + self.day.toordinal())


async def topics_with_spike_alerts(connection: AsyncConnection) -> list[tuple[int, str]]:
    """Return the topics whose spikes are reported, each with the time zones of the chats."""
    rows = await connection.execute(WATCHED_TOPICS)
    return [(row.topic_id, row.zone) for row in rows]


async def spike_topics_of_chat(connection: AsyncConnection, chat_id: int) -> set[int]:
    """Return the topics whose spikes are reported to a chat."""
    rows = await connection.execute(WATCHED_TOPICS_OF_CHAT, {"chat_id": chat_id})
    return set(rows.scalars())


async def set_spike_alerts(
    connection: AsyncConnection, chat_id: int, topic_id: int, *, enabled: bool
) -> None:
    """Report the spikes of a topic to a chat, or stop reporting them."""
    values = {"chat_id_param": chat_id, "topic_id_param": topic_id, "is_watched": enabled}
    await connection.execute(SET_TOPIC_WATCHED, values)


async def is_unreported(
    connection: AsyncConnection, topic_id: int, zones: Sequence[str], *, day: date, now: datetime
) -> bool:
    """Return True if a spike of that day has not been reported to every chat in these time zones."""
    values = {
        "topic_id": topic_id,
        "zones": list(zones),
        "day": day.isoformat(),
        "now": now,
        "limit": 1,
    }
    return (await connection.execute(SPIKE_NEXT_CHATS, values)).first() is not None


async def queue_spike_alerts(
    connection: AsyncConnection,
    spike: DetectedSpike,
    *,
    now: datetime,
    limit: int = SPIKE_BATCH_SIZE,
) -> int:
    """Queue alerts of a spike for up to ``limit`` chats; return their number, 0 if none is left."""
    values: dict[str, object] = {
        "topic_id": spike.topic_id,
        "zones": list(spike.zones),
        "day": spike.day.isoformat(),
        "now": now,
        "limit": limit,
    }
    chat_ids = list((await connection.execute(SPIKE_NEXT_CHATS, values)).scalars())
    if not chat_ids:
        return 0
    # On PostgreSQL, another process may have reported the spike before the chats were locked. SQLite
    # has one writer at a time.
    if connection.dialect.name == "postgresql":
        await connection.execute(OUTBOX_LOCK_CHATS, {"chat_ids": chat_ids})
        values |= {"chat_ids": chat_ids}
        chat_ids = list((await connection.execute(SPIKE_UNREPORTED_CHATS, values)).scalars())
    story = dialect_insert(connection, stories).values(id=spike.story_id, created_at=now)
    await connection.execute(story.on_conflict_do_nothing())
    for chat_id in chat_ids:
        await _queue_alert(connection, chat_id, spike, now)
    await refresh_due_at(connection, chat_ids, now=now)
    return len(chat_ids)


async def _queue_alert(
    connection: AsyncConnection, chat_id: int, spike: DetectedSpike, now: datetime
) -> None:
    await assign_numbers(connection, chat_id, [spike.item_id])
    alert = {
        "chat_id": chat_id,
        "story_id": spike.story_id,
        "item_id": spike.item_id,
        "created_at": now,
    }
    alert_id = (await connection.execute(INSERT_SPIKE_ALERT, alert)).scalar_one()
    topic = {"alert_id": alert_id, "topic_id": spike.topic_id}
    await connection.execute(insert(alert_topics), topic)
    spike_row = {
        **topic,
        "chat_id": chat_id,
        "day": spike.day.isoformat(),
        "today": spike.today,
        "usual": spike.baseline,
    }
    await connection.execute(insert(spikes), spike_row)
