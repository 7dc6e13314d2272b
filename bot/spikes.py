"""Watching for spikes: topics that are far above their usual today, for the chats that want to know.

tick ─► topics that somebody watches ─► counts of the last four weeks ─► far above? ─► alerts, once a day

A day is that of the chat's own clock; zones whose clocks agreed all that time are looked at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Final

import structlog

from bot.charts.trend import is_spike, usual_of
from bot.clock import Clock
from bot.store import Database
from bot.store.spikes import SpikeSeen, is_to_tell, tell_spike, watched_topics
from bot.store.trends import count_by_day, known_from, story_of
from bot.timing.days import Days
from bot.timing.zones import zone_of

EVERY: Final = 300.0
"""Seconds between two looks."""

_BEFORE: Final = 28  # days that say what is usual

log = structlog.get_logger(__name__)


class SpikeWatch:
    """Looks at every watched topic. All it knows is in the store: a restart tells nothing twice."""

    def __init__(
        self, database: Database, clock: Clock, *, on_spike: Callable[[], None] = lambda: None
    ) -> None:
        self._database = database
        self._clock = clock
        self._on_spike = on_spike

    async def step(self) -> bool:
        """Look once at everything; never asks to be called again at once.

        Raises:
            StoreError: the database does not answer; what was told is told.
        """
        now = self._clock()
        async with self._database.reading() as connection:
            watched = await watched_topics(connection)
        for topic_id, zones in _by_days(watched, now).items():
            for days, names in zones.items():
                spike = await self._seen(topic_id, days, names)
                if spike is not None:
                    await self._tell(spike)
        return False

    async def _seen(self, topic_id: int, days: Days, zones: Sequence[str]) -> SpikeSeen | None:
        today = days.last
        async with self._database.reading() as connection:
            if not await is_to_tell(connection, topic_id, zones, day=today, now=self._clock()):
                return None
            known = await known_from(connection, topic_id)
            if known is None:
                return None
            had: Counter[date] = Counter()
            for one in await count_by_day(connection, topic_id, days):
                had[one.day] += one.many
            # A day that is known in part says nothing of what is usual.
            start = max(days.first, days.day_of(known) + timedelta(days=1))
            before = [had[start + timedelta(days=place)] for place in range((today - start).days)]
            if not is_spike(had[today], before):
                return None
            story = await story_of(connection, topic_id, days.part(today))
        if story is None:
            return None
        return SpikeSeen(topic_id, tuple(zones), today, had[today], usual_of(before), story[0])

    async def _tell(self, spike: SpikeSeen) -> None:
        told = 0
        more = True
        while more:
            async with self._database.writing() as connection:
                done = await tell_spike(connection, spike, now=self._clock())
            told += done
            more = done > 0
        if told:
            log.info("a spike", topic=spike.topic_id, today=spike.today, usual=spike.usual)
            self._on_spike()


def _by_days(watched: Iterable[tuple[int, str]], now: datetime) -> dict[int, dict[Days, list[str]]]:
    """Topics, and zones of the same days together: these are counted once."""
    alike: dict[tuple[object, ...], Days] = {}
    found: dict[int, dict[Days, list[str]]] = {}
    for topic_id, zone in watched:
        days = Days.up_to(now, _BEFORE + 1, zone_of(zone))
        days = alike.setdefault((days.last, *days.offsets), days)
        found.setdefault(topic_id, {}).setdefault(days, []).append(zone)
    return found
