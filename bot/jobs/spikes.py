"""Detect spikes: topics that have far more items today than usual, for chats that enabled spike alerts.

every 5 minutes ─► topics with spike alerts ─► items per day of the last four weeks ─► far above the
                   baseline? ─► one alert per chat and day

A day is a day of the time zone of the chat. Time zones with the same days in these weeks are counted once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Final

import structlog

from bot.charts.trend import baseline, is_spike
from bot.runtime.clock import Clock
from bot.scheduling.wall_clock import Days, zone_of
from bot.store import Database
from bot.store.items.trends import count_by_day, data_since, find_main_story
from bot.store.outbox.spikes import (
    DetectedSpike,
    is_unreported,
    queue_spike_alerts,
    topics_with_spike_alerts,
)

INTERVAL_SECONDS: Final = 300.0
"""Seconds between two checks of all topics."""

_BASELINE_DAYS: Final = 28

log = structlog.get_logger(__name__)


class SpikeDetector:
    """Checks all topics with spike alerts. The store knows which spikes were alerted."""

    def __init__(
        self, database: Database, clock: Clock, *, on_spike: Callable[[], None] = lambda: None
    ) -> None:
        self._database = database
        self._clock = clock
        self._on_spike = on_spike

    async def step(self) -> bool:
        """Check all topics once. Return False, because the next check is due after the interval.

        Raises:
            StoreError: the database does not answer; committed alerts stay queued.
        """
        now = self._clock()
        async with self._database.reading() as connection:
            topics = await topics_with_spike_alerts(connection)
        for topic_id, zones_by_days in _group_by_days(topics, now).items():
            for days, zones in zones_by_days.items():
                spike = await self._detect(topic_id, days, zones)
                if spike is not None:
                    await self._queue_alerts(spike)
        return False

    async def _detect(
        self, topic_id: int, days: Days, zones: Sequence[str]
    ) -> DetectedSpike | None:
        """Return the spike of a topic today, unless it was alerted already."""
        today = days.last
        async with self._database.reading() as connection:
            if not await is_unreported(connection, topic_id, zones, day=today, now=self._clock()):
                return None
            known_since = await data_since(connection, topic_id)
            if known_since is None:
                return None
            count_by_date: Counter[date] = Counter()
            for row in await count_by_day(connection, topic_id, days):
                count_by_date[row.day] += row.count
            # The first day with data may be incomplete, so the baseline starts with the next day.
            start = max(days.first, days.day_of(known_since) + timedelta(days=1))
            counts_before = [
                count_by_date[start + timedelta(days=offset)]
                for offset in range((today - start).days)
            ]
            if not is_spike(count_by_date[today], counts_before):
                return None
            story = await find_main_story(connection, topic_id, days.subrange(today))
        if story is None:
            return None
        item_id, _ = story
        usual = baseline(counts_before)
        return DetectedSpike(topic_id, tuple(zones), today, count_by_date[today], usual, item_id)

    async def _queue_alerts(self, spike: DetectedSpike) -> None:
        alert_count = 0
        has_more = True
        while has_more:
            async with self._database.writing() as connection:
                batch_count = await queue_spike_alerts(connection, spike, now=self._clock())
            alert_count += batch_count
            has_more = batch_count > 0
        if alert_count:
            log.info(
                "spike_detected", topic=spike.topic_id, today=spike.today, usual=spike.baseline
            )
            self._on_spike()


def _group_by_days(
    topics: Iterable[tuple[int, str]], now: datetime
) -> dict[int, dict[Days, list[str]]]:
    """Return the time zones of each topic, grouped by equal days: these are counted once."""
    days_by_offsets: dict[tuple[object, ...], Days] = {}
    groups: dict[int, dict[Days, list[str]]] = {}
    for topic_id, zone in topics:
        days = Days.up_to(now, _BASELINE_DAYS + 1, zone_of(zone))
        days = days_by_offsets.setdefault((days.last, *days.offsets), days)
        groups.setdefault(topic_id, {}).setdefault(days, []).append(zone)
    return groups
