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
from datetime import UTC, date, datetime, timedelta
from typing import Final

import regex

from bot.charts.draw import INSTALL, can_draw, draw
from bot.charts.trend import Peak, Trend, peaks_of, trend_of
from bot.charts.words import alt_text, day_of, span_of, sparkline
from bot.clock import Clock
from bot.conversation.card import (
    Action,
    Button,
    Card,
    Image,
    Line,
    Piece,
    Style,
    code,
    dim,
    line,
    say,
    strong,
)
from bot.conversation.commands import Answer, Command
from bot.conversation.finder import Finder, Hit
from bot.conversation.followed import followed_by
from bot.conversation.queries import read_for_chat
from bot.conversation.request import Request
from bot.conversation.times import parse_duration, plural
from bot.errors import MisuseError
from bot.model import Subscription
from bot.store import Database
from bot.store.topics import find_topic
from bot.store.trends import (
    DayCount,
    count_by_day,
    day_begins,
    known_from,
    sources_of,
    stories_of,
    story_of_day,
)
from watchers import Query

_USUALLY: Final = 30  # days
_SHORTEST, _LONGEST = 2, 366  # days
_MOST_FOUND: Final = 5_000  # items that a topic nobody follows is held against
_MOST_COMPARED: Final = 5
_SHARES: Final = 5  # sources named in words
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
        text, days = _asked(request.argument)
        last = self._clock().astimezone(UTC).date()
        first = last - timedelta(days=days - 1)
        _, followed = await followed_by(self._database, request)
        if not text:
            return [await self._compared(followed, first, last)]
        one = _meant(followed, text)
        query = one.query if one else await read_for_chat(self._database, request.ref, text)
        name = one.label if one else text
        trend, notes = await self._of(query, name, first, last)
        return [await self._card(trend, notes, again=f"{text} {days}d")]

    # ── counting ──────────────────────────────────────────────────────────────────────────────────

    async def _of(
        self, query: Query, name: str, first: date, last: date
    ) -> tuple[Trend, list[Line]]:
        since = day_begins(first)
        async with self._database.reading() as connection:
            topic_id = await find_topic(connection, query)
            known = await known_from(connection, topic_id)
            counts = (
                await count_by_day(connection, topic_id, since=since)
                if topic_id is not None
                else []
            )
        notes = [_known_line(known)] if known is not None and known > since else []
        if topic_id is not None:
            trend = trend_of(name, sources_of(counts), first, last)
            return await self._with_stories(trend, topic_id), notes
        hits = await self._finder.find(query, most=_MOST_FOUND, since=since)
        if len(hits) == _MOST_FOUND:
            notes.append(
                line(dim(f"Only the newest {_MOST_FOUND:,} items that match are counted."))
            )
        days = {hit.item_id: _day_of(hit) for hit in hits}
        counts = [DayCount(days[hit.item_id], hit.item.source, 1) for hit in hits]
        trend = trend_of(name, sources_of(counts), first, last)
        async with self._database.reading() as connection:
            stories = await stories_of(connection, days)
        return _with_found(trend, hits, days, stories), notes

    async def _with_stories(self, trend: Trend, topic_id: int) -> Trend:
        """The trend with its peaks, and what each was about."""
        peaks: list[Peak] = []
        async with self._database.reading() as connection:
            for peak in peaks_of(trend.totals):
                begin = day_begins(trend.days[peak.place])
                end = begin + timedelta(days=trend.step)
                story = await story_of_day(connection, topic_id, begin=begin, end=end)
                peaks.append(replace(peak, story=story[1] if story else ""))
        return replace(trend, peaks=tuple(peaks))

    async def _compared(self, followed: Sequence[Subscription], first: date, last: date) -> Card:
        if not followed:
            return say(
                line("You follow no topic yet. ", code("/trend sanctions 30d"), " shows any topic.")
            )
        counts: dict[str, dict[date, int]] = {}
        async with self._database.reading() as connection:
            for number, one in enumerate(followed, start=1):
                found = await count_by_day(connection, one.topic_id, since=day_begins(first))
                name = one.label if one.label not in counts else f"{one.label} ({number})"
                days = counts.setdefault(name, {})
                for each in found:
                    days[each.day] = days.get(each.day, 0) + each.many
            known = await known_from(connection, None)
        notes = [_known_line(known)] if known is not None and known > day_begins(first) else []
        if len(followed) > _MOST_COMPARED:
            rest = len(followed) - _MOST_COMPARED
            notes.append(line(dim(f"The {_MOST_COMPARED} busiest; {plural(rest, 'topic')} more.")))
        trend = trend_of(_YOURS, counts, first, last, parts=False)
        return await self._card(trend, notes, again="")

    # ── telling ───────────────────────────────────────────────────────────────────────────────────

    async def _card(self, trend: Trend, notes: Sequence[Line], *, again: str) -> Card:
        card = say(*_lines(trend), *notes, buttons=_buttons(trend, again), apart=True)
        if not trend.total:
            return card
        sketch = sparkline(trend.totals)
        if not can_draw():
            return replace(card, lines=(line(code(sketch)), *card.lines, line(dim(_NO_PICTURE))))
        data = await asyncio.to_thread(draw, trend)
        name = regex.sub(r"[^\p{Ll}\p{Nd}]+", "-", trend.name.casefold())[:40].strip("-") or "topic"
        last = trend.days[-1]
        image = Image(f"trend-{name}-{last.isoformat()}.png", data, alt_text(trend), sketch)
        return replace(card, image=image)


