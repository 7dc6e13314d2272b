"""Subscriptions: which chat follows which topic."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model import Subscription
from bot.store.sql import insert
from bot.store.tables import alert_topics, alerts, subscriptions, topics
from bot.store.timing import TOPIC_TIMING, topic_timing
from bot.store.topics import stored_query, switch_off_if_unused, switch_on
from watchers import Query

_ALERTED = (
    select(
        alert_topics.c.topic_id,
        func.count().label("alerts"),
        func.max(alerts.c.created_at).label("last_alert_at"),
    )
    .join(alerts, alerts.c.id == alert_topics.c.alert_id)
    .where(alerts.c.chat_id == bindparam("chat_id"))
    .group_by(alert_topics.c.topic_id)
    .subquery()
)
LIST_SUBSCRIPTIONS = (
    select(
        subscriptions.c.id,
        subscriptions.c.topic_id,
        topics.c.query,
        subscriptions.c.label,
        subscriptions.c.muted_until,
        subscriptions.c.created_at,
        func.coalesce(_ALERTED.c.alerts, 0).label("alerts"),
        _ALERTED.c.last_alert_at,
        *TOPIC_TIMING,
    )
    .join(topics, topics.c.id == subscriptions.c.topic_id)
    .join(_ALERTED, _ALERTED.c.topic_id == subscriptions.c.topic_id, isouter=True)
    .where(subscriptions.c.chat_id == bindparam("chat_id"))
    .order_by(subscriptions.c.id)
)
COUNT_SUBSCRIPTIONS = select(func.count()).select_from(subscriptions)
REMOVE_SUBSCRIPTION = delete(subscriptions).where(
    subscriptions.c.chat_id == bindparam("chat_id"),
    subscriptions.c.topic_id == bindparam("topic_id"),
)
MUTE_SUBSCRIPTION = (
    update(subscriptions)
    .where(
        subscriptions.c.chat_id == bindparam("chat"),
        subscriptions.c.topic_id == bindparam("topic"),
    )
    .values(muted_until=bindparam("until"))
)


async def add_subscription(
    connection: AsyncConnection, chat_id: int, query: Query, *, label: str, by: str, now: datetime
) -> tuple[int, bool]:
    """Let a chat follow a query; the topic's id, and whether the chat did not follow it already."""
    topic_id, _ = await switch_on(connection, query)
    new = insert(connection, subscriptions).values(
        chat_id=chat_id, topic_id=topic_id, label=label, created_at=now, created_by=by
    )
    done = await connection.execute(new.on_conflict_do_nothing())
    return topic_id, done.rowcount > 0


async def replace_subscription(
    connection: AsyncConnection, chat_id: int, topic_id: int, query: Query, *, label: str
) -> tuple[int, bool]:
    """Let a subscription be for another query, in its place in the list and with its settings.

    The new topic's id, and whether the change was made: not so where it is followed already.
    """
    new_id, _ = await switch_on(connection, query)
    followed = select(subscriptions.c.id).where(
        subscriptions.c.chat_id == chat_id, subscriptions.c.topic_id == new_id
    )
    if new_id != topic_id and (await connection.execute(followed)).first() is not None:
        return new_id, False
    await connection.execute(
        update(subscriptions)
        .where(subscriptions.c.chat_id == chat_id, subscriptions.c.topic_id == topic_id)
        .values(topic_id=new_id, label=label)
    )
    await switch_off_if_unused(connection, topic_id)
    return new_id, True


async def remove_subscription(connection: AsyncConnection, chat_id: int, topic_id: int) -> bool:
    """Let a chat follow a topic no more; whether it did."""
    values = {"chat_id": chat_id, "topic_id": topic_id}
    done = await connection.execute(REMOVE_SUBSCRIPTION, values)
    await switch_off_if_unused(connection, topic_id)
    return done.rowcount > 0


async def list_subscriptions(connection: AsyncConnection, chat_id: int) -> list[Subscription]:
    """What a chat follows, in the order it was asked for."""
    rows = await connection.execute(LIST_SUBSCRIPTIONS, {"chat_id": chat_id})
    return [
        Subscription(
            row.id,
            row.topic_id,
            stored_query(row.query),
            row.label,
            row.muted_until,
            row.created_at,
            row.alerts,
            row.last_alert_at,
            topic_timing(row.mode, row.quiet, row.at_least, row.most_a_day, row.breaking),
        )
        for row in rows
    ]


async def mute_subscription(
    connection: AsyncConnection, chat_id: int, topic_id: int, *, until: datetime | None
) -> bool:
    """Hold a topic's alerts back until a moment (``None``: no longer); whether it is followed."""
    values = {"chat": chat_id, "topic": topic_id, "until": until}
    return (await connection.execute(MUTE_SUBSCRIPTION, values)).rowcount > 0


async def count_subscriptions(connection: AsyncConnection) -> int:
    """How many subscriptions there are."""
    return (await connection.execute(COUNT_SUBSCRIPTIONS)).scalar_one()
