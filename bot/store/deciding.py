"""What becomes of a page of items for the chats that they concern: read once, decided by pure rules.

pairs (chat, item) ──► their topics and rules, the stories' sizes ──► verdict of each chat and story
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.follow_ups import Joined
from bot.store.judging import Cause, Causes, count_told
from bot.store.tables import IS_HELD, alerts
from bot.timing.verdict import (
    Facts,
    HoldUntil,
    NotTold,
    SendNow,
    SendSilently,
    Verdict,
    combine,
    decide,
    eagerness,
)

ALERTED_ALREADY = select(alerts.c.chat_id, alerts.c.story_id)


@dataclass(frozen=True, slots=True)
class Told:
    """A chat that an item concerns."""

    chat_id: int
    item_id: int
    story_id: int


async def verdicts_of(
    connection: AsyncConnection,
    page: Sequence[Told],
    known: Causes,
    grown: Mapping[int, Facts],
    *,
    now: datetime,
) -> dict[tuple[int, int], tuple[Told, Verdict]]:
    """By chat and story, the item that it is told by, and when; what is not told is left out."""
    stories = {one.story_id for one in page}
    limited = {
        chat for (chat, _), several in known.items() if any(c.rules.most_a_day for c in several)
    }
    had = await _alerted(connection, limited, stories)
    told: Counter[tuple[int, int]] = Counter()
    chosen: dict[tuple[int, int], tuple[Told, Verdict]] = {}
    for one in page:
        key = (one.chat_id, one.story_id)
        if key in had:
            continue
        several = [c for c in known.get((one.chat_id, one.item_id), ()) if not c.is_muted(now)]
        story = grown.get(one.story_id, Facts())
        verdict = combine(
            decide(c.rules, story, now, told=c.told + told[one.chat_id, c.topic_id])
            for c in several
        )
        if isinstance(verdict, NotTold):
            continue
        # Of two items of one story the first is the alert, as it is across pages, if it goes as soon.
        if key not in chosen or eagerness(verdict) < eagerness(chosen[key][1]):
            if key not in chosen and isinstance(verdict, SendNow | SendSilently):
                told.update((one.chat_id, c.topic_id) for c in several if c.rules.most_a_day)
            chosen[key] = (one, verdict)
    return chosen


def joined(
    page: Sequence[Told], known: Causes, grown: Mapping[int, Facts], now: datetime
) -> Iterable[Joined]:
    """What concerns chats that have an alert of the story, by when they may hear of it."""
    for one in page:
        story = grown.get(one.story_id, Facts())
        several = [c for c in known.get((one.chat_id, one.item_id), ()) if not c.is_muted(now)]
        verdict = combine(decide(c.rules, story, now) for c in several)
        if not isinstance(verdict, NotTold):
            due_at = verdict.moment if isinstance(verdict, HoldUntil) else now
            silent = isinstance(verdict, SendSilently)
            yield Joined(one.chat_id, one.story_id, one.item_id, due_at, silent=silent)


async def count_made(
    connection: AsyncConnection,
    made: Sequence[tuple[int, int, int, bool]],
    known: Causes,
    *,
    now: datetime,
) -> None:
    """Count what goes now against the day's limit of its topics."""
    many: Counter[tuple[int, int]] = Counter()
    limited: dict[tuple[int, int], Cause] = {}
    for _, chat, item, goes_now in made:
        for cause in known.get((chat, item), ()) if goes_now else ():
            if cause.rules.most_a_day:
                many[chat, cause.topic_id] += 1
                limited[chat, cause.topic_id] = cause
    await count_told(
        connection,
        {key: limited[key].told + more for key, more in many.items()},
        {key: cause.rules for key, cause in limited.items()},
        now=now,
    )


async def _alerted(
    connection: AsyncConnection, chat_ids: set[int], stories: set[int]
) -> set[tuple[int, int]]:
    """Of chats with a limit, the stories that they have an alert for: these count for nothing."""
    if not chat_ids:
        return set()
    had = ALERTED_ALREADY.where(
        alerts.c.chat_id.in_(sorted(chat_ids)), alerts.c.story_id.in_(sorted(stories)), ~IS_HELD
    )
    return {(row.chat_id, row.story_id) for row in await connection.execute(had)}
