"""Figures about everything, for /metrics and the status page.

What grows for ever (items, alerts that were sent) is never counted: those are looked up at the end of
an index. What is counted (sources, chats, topics, what is queued) is read as seldom as it is dear:
bot/web/readings.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, case, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.leases import account_of
from bot.store.tables import (
    ACTIVE,
    IS_QUEUED,
    REMOVED,
    SENT,
    alerts,
    chats,
    fanouts,
    follow_ups,
    items,
    leases,
    sources,
    topics,
)

FAILING: Final = "failing"
"""Of a source that is asked by its schedule: it could not be read the last time."""

_RECENT: Final = 2_000  # alerts among which those that were sent are looked for

_STATE = case(
    ((sources.c.state == ACTIVE) & sources.c.problem.is_not(None), FAILING),
    else_=sources.c.state,
).label("state")
SOURCES_BY_STATE = (
    select(sources.c.kind, _STATE, func.count().label("many"))
    .where(sources.c.state != REMOVED)
    .group_by(sources.c.kind, _STATE)
)
OVERDUE = select(func.count(), func.min(sources.c.due_at)).where(
    sources.c.due_at.is_not(None), sources.c.due_at <= bindparam("now")
)
# Rows are numbered as they come: the last number says how many there were, without counting them.
LAST_ITEM = select(func.max(items.c.id))
TOPICS = select(func.count()).where(topics.c.active)
QUEUE = (
    select(chats.c.platform, func.count().label("many"), func.min(alerts.c.created_at).label("old"))
    .join(chats, chats.c.id == alerts.c.chat_id)
    .where(IS_QUEUED, chats.c.suspended_at.is_(None))
    .group_by(chats.c.platform)
)
FANOUTS = select(func.count()).select_from(fanouts)
FOLLOW_UPS = select(func.count()).where(
    follow_ups.c.ended_at.is_(None), follow_ups.c.due_at <= bindparam("now")
)
CHATS = select(
    chats.c.platform, func.count().label("many"), func.count(chats.c.suspended_at).label("lost")
).group_by(chats.c.platform)
ACCOUNTS = select(leases.c.name, leases.c.until)
_FIRST_RECENT = select(func.max(alerts.c.id) - _RECENT).scalar_subquery()
NEWEST_SENT = (
    select(items.c.found_at, alerts.c.ended_at)
    .join(items, items.c.id == alerts.c.item_id)
    .where(
        alerts.c.id > _FIRST_RECENT,
        alerts.c.state == SENT,
        alerts.c.ended_at.is_not(None),
        alerts.c.story_id > 0,  # no spike (store/spikes.py)
        alerts.c.briefing_id.is_(None),  # a digest comes when it was asked for
    )
    .order_by(alerts.c.id.desc())
    .limit(bindparam("most"))
)


@dataclass(frozen=True, slots=True)
class Queue:
    """What waits for one platform, and since when."""

    many: int
    oldest: datetime | None


@dataclass(frozen=True, slots=True)
class Reached:
    """The chats of one platform, and how many of them cannot be reached."""

    many: int
    suspended: int


@dataclass(frozen=True, slots=True)
class Figures:
    """How Tocsin fares at one moment.

    Attributes:
        sources: by kind and state.
        overdue: feeds that are due, and since when the first is.
        items: items that ever came.
        topics: distinct topics that somebody follows.
        fanouts: items that matched and are not yet handed to everybody.
        queues: what waits for chats that can be reached, by platform.
        follow_ups: edits and replies that are due.
        chats: by platform.
        accounts: until when somebody holds each account's lease.
        latencies: seconds from item to chat of the newest alerts, newest first; briefings apart.
    """

    sources: Mapping[tuple[str, str], int]
    overdue: tuple[int, datetime | None]
    items: int
    topics: int
    fanouts: int
    queues: Mapping[str, Queue]
    follow_ups: int
    chats: Mapping[str, Reached]
    accounts: Mapping[str, datetime]
    latencies: tuple[float, ...]


async def read_figures(connection: AsyncConnection, *, now: datetime, most: int = 100) -> Figures:
    """The figures now, with the latencies of the ``most`` newest alerts that were sent."""
    by_state = {
        (row.kind, row.state): row.many for row in await connection.execute(SOURCES_BY_STATE)
    }
    late, since = (await connection.execute(OVERDUE, {"now": now})).one()
    queues = {row.platform: Queue(row.many, row.old) for row in await connection.execute(QUEUE)}
    reached = {row.platform: Reached(row.many, row.lost) for row in await connection.execute(CHATS)}
    sent = await connection.execute(NEWEST_SENT, {"most": most})
    return Figures(
        sources=by_state,
        overdue=(late, since),
        items=(await connection.execute(LAST_ITEM)).scalar_one() or 0,
        topics=(await connection.execute(TOPICS)).scalar_one(),
        fanouts=(await connection.execute(FANOUTS)).scalar_one(),
        queues=queues,
        follow_ups=(await connection.execute(FOLLOW_UPS, {"now": now})).scalar_one(),
        chats=reached,
        accounts={
            row.name: row.until
            for row in await connection.execute(ACCOUNTS)
            if account_of(row.name)
        },
        latencies=tuple((row.ended_at - row.found_at).total_seconds() for row in sent),
    )
