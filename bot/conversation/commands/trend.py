"""Show the number of items of a topic per day: /trend, with a chart if one can be drawn.

/trend              the topics of the chat, compared
/trend 2            one topic of the chat: the database counts its recorded matches
/trend iran OR oil  any other topic: counted by a search of the stored items
     │
     └─► counts ─► Trend ─► text, a sparkline, and a chart that is drawn in a thread
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from bot.charts.render import can_draw, draw
from bot.charts.trend import Peak, Trend, format_day, peaks_of, trend_of
from bot.conversation.cards.card import Card, Line, code, dim, line, make_card
from bot.conversation.cards.preview import looked_through_line
from bot.conversation.cards.trend import trend_card
from bot.conversation.durations import pluralise
from bot.conversation.item_search import ItemSearch, SearchResult
from bot.conversation.periods import PERIOD_FORMS, split_period, zone_of_request
from bot.conversation.registry import Command, Handler
from bot.conversation.request import CommandRequest
from bot.conversation.topics import (
    read_query_for_chat,
    subscriptions_of_chat,
    unreadable_topic_error,
)
from bot.errors import UserError
from bot.models import ChatRef, Subscription
from bot.runtime.clock import Clock
from bot.scheduling.wall_clock import Days
from bot.store import Database
from bot.store.chats.topics import find_topic
from bot.store.items.trends import (
    DayCount,
    count_by_day,
    counts_by_source,
    data_since,
    find_main_story,
    story_ids_of_items,
)
from watchers import Query

_DEFAULT_DAYS: Final = 30
_MIN_DAYS, _MAX_DAYS = 2, 366
_MAX_SEARCH_RESULTS: Final = 5_000
_MAX_COMPARED_TOPICS: Final = 5
_MAX_NUMBER_DIGITS: Final = 9
_DAYS_HINT: Final = f"a trend covers {_MIN_DAYS} to {_MAX_DAYS} days: 7d, 30d, 12w or 1y"
_COMPARISON_NAME: Final = "Your topics"


class TrendCommands:
    """The command /trend."""

    def __init__(self, database: Database, search: ItemSearch, clock: Clock) -> None:
        self._database = database
        self._search = search
        self._clock = clock

    @property
    def commands(self) -> tuple[Command, ...]:
        """Return the commands."""
        return (
            Command(
                "trend",
                self.trend,
                "items per day",
                "[TOPIC] [30d]",
                details=(f"Periods: 12w, 1y, {PERIOD_FORMS}.",),
            ),
        )

    @property
    def actions(self) -> Mapping[str, Handler]:
        """Return the buttons for everyone."""
        return {"trend": self.trend}

    async def trend(self, request: CommandRequest) -> list[Card]:
        """Show the trend of a topic, or compare the topics of the chat."""
        _, subscriptions = await subscriptions_of_chat(self._database, request)
        zone = await zone_of_request(self._database, request)
        text, day_count = await self._split_days(request.argument, zone)
        days = Days.up_to(self._clock(), day_count, zone)
        if not text:
            return [await self._comparison_card(subscriptions, days)]
        subscription = _find_subscription(subscriptions, text)
        if subscription is None:
            name, query = text, await read_query_for_chat(self._database, request.ref, text)
        elif subscription.query is None:
            raise unreadable_topic_error(subscription.label)
        else:
            name, query = subscription.label, subscription.query
        trend, days_with_data, notes = await self._topic_trend(request.ref, query, name, days)
        return [await self._card(trend, notes, again=f"{text} {day_count}d", known=days_with_data)]

    async def _split_days(self, argument: str, zone: ZoneInfo) -> tuple[str, int]:
        """Split "iran 30d" or "iran since January" into topic and number of days."""
        now = self._clock()
        try:
            text, period = await split_period(argument, now, zone, allow_bare=True)
        except UserError as error:
            raise UserError(f"{error}; {_DAYS_HINT}") from None
        if period is None:
            return text, _DEFAULT_DAYS
        count = -(-(now - period.start) // timedelta(days=1))
        if not _MIN_DAYS <= count <= _MAX_DAYS:
            raise UserError(_DAYS_HINT)
        return text, count

    async def _topic_trend(
        self, ref: ChatRef, query: Query, name: str, days: Days
    ) -> tuple[Trend, int, list[Line]]:
        """Return the trend, the number of days with data, and remarks on the data."""
        async with self._database.reading() as connection:
            topic_id = await find_topic(connection, query)
            first_data = await data_since(connection, topic_id)
            counts = await count_by_day(connection, topic_id, days) if topic_id is not None else []
        notes, days_with_data = _data_notes(first_data, days), _days_with_data(first_data, days)
        if topic_id is not None:
            trend = trend_of(name, counts_by_source(counts), days.first, days.last)
            return await self._add_recorded_peaks(trend, topic_id, days), days_with_data, notes
        found = await self._search.search(
            query, limit=_MAX_SEARCH_RESULTS, since=days.start, chat=ref.key
        )
        hits = found.hits
        if len(hits) == _MAX_SEARCH_RESULTS:
            notes.append(line(dim(f"Only the newest {_MAX_SEARCH_RESULTS:,} items are counted.")))
        elif not found.is_complete:
            notes.append(looked_through_line(found.looked_through))
        day_of_item = {hit.item_id: days.day_of(_moment_of(hit)) for hit in hits}
        counts = [DayCount(day_of_item[hit.item_id], hit.item.source, 1) for hit in hits]
        trend = trend_of(name, counts_by_source(counts), days.first, days.last)
        async with self._database.reading() as connection:
            stories = await story_ids_of_items(connection, day_of_item)
        return _add_found_peaks(trend, hits, day_of_item, stories), days_with_data, notes

    async def _add_recorded_peaks(self, trend: Trend, topic_id: int, days: Days) -> Trend:
        """Return the trend with its peaks, each with its largest story."""
        peaks: list[Peak] = []
        async with self._database.reading() as connection:
            for peak in peaks_of(trend.totals):
                period = days.subrange(trend.days[peak.place], trend.step)
                story = await find_main_story(connection, topic_id, period)
                peaks.append(replace(peak, story=story[1] if story else ""))
        return replace(trend, peaks=tuple(peaks))

    async def _comparison_card(self, subscriptions: Sequence[Subscription], days: Days) -> Card:
        if not subscriptions:
            example = code("/trend sanctions 30d")
            return make_card(line("You follow no topic yet. ", example, " shows any topic."))
        counts: dict[str, dict[date, int]] = {}
        async with self._database.reading() as connection:
            for number, subscription in enumerate(subscriptions, start=1):
                label = subscription.label
                # Two topics of a chat can have the same label.
                name = label if label not in counts else f"{label} ({number})"
                topic_counts = counts.setdefault(name, {})
                for entry in await count_by_day(connection, subscription.topic_id, days):
                    topic_counts[entry.day] = topic_counts.get(entry.day, 0) + entry.count
            first_data = await data_since(connection, None)
        notes = _data_notes(first_data, days)
        hidden = len(subscriptions) - _MAX_COMPARED_TOPICS
        if hidden > 0:
            text = f"The {_MAX_COMPARED_TOPICS} topics with most items; {pluralise(hidden, 'topic')} more."
            notes.append(line(dim(text)))
        trend = trend_of(_COMPARISON_NAME, counts, days.first, days.last, parts=False)
        return await self._card(trend, notes, again="")

    async def _card(
        self, trend: Trend, notes: Sequence[Line], *, again: str, known: int | None = None
    ) -> Card:
        chart = None
        if trend.total and can_draw():
            # Drawing takes up to a second.
            chart = await asyncio.to_thread(draw, trend)
        return trend_card(trend, notes, request=again, chart=chart, days_with_data=known)


def _add_found_peaks(
    trend: Trend,
    hits: Sequence[SearchResult],
    day_of_item: Mapping[int, date],
    stories: Mapping[int, int],
) -> Trend:
    """Return the trend with its peaks, each with the first title of its largest story."""
    peaks: list[Peak] = []
    for peak in peaks_of(trend.totals):
        first_day = trend.days[peak.place]
        end_day = first_day + timedelta(days=trend.step)
        hits_of_story: dict[int, list[SearchResult]] = {}
        for hit in hits:
            if first_day <= day_of_item[hit.item_id] < end_day:
                hits_of_story.setdefault(stories.get(hit.item_id, 0), []).append(hit)
        first_hits = {
            story_id: min(story_hits, key=lambda hit: hit.item_id)
            for story_id, story_hits in hits_of_story.items()
        }
        largest = max(
            hits_of_story,
            key=lambda story_id: (len(hits_of_story[story_id]), -first_hits[story_id].item_id),
            default=0,
        )
        first_hit = first_hits.get(largest)
        peaks.append(replace(peak, story=first_hit.item.title if first_hit else ""))
    return replace(trend, peaks=tuple(peaks))


def _find_subscription(subscriptions: Sequence[Subscription], text: str) -> Subscription | None:
    """Return the subscription with this number or label."""
    if text.isdecimal() and 1 <= int(text[:_MAX_NUMBER_DIGITS]) <= len(subscriptions):
        return subscriptions[int(text) - 1]
    folded = text.casefold()
    return next(
        (subscription for subscription in subscriptions if subscription.label.casefold() == folded),
        None,
    )


def _data_notes(first_data: datetime | None, days: Days) -> list[Line]:
    """Return a remark if the data begins after the first day."""
    if first_data is None or first_data <= days.start:
        return []
    return [line(dim(f"The data begins on {format_day(days.day_of(first_data))}."))]


def _days_with_data(first_data: datetime | None, days: Days) -> int:
    first_day = days.first if first_data is None else max(days.first, days.day_of(first_data))
    return (days.last - first_day).days + 1


def _moment_of(hit: SearchResult) -> datetime:
    # Some feeds have publication dates in the future.
    published = hit.item.published
    return published if published is not None and published <= hit.found_at else hit.found_at
