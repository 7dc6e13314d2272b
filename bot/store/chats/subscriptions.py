"""Subscriptions: the topics that a chat follows."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.models import Subscription
from bot.store.chats.schedule import TOPIC_TIMING, topic_timing
from bot.store.chats.topics import activate_topic, deactivate_if_unused
from bot.store.dialect import insert
from bot.store.tables import alert_topics, alerts, subscriptions, topics
from watchers import Query

_ALERT_STATISTICS = (
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
        func.coalesce(_ALERT_STATISTICS.c.alerts, 0).label("alerts"),
        _ALERT_STATISTICS.c.last_alert_at,
        *TOPIC_TIMING,
    )
    .join(topics, topics.c.id == subscriptions.c.topic_id)
    .join(_ALERT_STATISTICS, _ALERT_STATISTICS.c.topic_id == subscriptions.c.topic_id, isouter=True)
    .where(subscriptions.c.chat_id == bindparam("chat_id"))
    .order_by(subscriptions.c.id)
)
COUNT_SUBSCRIPTIONS = select(func.count()).select_from(subscriptions)
MEASURE_SUBSCRIPTIONS = (
    select(func.count(), func.coalesce(func.sum(func.length(topics.c.query)), 0))
    .select_from(subscriptions)
    .join(topics, topics.c.id == subscriptions.c.topic_id)
    .where(subscriptions.c.chat_id == bindparam("chat_id"))
)
FIND_SUBSCRIPTION = select(subscriptions.c.id).where(
    subscriptions.c.chat_id == bindparam("chat_id"),
    subscriptions.c.topic_id == bindparam("topic_id"),
)
REMOVE_SUBSCRIPTION = delete(subscriptions).where(
    subscriptions.c.chat_id == bindparam("chat_id"),
    subscriptions.c.topic_id == bindparam("topic_id"),
)
_UPDATE_SUBSCRIPTION = update(subscriptions).where(
    subscriptions.c.chat_id == bindparam("chat_id_param"),
    subscriptions.c.topic_id == bindparam("topic_id_param"),
)
REPLACE_SUBSCRIPTION = _UPDATE_SUBSCRIPTION.values(
    topic_id=bindparam("new_topic_id"), label=bindparam("new_label")
)
MUTE_SUBSCRIPTION = _UPDATE_SUBSCRIPTION.values(muted_until=bindparam("until"))


async def add_subscription(
    connection: AsyncConnection,
    chat_id: int,
    query: Query,
    *,
    label: str,
    user_id: str,
    now: datetime,
) -> tuple[int, bool]:
    """Subscribe a chat to a query; return the topic's ID and True if the subscription is new."""
    topic_id, _ = await activate_topic(connection, query)
    new = insert(connection, subscriptions).values(
        chat_id=chat_id, topic_id=topic_id, label=label, created_at=now, created_by=user_id
    )
    result = await connection.execute(new.on_conflict_do_nothing())
    return topic_id, result.rowcount > 0


async def replace_subscription(
    connection: AsyncConnection, chat_id: int, topic_id: int, query: Query, *, label: str
) -> tuple[int, bool]:
    """Change the query of a subscription, which keeps its position and its settings.

    Return the new topic's ID, and False if the chat follows the new topic already, so that nothing
    was changed.
    """
    new_id, _ = await activate_topic(connection, query)
    new_key = {"chat_id": chat_id, "topic_id": new_id}
    if new_id != topic_id:
        existing = (await connection.execute(FIND_SUBSCRIPTION, new_key)).first()
        if existing is not None:
            return new_id, False
    values = {
        "chat_id_param": chat_id,
        "topic_id_param": topic_id,
        "new_topic_id": new_id,
        "new_label": label,
    }
    await connection.execute(REPLACE_SUBSCRIPTION, values)
    await deactivate_if_unused(connection, topic_id)
    return new_id, True


async def remove_subscription(connection: AsyncConnection, chat_id: int, topic_id: int) -> bool:
    """Unsubscribe a chat from a topic; return True if it was subscribed."""
    values = {"chat_id": chat_id, "topic_id": topic_id}
    result = await connection.execute(REMOVE_SUBSCRIPTION, values)
    await deactivate_if_unused(connection, topic_id)
    return result.rowcount > 0


async def list_subscriptions(connection: AsyncConnection, chat_id: int) -> list[Subscription]:
    """Return the subscriptions of a chat, oldest first."""
    rows = await connection.execute(LIST_SUBSCRIPTIONS, {"chat_id": chat_id})
    return [
        Subscription(
            row.id,
            row.topic_id,
            row.query,
            row.label,
            row.muted_until,
            row.created_at,
            row.alerts,
            row.last_alert_at,
            topic_timing(row.mode, row.quiet, row.at_least, row.most_a_day, row.breaking),
        )
        for row in rows
    ]


async def measure_subscriptions(connection: AsyncConnection, chat_id: int) -> tuple[int, int]:
    """Return the number of topics of a chat, and their characters together."""
    count, characters = (
        await connection.execute(MEASURE_SUBSCRIPTIONS, {"chat_id": chat_id})
    ).one()
    return count, characters


async def mute_subscription(
    connection: AsyncConnection, chat_id: int, topic_id: int, *, until: datetime | None
) -> bool:
    """Mute a topic, or unmute it with ``None``; return False if the chat does not follow it."""
    values = {"chat_id_param": chat_id, "topic_id_param": topic_id, "until": until}
    return (await connection.execute(MUTE_SUBSCRIPTION, values)).rowcount > 0


async def count_subscriptions(connection: AsyncConnection) -> int:
    """Return the number of subscriptions."""
    return (await connection.execute(COUNT_SUBSCRIPTIONS)).scalar_one()
