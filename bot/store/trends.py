"""How many items a topic had on each day, by source, and what most of a day was about.

An item counts on the day it was published, unless it says to come from the future: then on the day it was
found. Nothing is published later than it is found, so that the index on the time of finding bounds every
question. Days are those of a zone's calendar, through every change of its clocks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Text, bindparam, case, func, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.retention.found import KNOWN_FROM
from bot.store.sql import chunks
from bot.store.tables import Moment, items, marks, matches, subscriptions
from bot.timing.days import Days

MOST_NOTED: Final = 1_000
"""Known items at most that are noted for a topic when somebody begins to follow it."""

_moment = case((items.c.published <= items.c.found_at, items.c.published), else_=items.c.found_at)
_OF_TOPIC: Final = (
    matches.c.topic_id == bindparam("topic_id"),
    items.c.found_at >= bindparam("since"),
    _moment >= bindparam("since", type_=Moment()),
)
FIRST_FOUND = select(func.min(items.c.found_at))
KEPT_FROM = select(marks.c.value).where(marks.c.name == bindparam("name"))
FIRST_FOLLOWED = select(func.min(subscriptions.c.created_at)).where(
    subscriptions.c.topic_id == bindparam("topic_id")
)
NOTED_BEFORE = (
    select(func.count(), func.min(items.c.found_at))
    .select_from(matches)
    .join(items, items.c.id == matches.c.item_id)
    .where(matches.c.topic_id == bindparam("topic_id"), items.c.found_at <= bindparam("moment"))
)
STORY_OF = (
    select(items.c.story_id, func.min(items.c.id).label("first"), func.count().label("many"))
    .select_from(matches)
    .join(items, items.c.id == matches.c.item_id)
    .where(*_OF_TOPIC, _moment < bindparam("until", type_=Moment()))
    .group_by(items.c.story_id)
    .order_by(func.count().desc(), func.min(items.c.id))
    .limit(1)
)
TITLE_OF = select(items.c.title).where(items.c.id == bindparam("item_id"))


@dataclass(frozen=True, slots=True)
class DayCount:
    """Items of one source on one day."""

    day: date
    source: str
    many: int


async def count_by_day(connection: AsyncConnection, topic_id: int, days: Days) -> list[DayCount]:
    """How many items of a topic each source had on each of the ``days``; 0 is left out."""
    day = _day(connection, _moment, days.offsets)
    counted = (
        select(day.label("day"), items.c.source, func.count().label("many"))
        .select_from(matches)
        .join(items, items.c.id == matches.c.item_id)
        .where(*_OF_TOPIC, _moment < bindparam("until", type_=Moment()))
        .group_by(day, items.c.source)
    )
    values = {"topic_id": topic_id, "since": days.begin, "until": days.end}
    rows = await connection.execute(counted, values)
    return [DayCount(date.fromisoformat(row.day), row.source, row.many) for row in rows]


async def story_of(
    connection: AsyncConnection, topic_id: int, days: Days
) -> tuple[int, str] | None:
    """The first item, with its title, of the story that most of a topic's items were about."""
    values = {"topic_id": topic_id, "since": days.begin, "until": days.end}
    found = (await connection.execute(STORY_OF, values)).one_or_none()
    if found is None:
        return None
    title = (await connection.execute(TITLE_OF, {"item_id": found.first})).scalar_one()
    return found.first, title


async def stories_of(connection: AsyncConnection, item_ids: Iterable[int]) -> dict[int, int]:
    """Which story each item belongs to."""
    found: dict[int, int] = {}
    for run in chunks(item_ids):
        rows = await connection.execute(
            select(items.c.id, items.c.story_id).where(items.c.id.in_(run))
        )
        found |= {row.id: row.story_id for row in rows}
    return found


async def known_from(connection: AsyncConnection, topic_id: int | None) -> datetime | None:
    """Since when all that matches a topic (``None``: anything) is known; ``None``: nothing is.

    Of what was known before somebody followed the topic, only the newest is noted.
    """
    first: datetime | None = (await connection.execute(FIRST_FOUND)).scalar_one_or_none()
    kept = (await connection.execute(KEPT_FROM, {"name": KNOWN_FROM})).scalar_one_or_none()
    if first is not None and kept is not None:
        first = max(first, datetime.fromtimestamp(kept, UTC))  # single older ones may be left
    if topic_id is None or first is None:
        return first
    values = {"topic_id": topic_id}
    followed = (await connection.execute(FIRST_FOLLOWED, values)).scalar_one_or_none()
    if followed is None:
        return first
    noted = await connection.execute(NOTED_BEFORE, values | {"moment": followed})
    many, oldest = noted.one()
    return oldest if many >= MOST_NOTED else first


def _day(
    connection: AsyncConnection,
    moment: ColumnElement[Any],
    ahead: Sequence[tuple[datetime, timedelta]],
) -> ColumnElement[str]:
    """The day of a moment as text, "2026-06-01", where clocks are so far ahead of UTC from then on."""
    (_, last), earlier = ahead[-1], ahead[:-1]
    changes = [begin for begin, _ in ahead[1:]]
    shown = _DAYS[connection.dialect.name]
    if not earlier:
        return shown(moment, last)
    return case(
        *(
            (moment < literal(change, Moment()), shown(moment, offset))
            for change, (_, offset) in zip(changes, earlier, strict=True)
        ),
        else_=shown(moment, last),
    )


def _day_in_sqlite(moment: ColumnElement[Any], ahead: timedelta) -> ColumnElement[str]:
    """SQLite keeps moments as text, in UTC."""
    return func.date(moment, literal(f"{ahead.total_seconds():+.0f} seconds"), type_=Text())


def _day_in_postgresql(moment: ColumnElement[Any], ahead: timedelta) -> ColumnElement[str]:
    return func.to_char(func.timezone("UTC", moment) + literal(ahead), "YYYY-MM-DD", type_=Text())


_DAYS: Final[Mapping[str, Callable[[ColumnElement[Any], timedelta], ColumnElement[str]]]] = {
    "sqlite": _day_in_sqlite,
    "postgresql": _day_in_postgresql,
}


def sources_of(counts: Sequence[DayCount]) -> dict[str, dict[date, int]]:
    """Counts by source and day; a folder's documents are one source."""
    found: dict[str, dict[date, int]] = {}
    for one in counts:
        days = found.setdefault(one.source.partition("/")[0] or "?", {})
        days[one.day] = days.get(one.day, 0) + one.many
    return found
