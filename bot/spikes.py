"""Watching for spikes: topics that are far above their usual today, for the chats that want to know.

tick ─► topics that somebody watches ─► counts of the last four weeks ─► far above? ─► alerts, once a day
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, timedelta
from typing import Final

import structlog

from bot.charts.trend import is_spike, usual_of
from bot.clock import Clock
from bot.store import Database
from bot.store.spikes import SpikeSeen, is_to_tell, tell_spike, watched_topics
from bot.store.trends import count_by_day, day_begins, known_from, story_of_day

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
        async with self._database.reading() as connection:
            topics = await watched_topics(connection)
        for topic_id in topics:
            spike = await self._seen(topic_id)
            if spike is not None:
                await self._tell(spike)
        return False

    async def _seen(self, topic_id: int) -> SpikeSeen | None:
        now = self._clock()
        today = now.astimezone(UTC).date()
        begin = day_begins(today)
        async with self._database.reading() as connection:
            if not await is_to_tell(connection, topic_id, day=today, now=now):
                return None
            first = begin - timedelta(days=_BEFORE)
            known = await known_from(connection, topic_id)
            if known is None:
                return None
            counts = await count_by_day(connection, topic_id, since=first)
            days: dict[date, int] = {}
            for one in counts:
                days[one.day] = days.get(one.day, 0) + one.many
            # A day that is known in part says nothing of what is usual.
            start = max(first.date(), known.astimezone(UTC).date() + timedelta(days=1))
            before = [
                days.get(start + timedelta(days=place), 0) for place in range((today - start).days)
            ]
            many = days.get(today, 0)
            if not is_spike(many, before):
                return None
            end = begin + timedelta(days=1)
            story = await story_of_day(connection, topic_id, begin=begin, end=end)
        if story is None:
            return None
        return SpikeSeen(topic_id, today, many, usual_of(before), story[0])

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
