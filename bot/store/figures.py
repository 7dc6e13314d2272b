"""Figures about everything, for /metrics and the status page: each read by an index, never by a scan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.tables import (
    IS_QUEUED,
    REMOVED,
    SENT,
    alerts,
    chats,
    fanouts,
    items,
    sources,
    topics,
)
from bot.store.written import EVERYBODY, Spent, spent

SOURCES_BY_STATE = (
    select(sources.c.kind, sources.c.state, func.count().label("many"))
    .where(sources.c.state != REMOVED)
    .group_by(sources.c.kind, sources.c.state)
)
OVERDUE = select(func.count(), func.min(sources.c.due_at)).where(
    sources.c.due_at.is_not(None), sources.c.due_at <= bindparam("now")
)
# Rows are numbered as they come: the last number says how many there were, without counting them.
LAST_ITEM = select(func.max(items.c.id))
LAST_ALERT = select(func.max(alerts.c.id))
TOPICS = select(func.count()).where(topics.c.active)
QUEUE = (
    select(chats.c.platform, func.count().label("many"), func.min(alerts.c.created_at).label("old"))
    .join(chats, chats.c.id == alerts.c.chat_id)
    .where(IS_QUEUED)
    .group_by(chats.c.platform)
)
FANOUTS = select(func.count()).select_from(fanouts)
CHATS = select(func.count(), func.count(chats.c.suspended_at))
NEWEST_SENT = (
    select(items.c.found_at, alerts.c.created_at, alerts.c.ended_at)
    .join(items, items.c.id == alerts.c.item_id)
    .where(alerts.c.state == SENT, alerts.c.ended_at.is_not(None))
    .order_by(alerts.c.id.desc())
    .limit(bindparam("most"))
)


@dataclass(frozen=True, slots=True)
class Queue:
    """What waits for one platform, and since when."""

    many: int
    oldest: datetime | None


@dataclass(frozen=True, slots=True)
class Figures:
    """How Tocsin fares at one moment.

    Attributes:
        sources: by kind and state.
        overdue: feeds that are due, and since when the first is.
        items: items that ever came.
        alerts: alerts that were ever decided.
        topics: distinct topics that somebody follows.
        fanouts: items that matched and are not yet handed to everybody.
        queues: what waits, by platform.
        chats: how many there are, and how many of them cannot be reached.
        latencies: seconds from item to chat of the newest alerts, newest first.
        model: what the language model was asked for since midnight (UTC).
    """

    sources: Mapping[tuple[str, str], int]
    overdue: tuple[int, datetime | None]
    items: int
    alerts: int
    topics: int
    fanouts: int
    queues: Mapping[str, Queue]
    chats: tuple[int, int]
    latencies: tuple[float, ...]
    model: Spent


async def read_figures(connection: AsyncConnection, *, now: datetime, most: int = 100) -> Figures:
    """The figures now, with the latencies of the ``most`` newest alerts that were sent."""
    by_state = {
        (row.kind, row.state): row.many for row in await connection.execute(SOURCES_BY_STATE)
    }
    late, since = (await connection.execute(OVERDUE, {"now": now})).one()
    queues = {row.platform: Queue(row.many, row.old) for row in await connection.execute(QUEUE)}
    everybody, unreached = (await connection.execute(CHATS)).one()
    sent = await connection.execute(NEWEST_SENT, {"most": most})
    return Figures(
        sources=by_state,
        overdue=(late, since),
        items=(await connection.execute(LAST_ITEM)).scalar_one() or 0,
        alerts=(await connection.execute(LAST_ALERT)).scalar_one() or 0,
        topics=(await connection.execute(TOPICS)).scalar_one(),
        fanouts=(await connection.execute(FANOUTS)).scalar_one(),
        queues=queues,
        chats=(everybody, unreached),
        latencies=tuple((row.ended_at - row.found_at).total_seconds() for row in sent),
        model=await spent(connection, EVERYBODY, now=now),
    )
