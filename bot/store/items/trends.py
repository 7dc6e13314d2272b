"""The number of items of a topic per day and source, and the main story of a period.

An item counts on the day of its publication date. If that date is later than the time of storage, the time
of storage counts instead. Therefore no item counts later than it was stored, and the index on the time of
storage bounds every query. Days are calendar days of a time zone, with its clock changes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Text, bindparam, case, func, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.scheduling.wall_clock import Days
from bot.store.dialect import chunks
from bot.store.items.items import NEWS_TIME
from bot.store.tables import UtcDateTime, counters, items, matches, subscriptions

KNOWN_FROM: Final = "known from"
"""The counter with the time since which all items are stored, in seconds since 1970."""

MAX_INITIAL_MATCHES: Final = 1_000
"""Stored items that become matches when a chat subscribes to a new topic."""

_OF_TOPIC: Final = (
    matches.c.topic_id == bindparam("topic_id"),
    items.c.found_at >= bindparam("since"),
    bindparam("since", type_=UtcDateTime()) <= NEWS_TIME,
)
OLDEST_ITEM_TIME = select(func.min(items.c.found_at))
READ_COUNTER = select(counters.c.value).where(counters.c.name == bindparam("name"))
FIRST_SUBSCRIBED = select(func.min(subscriptions.c.created_at)).where(
    subscriptions.c.topic_id == bindparam("topic_id")
)
MATCHES_BEFORE = (
    select(func.count(), func.min(items.c.found_at))
    .select_from(matches)
    .join(items, items.c.id == matches.c.item_id)
    .where(matches.c.topic_id == bindparam("topic_id"), items.c.found_at <= bindparam("moment"))
)
MAIN_STORY = (
    select(func.min(items.c.id).label("first_item_id"))
    .select_from(matches)
    .join(items, items.c.id == matches.c.item_id)
    .where(*_OF_TOPIC, bindparam("until", type_=UtcDateTime()) > NEWS_TIME)
    .group_by(items.c.story_id)
    .order_by(func.count().desc(), func.min(items.c.id))
    .limit(1)
)
TITLE_OF_ITEM = select(items.c.title).where(items.c.id == bindparam("item_id"))


@dataclass(frozen=True, slots=True)
class DayCount:
    """The number of items of one source on one day."""

    day: date
    source: str
    count: int


async def count_by_day(connection: AsyncConnection, topic_id: int, days: Days) -> list[DayCount]:
    """Return the number of items of a topic per source and day, without zeros."""
    day = _day_of(connection, days.offsets)
    statement = (
        select(day.label("day"), items.c.source, func.count().label("item_count"))
        .select_from(matches)
        .join(items, items.c.id == matches.c.item_id)
        .where(*_OF_TOPIC, bindparam("until", type_=UtcDateTime()) > NEWS_TIME)
        .group_by(day, items.c.source)
    )
    values = {"topic_id": topic_id, "since": days.start, "until": days.end}
    rows = await connection.execute(statement, values)
    return [DayCount(date.fromisoformat(row.day), row.source, row.item_count) for row in rows]


async def find_main_story(
    connection: AsyncConnection, topic_id: int, days: Days
) -> tuple[int, str] | None:
    """Return the ID and the title of the first item of the story with the most items."""
    values = {"topic_id": topic_id, "since": days.start, "until": days.end}
    item_id = (await connection.execute(MAIN_STORY, values)).scalar_one_or_none()
    if item_id is None:
        return None
    title = (await connection.execute(TITLE_OF_ITEM, {"item_id": item_id})).scalar_one()
    return item_id, title


async def story_ids_of_items(
    connection: AsyncConnection, item_ids: Iterable[int]
) -> dict[int, int]:
    """Return the story ID of each item."""
    story_ids: dict[int, int] = {}
    for batch in chunks(item_ids):
        rows = await connection.execute(
            select(items.c.id, items.c.story_id).where(items.c.id.in_(batch))
        )
        story_ids |= {row.id: row.story_id for row in rows}
    return story_ids


async def data_since(connection: AsyncConnection, topic_id: int | None) -> datetime | None:
    """Return the time since which the matches of a topic are complete, or ``None`` without items.

    ``topic_id`` ``None`` stands for all items. The first subscription to a topic adds matches with the
    newest `MAX_INITIAL_MATCHES` stored items only.
    """
    first: datetime | None = (await connection.execute(OLDEST_ITEM_TIME)).scalar_one_or_none()
    complete_since = (
        await connection.execute(READ_COUNTER, {"name": KNOWN_FROM})
    ).scalar_one_or_none()
    if first is not None and complete_since is not None:
        # Retention keeps single older items, for example with a queued alert.
        first = max(first, datetime.fromtimestamp(complete_since, UTC))
    if topic_id is None or first is None:
        return first
    values = {"topic_id": topic_id}
    subscribed_at = (await connection.execute(FIRST_SUBSCRIBED, values)).scalar_one_or_none()
    if subscribed_at is None:
        return first
    rows = await connection.execute(MATCHES_BEFORE, values | {"moment": subscribed_at})
    count, oldest = rows.one()
    return oldest if count >= MAX_INITIAL_MATCHES else first


def _day_of(
    connection: AsyncConnection, offsets: Sequence[tuple[datetime, timedelta]]
) -> ColumnElement[str]:
    """Return the day on which an item counts as text, "2026-06-01".

    ``offsets`` are the UTC offsets of the time zone, each with the time from which it applies.
    """
    local_day = _LOCAL_DAY[connection.dialect.name]
    changes = [start for start, _ in offsets[1:]]
    *earlier_offsets, last_offset = [offset for _, offset in offsets]
    if not earlier_offsets:
        return local_day(NEWS_TIME, last_offset)
    return case(
        *(
            (literal(change, UtcDateTime()) > NEWS_TIME, local_day(NEWS_TIME, offset))
            for change, offset in zip(changes, earlier_offsets, strict=True)
        ),
        else_=local_day(NEWS_TIME, last_offset),
    )


def _local_day_sqlite(moment: ColumnElement[Any], offset: timedelta) -> ColumnElement[str]:
    # SQLite stores times as text in UTC.
    return func.date(moment, literal(f"{offset.total_seconds():+.0f} seconds"), type_=Text())


def _local_day_postgresql(moment: ColumnElement[Any], offset: timedelta) -> ColumnElement[str]:
    return func.to_char(func.timezone("UTC", moment) + literal(offset), "YYYY-MM-DD", type_=Text())


_LOCAL_DAY: Final[Mapping[str, Callable[[ColumnElement[Any], timedelta], ColumnElement[str]]]] = {
    "sqlite": _local_day_sqlite,
    "postgresql": _local_day_postgresql,
}


def counts_by_source(counts: Sequence[DayCount]) -> dict[str, dict[date, int]]:
    """Return the counts by source and day. The documents of a folder are one source."""
    result: dict[str, dict[date, int]] = {}
    for count in counts:
        name = count.source.partition("/")[0] or "?"
        days = result.setdefault(name, {})
        days[count.day] = days.get(count.day, 0) + count.count
    return result
