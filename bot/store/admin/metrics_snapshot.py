"""Figures about the whole store for /metrics, the status page and /stats.

Tables that grow without limit (items, sent alerts) are never counted for /metrics: their figures come from
the end of an index. The other tables (sources, chats, topics, the queue) are counted; bot/web/metrics.py
caches the result, because counting is expensive.
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
    fanout_jobs,
    follow_ups,
    items,
    leases,
    sources,
    subscriptions,
    topics,
)

FAILING: Final = "failing"
"""The state of an active source whose last poll failed."""

# The newest alerts among which sent alerts are searched for.
_RECENT_ALERTS: Final = 2_000

# ── the snapshot for /metrics and the status page ─────────────────────────────────────────────────

_SOURCE_STATE = case(
    ((sources.c.state == ACTIVE) & sources.c.problem.is_not(None), FAILING),
    else_=sources.c.state,
).label("state")
SOURCES_BY_STATE = (
    select(sources.c.kind, _SOURCE_STATE, func.count().label("row_count"))
    .where(sources.c.state != REMOVED)
    .group_by(sources.c.kind, _SOURCE_STATE)
)
OVERDUE_FEEDS = select(func.count(), func.min(sources.c.due_at)).where(
    sources.c.due_at.is_not(None), sources.c.due_at <= bindparam("now")
)
# IDs are consecutive, so the last ID is the number of items that were ever stored.
LAST_ITEM_ID = select(func.max(items.c.id))
ACTIVE_TOPICS = select(func.count()).where(topics.c.active)
QUEUED_ALERTS = (
    select(
        chats.c.platform,
        func.count().label("row_count"),
        func.min(alerts.c.created_at).label("oldest"),
    )
    .join(chats, chats.c.id == alerts.c.chat_id)
    .where(IS_QUEUED, chats.c.suspended_at.is_(None))
    .group_by(chats.c.platform)
)
FANOUT_JOBS = select(func.count()).select_from(fanout_jobs)
DUE_FOLLOW_UPS = select(func.count()).where(
    follow_ups.c.ended_at.is_(None), follow_ups.c.due_at <= bindparam("now")
)
CHATS_BY_PLATFORM = select(
    chats.c.platform,
    func.count().label("row_count"),
    func.count(chats.c.suspended_at).label("suspended_count"),
).group_by(chats.c.platform)
LEASES = select(leases.c.name, leases.c.until)
_FIRST_RECENT_ID = select(func.max(alerts.c.id) - _RECENT_ALERTS).scalar_subquery()
NEWEST_SENT = (
    select(items.c.found_at, alerts.c.ended_at)
    .join(items, items.c.id == alerts.c.item_id)
    .where(
        alerts.c.id > _FIRST_RECENT_ID,
        alerts.c.state == SENT,
        alerts.c.ended_at.is_not(None),
        # Spike alerts have negative story IDs (store/outbox/spikes.py).
        alerts.c.story_id > 0,
        # The delay of a digest is intended.
        alerts.c.briefing_id.is_(None),
    )
    .order_by(alerts.c.id.desc())
    .limit(bindparam("limit"))
)


@dataclass(frozen=True, slots=True)
class QueueStats:
    """The number of queued alerts of one platform, and the age of the oldest."""

    size: int
    oldest: datetime | None


@dataclass(frozen=True, slots=True)
class ChatStats:
    """The number of chats of one platform, and of those that cannot be reached."""

    count: int
    suspended: int


@dataclass(frozen=True, slots=True)
class StoreSnapshot:
    """The state of the store at one moment.

    Attributes:
        sources: the number of sources by kind and state.
        overdue: the number of due feeds, and the due time of the first one.
        items: the number of items that were ever stored.
        topics: the number of distinct topics with a subscription.
        fanout_jobs: the number of items that wait for the fan-out.
        queues: the queued alerts of reachable chats, by platform.
        follow_ups: the number of due edits and replies.
        chats: the chats by platform.
        accounts: the expiry time of the lease of each account.
        latencies: the seconds from the storage of an item to its delivery, of the newest alerts, newest
            first, without briefings.
    """

    sources: Mapping[tuple[str, str], int]
    overdue: tuple[int, datetime | None]
    items: int
    topics: int
    fanout_jobs: int
    queues: Mapping[str, QueueStats]
    follow_ups: int
    chats: Mapping[str, ChatStats]
    accounts: Mapping[str, datetime]
    latencies: tuple[float, ...]


async def read_snapshot(
    connection: AsyncConnection, *, now: datetime, latency_limit: int = 100
) -> StoreSnapshot:
    """Return the figures with the latencies of the ``latency_limit`` newest sent alerts."""
    source_counts = {
        (row.kind, row.state): row.row_count for row in await connection.execute(SOURCES_BY_STATE)
    }
    overdue_count, overdue_since = (await connection.execute(OVERDUE_FEEDS, {"now": now})).one()
    queues = {
        row.platform: QueueStats(row.row_count, row.oldest)
        for row in await connection.execute(QUEUED_ALERTS)
    }
    chat_stats = {
        row.platform: ChatStats(row.row_count, row.suspended_count)
        for row in await connection.execute(CHATS_BY_PLATFORM)
    }
    sent = await connection.execute(NEWEST_SENT, {"limit": latency_limit})
    return StoreSnapshot(
        sources=source_counts,
        overdue=(overdue_count, overdue_since),
        items=(await connection.execute(LAST_ITEM_ID)).scalar_one() or 0,
        topics=(await connection.execute(ACTIVE_TOPICS)).scalar_one(),
        fanout_jobs=(await connection.execute(FANOUT_JOBS)).scalar_one(),
        queues=queues,
        follow_ups=(await connection.execute(DUE_FOLLOW_UPS, {"now": now})).scalar_one(),
        chats=chat_stats,
        accounts={
            row.name: row.until for row in await connection.execute(LEASES) if account_of(row.name)
        },
        latencies=tuple((row.ended_at - row.found_at).total_seconds() for row in sent),
    )


# ── the statistics for /stats ─────────────────────────────────────────────────────────────────────

# The threads of a chat are rows of their own. They count as one chat.
DISTINCT_CHATS_BY_PLATFORM = (
    select(chats.c.platform, func.count(func.distinct(chats.c.chat)).label("chat_count"))
    .group_by(chats.c.platform)
    .order_by(chats.c.platform)
)
ALERTS_SINCE = (
    select(alerts.c.state, func.count().label("alert_count"))
    .where(alerts.c.created_at >= bindparam("since"))
    .group_by(alerts.c.state)
    .order_by(alerts.c.state)
)
BUSIEST_TOPICS = (
    select(topics.c.query, func.count().label("subscription_count"))
    .join(subscriptions, subscriptions.c.topic_id == topics.c.id)
    .group_by(topics.c.query)
    .order_by(func.count().desc(), topics.c.query)
    .limit(bindparam("limit"))
)


@dataclass(frozen=True, slots=True)
class Statistics:
    """The chats by platform, the topics, the recent alerts by state and the busiest topics."""

    chats: dict[str, int]
    topics: int
    alerts: dict[str, int]
    busiest: dict[str, int]


async def read_statistics(
    connection: AsyncConnection, *, since: datetime, limit: int
) -> Statistics:
    """Return the statistics with the alerts ``since`` a time and the ``limit`` busiest topics."""
    platforms = await connection.execute(DISTINCT_CHATS_BY_PLATFORM)
    topic_count = (await connection.execute(ACTIVE_TOPICS)).scalar_one()
    alert_states = await connection.execute(ALERTS_SINCE, {"since": since})
    busiest = await connection.execute(BUSIEST_TOPICS, {"limit": limit})
    return Statistics(
        {row.platform: row.chat_count for row in platforms},
        topic_count,
        {row.state: row.alert_count for row in alert_states},
        {row.query: row.subscription_count for row in busiest},
    )
