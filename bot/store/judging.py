"""What is known when it is judged whether and when a chat is told of a story (bot/timing/verdict.py)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, case, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.sql import chunks
from bot.store.tables import chats, items, matches, subscriptions
from bot.store.timing import CHAT_TIMING, TOPIC_TIMING, chat_timing, rules_of, topic_timing
from bot.timing.moments import local_day
from bot.timing.quiet import Way
from bot.timing.verdict import LATELY, ChatTiming, Facts, Rules

_CHATS: int = 1_000  # of one statement: it has as many parameters, and the items' too
_PAIRS = (
    select(
        subscriptions.c.id,
        subscriptions.c.chat_id,
        matches.c.item_id,
        subscriptions.c.topic_id,
        subscriptions.c.muted_until,
        subscriptions.c.told,
        subscriptions.c.told_on,
        *TOPIC_TIMING,
    )
    .join(matches, matches.c.topic_id == subscriptions.c.topic_id)
    .where(
        subscriptions.c.chat_id.in_(bindparam("chat_ids", expanding=True)),
        matches.c.item_id.in_(bindparam("item_ids", expanding=True)),
    )
    .order_by(subscriptions.c.id)
)
TIMING_OF_CHATS = select(chats.c.id, *CHAT_TIMING).where(
    chats.c.id.in_(bindparam("chat_ids", expanding=True))
)
SOURCES_OF_STORIES = (
    select(
        items.c.story_id,
        func.count(items.c.source_id.distinct()).label("sources"),
        func.count(
            case((items.c.found_at >= bindparam("since"), items.c.source_id)).distinct()
        ).label("lately"),
    )
    .where(items.c.story_id.in_(bindparam("ids", expanding=True)))
    .group_by(items.c.story_id)
)
COUNT_TOLD = (
    update(subscriptions)
    .where(
        subscriptions.c.chat_id == bindparam("in_chat"),
        subscriptions.c.topic_id == bindparam("topic"),
    )
    .values(told=bindparam("many"), told_on=bindparam("day"))
)


@dataclass(frozen=True, slots=True)
class Cause:
    """A topic of a chat that an item matched, and what holds for it. ``told``: alerts of this day."""

    place: int  # among the chat's topics
    topic_id: int
    rules: Rules
    told: int
    muted_until: datetime | None

    def is_muted(self, now: datetime) -> bool:
        """Whether nothing is told of it at ``now``."""
        return self.muted_until is not None and self.muted_until > now


Causes = Mapping[tuple[int, int], Sequence[Cause]]
"""By chat and item, in the order of the chat's topics."""


async def chat_timings(
    connection: AsyncConnection, chat_ids: Collection[int]
) -> dict[int, ChatTiming]:
    """What these chats have set."""
    found: dict[int, ChatTiming] = {}
    for some in chunks(chat_ids):
        rows = await connection.execute(TIMING_OF_CHATS, {"chat_ids": list(some)})
        found.update((row.id, chat_timing(row.mode, row.quiet, row.zone)) for row in rows)
    return found


async def causes(
    connection: AsyncConnection,
    timings: Mapping[int, ChatTiming],
    item_ids: Collection[int],
    *,
    now: datetime,
) -> Causes:
    """Why each of the chats would be told of each of the items: its topics that match it."""
    found: dict[tuple[int, int], list[Cause]] = {}
    for chat_ids in chunks(timings, _CHATS):
        for ids in chunks(sorted(item_ids)):
            values = {"chat_ids": list(chat_ids), "item_ids": list(ids)}
            for row in await connection.execute(_PAIRS, values):
                place, chat, item, topic, muted_until, told, told_on, *own = row
                held = rules_of(timings[chat], topic_timing(*own))
                if held.most_a_day is None or told_on != _day(held, now):
                    told = 0
                cause = Cause(place, topic, held, told, muted_until)
                found.setdefault((chat, item), []).append(cause)
    return found


async def facts(
    connection: AsyncConnection, story_ids: Collection[int], *, now: datetime
) -> dict[int, Facts]:
    """By how many sources these stories are told."""
    found: dict[int, Facts] = {}
    for ids in chunks(sorted(story_ids)):
        values = {"ids": list(ids), "since": now - LATELY}
        for row in await connection.execute(SOURCES_OF_STORIES, values):
            found[row.story_id] = Facts(row.sources, row.lately)
    return found


def needs_facts(causes: Causes) -> bool:
    """Whether any verdict depends on how many sources a story has."""
    return any(
        cause.rules.at_least > 1 or cause.rules.breaking or cause.rules.quiet.way is Way.BREAKING
        for several in causes.values()
        for cause in several
    )


async def count_told(
    connection: AsyncConnection,
    counts: Mapping[tuple[int, int], int],
    rules: Mapping[tuple[int, int], Rules],
    *,
    now: datetime,
) -> None:
    """Note how many alerts of this day chats have had of topics with a limit: by chat and topic."""
    rows = [
        {"in_chat": chat, "topic": topic, "many": many, "day": _day(rules[chat, topic], now)}
        for (chat, topic), many in sorted(counts.items())
    ]
    if rows:
        await connection.execute(COUNT_TOLD, rows)


def _day(rules: Rules, now: datetime) -> str:
    return local_day(now, rules.zone).isoformat()
