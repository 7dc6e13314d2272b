"""Figures for whoever runs the bot."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.tables import alerts, chats, subscriptions, topics

CHATS_BY_PLATFORM = (
    select(chats.c.platform, func.count(func.distinct(chats.c.chat)).label("many"))
    .group_by(chats.c.platform)
    .order_by(chats.c.platform)
)
TOPICS_FOLLOWED = select(func.count()).select_from(topics).where(topics.c.active)
ALERTS_SINCE = (
    select(alerts.c.state, func.count().label("many"))
    .where(alerts.c.created_at >= bindparam("since"))
    .group_by(alerts.c.state)
    .order_by(alerts.c.state)
)
BUSIEST_TOPICS = (
    select(topics.c.query, func.count().label("many"))
    .join(subscriptions, subscriptions.c.topic_id == topics.c.id)
    .group_by(topics.c.query)
    .order_by(func.count().desc(), topics.c.query)
    .limit(bindparam("most"))
)


@dataclass(frozen=True, slots=True)
class Statistics:
    """Who is there, what is followed, and what was sent lately."""

    chats: dict[str, int]
    topics: int
    alerts: dict[str, int]
    busiest: dict[str, int]


async def statistics(connection: AsyncConnection, *, since: datetime, most: int) -> Statistics:
    """Chats by platform, distinct topics, alerts ``since`` then by state, the ``most`` followed topics."""
    by_platform = await connection.execute(CHATS_BY_PLATFORM)
    followed = (await connection.execute(TOPICS_FOLLOWED)).scalar_one()
    ended = await connection.execute(ALERTS_SINCE, {"since": since})
    busiest = await connection.execute(BUSIEST_TOPICS, {"most": most})
    return Statistics(
        {row.platform: row.many for row in by_platform},
        followed,
        {row.state: row.many for row in ended},
        {row.query: row.many for row in busiest},
    )
