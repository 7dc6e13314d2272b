"""Retention of alerts, follow-ups, announcements and short-lived texts.

An alert keeps its chat from getting a second alert about the same story, so it is kept while the story can
get items. A briefing is kept as long as the alerts in it: without the briefing, such an alert would look
like a message of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import (
    Column,
    ColumnElement,
    Table,
    and_,
    bindparam,
    delete,
    exists,
    func,
    or_,
    select,
    tuple_,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store import llm_cache
from bot.store import updates as processed_updates
from bot.store.admin.retention import BATCH_SIZE, NO_MORE, Cutoffs, ExpiredBatch, RetentionPass
from bot.store.items.pages import CACHE_TTL
from bot.store.tables import (
    alerts,
    announcement_alerts,
    announcements,
    callback_texts,
    follow_ups,
    items,
    llm_summaries,
    llm_usage,
    pages,
    updates,
)
from watchers.stories.index import STORY_WINDOW

# ── alerts and follow-ups ─────────────────────────────────────────────────────────────────────────

# A story can get items for this time after its last item: the story index loads two windows at a start.
# One more day covers processes that started before.
_OPEN_STORY_AGE: Final = 2 * STORY_WINDOW + timedelta(days=1)

FIRST_RECENT_ITEM = (
    select(items.c.id)
    .where(items.c.found_at >= bindparam("since"))
    .order_by(items.c.found_at, items.c.id)
    .limit(1)
)
LAST_ITEM_ID = select(func.coalesce(func.max(items.c.id), 0))
_ALERTS_IN_BRIEFING = alerts.alias("alerts_in_briefing")


def _has_expired(table: Table) -> ColumnElement[bool]:
    """Return the condition that a row ended long ago and its story gets no more items."""
    is_story_open = exists().where(
        items.c.story_id == table.c.story_id, items.c.id >= bindparam("first_recent_item")
    )
    return and_(
        table.c.ended_at < bindparam("before"), or_(table.c.story_id.is_(None), ~is_story_open)
    )


_HAS_BRIEFING_ALERTS = exists().where(_ALERTS_IN_BRIEFING.c.briefing_id == alerts.c.id)


def _make_pass(table: Table, is_expired: ColumnElement[bool]) -> RetentionPass:
    next_rows = (
        select(table.c.id, table.c.created_at)
        .where(table.c.id > bindparam("after"))
        .order_by(table.c.id)
        .limit(BATCH_SIZE)
    )
    expired_rows = select(table.c.id).where(
        table.c.id > bindparam("after"), table.c.id <= bindparam("last"), is_expired
    )
    delete_rows = delete(table).where(table.c.id.in_(bindparam("ids", expanding=True)), is_expired)

    async def find(
        connection: AsyncConnection, after: int | None, cutoffs: Cutoffs
    ) -> ExpiredBatch:
        before = cutoffs.alerts
        if before is None:
            return NO_MORE
        start = after or 0
        rows = (await connection.execute(next_rows, {"after": start})).all()
        old_ids = [row.id for row in rows if row.created_at < before]
        if not old_ids:
            return NO_MORE
        values = {"after": start, "last": old_ids[-1]}
        values |= await _expiry_values(connection, before, cutoffs.now)
        ids = (await connection.execute(expired_rows, values)).scalars().all()
        return ExpiredBatch(ids, old_ids[-1] if len(old_ids) == BATCH_SIZE else None)

    async def drop(connection: AsyncConnection, ids: Sequence[Any], cutoffs: Cutoffs) -> int:
        if cutoffs.alerts is None:
            return 0
        values = await _expiry_values(connection, cutoffs.alerts, cutoffs.now)
        return (await connection.execute(delete_rows, {"ids": list(ids)} | values)).rowcount

    return RetentionPass(table.name, find, drop)


async def _expiry_values(
    connection: AsyncConnection, before: datetime, now: datetime
) -> dict[str, Any]:
    """Return the parameters of `_has_expired`."""
    since = {"since": now - _OPEN_STORY_AGE}
    item_id = (await connection.execute(FIRST_RECENT_ITEM, since)).scalar_one_or_none()
    if item_id is None:
        item_id = (await connection.execute(LAST_ITEM_ID)).scalar_one() + 1
    return {"before": before, "first_recent_item": item_id}


FOLLOW_UPS: Final = _make_pass(follow_ups, _has_expired(follow_ups))
"""Deletes ended follow-ups. It runs before the alerts to which they refer are deleted."""

ALERTS: Final = _make_pass(alerts, and_(_has_expired(alerts), ~_HAS_BRIEFING_ALERTS))
"""Deletes ended alerts. A briefing has a higher ID than its alerts, so it is deleted after them."""

# ── announcements ─────────────────────────────────────────────────────────────────────────────────

_IS_ANNOUNCEMENT_EXPIRED: Final = and_(
    announcements.c.ended_at < bindparam("before"),
    ~exists().where(announcement_alerts.c.announcement_id == announcements.c.id),
)
EXPIRED_ANNOUNCEMENTS = select(announcements.c.id).where(_IS_ANNOUNCEMENT_EXPIRED).limit(BATCH_SIZE)
DELETE_ANNOUNCEMENTS = delete(announcements).where(
    announcements.c.id.in_(bindparam("ids", expanding=True)), _IS_ANNOUNCEMENT_EXPIRED
)


async def _find_announcements(
    connection: AsyncConnection, _after: object, cutoffs: Cutoffs
) -> ExpiredBatch:
    if cutoffs.alerts is None:
        return NO_MORE
    values = {"before": cutoffs.alerts}
    ids = (await connection.execute(EXPIRED_ANNOUNCEMENTS, values)).scalars().all()
    # All found rows are deleted, so the next batch is found by the same query.
    return ExpiredBatch(ids, True if len(ids) == BATCH_SIZE else None)


async def _drop_announcements(
    connection: AsyncConnection, ids: Sequence[Any], cutoffs: Cutoffs
) -> int:
    values = {"ids": list(ids), "before": cutoffs.alerts}
    return (await connection.execute(DELETE_ANNOUNCEMENTS, values)).rowcount


ANNOUNCEMENTS: Final = RetentionPass("announcements", _find_announcements, _drop_announcements)
"""Deletes announcements after their alerts."""

# ── short-lived rows ──────────────────────────────────────────────────────────────────────────────
# Each of these tables has a fixed time to live. Every write to such a table deletes its old rows too.
# These passes delete the old rows of tables that get no more writes.


def _make_ttl_pass(column: Column[Any], cutoff: Callable[[datetime], Any]) -> RetentionPass:
    """Return a pass that deletes rows whose ``column`` is below ``cutoff(now)``."""
    table = column.table
    key = list(table.primary_key)

    async def find(connection: AsyncConnection, _after: Any, cutoffs: Cutoffs) -> ExpiredBatch:
        old_rows = (
            select(*key).where(column < cutoff(cutoffs.now)).order_by(column).limit(BATCH_SIZE)
        )
        keys = [tuple(row) for row in await connection.execute(old_rows)]
        return ExpiredBatch(keys, True if len(keys) == BATCH_SIZE else None)

    async def drop(connection: AsyncConnection, keys: Sequence[Any], cutoffs: Cutoffs) -> int:
        is_selected = tuple_(*key).in_(list(keys))
        old_rows = delete(table).where(is_selected, column < cutoff(cutoffs.now))
        return (await connection.execute(old_rows)).rowcount

    return RetentionPass(str(table.name), find, drop)


def _oldest_usage_day(now: datetime) -> str:
    return (now - llm_cache.USAGE_TTL).astimezone(UTC).date().isoformat()


SHORT_LIVED: Final = (
    _make_ttl_pass(updates.c.seen_at, lambda now: now - processed_updates.UPDATE_TTL),
    _make_ttl_pass(pages.c.read_at, lambda now: now - CACHE_TTL),
    _make_ttl_pass(callback_texts.c.kept_at, lambda now: now - processed_updates.TEXT_TTL),
    _make_ttl_pass(llm_summaries.c.written_at, lambda now: now - llm_cache.SUMMARY_TTL),
    _make_ttl_pass(llm_usage.c.day, _oldest_usage_day),
)
"""Deletes processed updates, cached pages, callback texts, summaries and usage after fixed times."""
