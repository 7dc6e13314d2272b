"""How much news there is of a topic, day by day: /trend, with a picture where one can be drawn.

/trend              the chat's topics, side by side
/trend 2            one of them: counted by the database, from what it is known to match
/trend iran OR oil  anything else: looked for among what is known
     │
     └─► counts ─► Trend ─► words, a line of signs, and a picture drawn in a thread
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import regex

from bot.charts.draw import can_draw, draw
from bot.charts.trend import Peak, Trend, peaks_of, trend_of
from bot.charts.words import day_of
from bot.clock import Clock
from bot.conversation.card import Card, Line, code, dim, line, say
from bot.conversation.commands import Answer, Command
from bot.conversation.finder import Finder, Hit
from bot.conversation.followed import followed_by
from bot.conversation.queries import read_for_chat, unreadable
from bot.conversation.request import Request
from bot.conversation.times import is_duration, parse_duration, plural
from bot.conversation.trend_cards import trend_card
from bot.errors import MisuseError
from bot.model import Subscription
from bot.store import Database
from bot.store.timing import read_habits
from bot.store.topics import find_topic
from bot.store.trends import (
    DayCount,
    count_by_day,
    known_from,
    sources_of,
    stories_of,
    story_of,
)
from bot.timing.days import Days
from bot.timing.zones import DEFAULT, zone_of
from watchers import Query

_USUALLY: Final = 30  # days
_SHORTEST, _LONGEST = 2, 366  # days
_MOST_FOUND: Final = 5_000  # items that a topic nobody follows is held against
_MOST_COMPARED: Final = 5
_LENGTH: Final = regex.compile(r"\s(\d{1,4}\s?\p{L}{1,7})$")
_YOURS: Final = "Your topics"


class Trending:
    """The use cases around trends."""

    def __init__(self, database: Database, finder: Finder, clock: Clock) -> None:
        self._database = database
        self._finder = finder
        self._clock = clock

    @property
    def commands(self) -> tuple[Command, ...]:
        """How people ask for them."""
        return (Command("trend", self.trend, "how much news, day by day", "[TOPIC] [30d]"),)

    @property
    def actions(self) -> Mapping[str, Answer]:
        """What their buttons do."""
        return {"trend": self.trend}

    async def trend(self, request: Request) -> list[Card]:
        """The trend of a topic, or of all that the chat follows."""
        text, many = _asked(request.argument)
        chat_id, followed = await followed_by(self._database, request)
        days = Days.up_to(self._clock(), many, await self._zone(chat_id))
        if not text:
            return [await self._compared(followed, days)]
        one = _meant(followed, text)
        if one is None:
            query = await read_for_chat(self._database, request.ref, text)
        elif one.query is None:
            raise unreadable(one.label)
        else:
            query = one.query
        name = one.label if one else text
        trend, known, notes = await self._of(query, name, days)
        return [await self._card(trend, notes, again=f"{text} {many}d", known=known)]

    # ── counting ──────────────────────────────────────────────────────────────────────────────────

    async def _zone(self, chat_id: int) -> ZoneInfo:
        """Whose days are meant: the chat's own."""
        if not chat_id:
            return zone_of(DEFAULT)
        async with self._database.reading() as connection:
            return zone_of((await read_habits(connection, chat_id)).timing.zone)

    async def _of(self, query: Query, name: str, days: Days) -> tuple[Trend, int, list[Line]]:
        """The trend, of how many days it can know anything, and what is to be said of that."""
        async with self._database.reading() as connection:
            topic_id = await find_topic(connection, query)
            known = await known_from(connection, topic_id)
            counts = await count_by_day(connection, topic_id, days) if topic_id is not None else []
        notes, many = _notes(known, days), _days_known(known, days)
        if topic_id is not None:
            trend = trend_of(name, sources_of(counts), days.first, days.last)
            return await self._with_stories(trend, topic_id, days), many, notes
        hits = await self._finder.find(query, most=_MOST_FOUND, since=days.begin)
        if len(hits) == _MOST_FOUND:
            notes.append(
                line(dim(f"Only the newest {_MOST_FOUND:,} items that match are counted."))
            )
        day_of_hit = {hit.item_id: days.day_of(_moment_of(hit)) for hit in hits}
        counts = [DayCount(day_of_hit[hit.item_id], hit.item.source, 1) for hit in hits]
        trend = trend_of(name, sources_of(counts), days.first, days.last)
        async with self._database.reading() as connection:
            stories = await stories_of(connection, day_of_hit)
        return _with_found(trend, hits, day_of_hit, stories), many, notes

    async def _with_stories(self, trend: Trend, topic_id: int, days: Days) -> Trend:
        """The trend with its peaks, and what each was about."""
        peaks: list[Peak] = []
        async with self._database.reading() as connection:
            for peak in peaks_of(trend.totals):
                part = days.part(trend.days[peak.place], trend.step)
                story = await story_of(connection, topic_id, part)
                peaks.append(replace(peak, story=story[1] if story else ""))
        return replace(trend, peaks=tuple(peaks))

    async def _compared(self, followed: Sequence[Subscription], days: Days) -> Card:
        if not followed:
            return say(
                line("You follow no topic yet. ", code("/trend sanctions 30d"), " shows any topic.")
            )
        counts: dict[str, dict[date, int]] = {}
        async with self._database.reading() as connection:
            for number, one in enumerate(followed, start=1):
                found = await count_by_day(connection, one.topic_id, days)
                name = one.label if one.label not in counts else f"{one.label} ({number})"
                own = counts.setdefault(name, {})
                for each in found:
                    own[each.day] = own.get(each.day, 0) + each.many
            known = await known_from(connection, None)
        notes = _notes(known, days)
        if len(followed) > _MOST_COMPARED:
            rest = len(followed) - _MOST_COMPARED
            notes.append(line(dim(f"The {_MOST_COMPARED} busiest; {plural(rest, 'topic')} more.")))
        trend = trend_of(_YOURS, counts, days.first, days.last, parts=False)
        return await self._card(trend, notes, again="")

    # ── telling ───────────────────────────────────────────────────────────────────────────────────

    async def _card(
        self, trend: Trend, notes: Sequence[Line], *, again: str, known: int | None = None
    ) -> Card:
        picture = None
        if trend.total and can_draw():
            picture = await asyncio.to_thread(draw, trend)
        return trend_card(trend, notes, again=again, picture=picture, known=known)