_NO_PICTURE: Final = f"For a picture, whoever runs Tocsin may install: {INSTALL}"


def _lines(trend: Trend) -> list[Line]:
    unit = "day" if trend.step == 1 else "week"
    if not trend.total:
        return [line(strong(trend.name), f": nothing, {span_of(trend)}.")]
    if not trend.parts:
        lines = [line(strong(trend.name), f": items per {unit}, {span_of(trend)}")]
        lines += [
            (
                Piece(f"{one.total:,}  "),
                Piece(one.name),
                Piece(f"  {sparkline(one.counts)}", Style.DIM),
            )
            for one in trend.series
        ]
        return lines
    rate = trend.total / len(trend.days)
    said = f"{rate:.0f}" if rate >= 10 else f"{rate:.1f}"  # noqa: PLR2004
    many = plural(trend.total, "item")
    lines = [line(strong(trend.name), f": {many}, {span_of(trend)}, about {said} a {unit}")]
    for peak in trend.peaks:
        story = f": {peak.story}" if peak.story else ""
        lines.append(line(f"• {day_of(trend.days[peak.place])}, {peak.many:,}{story}"))
    shares = ", ".join(f"{one.name} {one.total:,}" for one in trend.series[:_SHARES])
    lines.append(line(dim(shares)))
    return lines


def _buttons(trend: Trend, again: str) -> tuple[Button, ...]:
    if not again:
        return ()
    days = trend.step * len(trend.days)
    text, _, _ = again.rpartition(" ")
    others = [length for length in (7, 30, 90) if length != days]
    return tuple(
        Button(f"{length} days", Action("trend", f"{text} {length}d")) for length in others
    )


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
    length: timedelta | None = None
    if found is not None:
        try:
            length = parse_duration(found[1])
        except MisuseError:
            length = None  # a topic may end in a number: "article 50"
    if length is None or found is None:
        return argument.strip(), _USUALLY
    days = -(-length // timedelta(days=1))
    if not _SHORTEST <= days <= _LONGEST:
        raise MisuseError(f"a trend takes {_SHORTEST} to {_LONGEST} days, as 7d, 30d or 12w")
    return f" {argument}"[: found.start()].strip(), days


def _meant(followed: Sequence[Subscription], text: str) -> Subscription | None:
    """The chat's topic of this number, or called so."""
    if text.isdecimal() and 1 <= int(text[:9]) <= len(followed):
        return followed[int(text) - 1]
    return next((one for one in followed if one.label.casefold() == text.casefold()), None)


def _known_line(known: datetime) -> Line:
    return line(dim(f"All is known since {day_of(known.date())} only."))


def _day_of(hit: Hit) -> date:
    published = hit.item.published
    moment = published if published is not None and published <= hit.found_at else hit.found_at
    return moment.astimezone(UTC).date()