def _with_found(
    trend: Trend, hits: Sequence[Hit], days: Mapping[int, date], stories: Mapping[int, int]
) -> Trend:
    """The peaks of items that were found, each with the first title of its largest story."""
    peaks: list[Peak] = []
    for peak in peaks_of(trend.totals):
        begin = trend.days[peak.place]
        end = begin + timedelta(days=trend.step)
        told: dict[int, list[Hit]] = {}
        for hit in hits:
            if begin <= days[hit.item_id] < end:
                told.setdefault(stories.get(hit.item_id, 0), []).append(hit)
        firsts = {story: min(own, key=lambda hit: hit.item_id) for story, own in told.items()}
        largest = max(told, key=lambda story: (len(told[story]), -firsts[story].item_id), default=0)
        first = firsts.get(largest)
        peaks.append(replace(peak, story=first.item.title if first else ""))
    return replace(trend, peaks=tuple(peaks))


def _asked(argument: str) -> tuple[str, int]:
    """The topic, and over how many days, from what was typed."""
    found = _LENGTH.search(f" {argument}")
    if found is None or not is_duration(found[1]):  # a topic may end in a number: "article 50"
        return argument.strip(), _USUALLY
    try:
        days = -(-parse_duration(found[1]) // timedelta(days=1))
    except MisuseError:
        days = 0
    if not _SHORTEST <= days <= _LONGEST:
        raise MisuseError(f"a trend takes {_SHORTEST} to {_LONGEST} days, as 7d, 30d or 12w")
    return f" {argument}"[: found.start()].strip(), days


def _meant(followed: Sequence[Subscription], text: str) -> Subscription | None:
    """The chat's topic of this number, or called so."""
    if text.isdecimal() and 1 <= int(text[:9]) <= len(followed):
        return followed[int(text) - 1]
    return next((one for one in followed if one.label.casefold() == text.casefold()), None)


def _notes(known: datetime | None, days: Days) -> list[Line]:
    """That the first days may be known in part only."""
    if known is None or known <= days.begin:
        return []
    return [line(dim(f"All is known since {day_of(days.day_of(known))} only."))]


def _days_known(known: datetime | None, days: Days) -> int:
    first = days.first if known is None else max(days.first, days.day_of(known))
    return (days.last - first).days + 1


def _moment_of(hit: Hit) -> datetime:
    published = hit.item.published
    return published if published is not None and published <= hit.found_at else hit.found_at
