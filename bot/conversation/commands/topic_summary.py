"""Summarise several articles about a topic: `/summary about TOPIC`.

The points are in order of time, each with its source. If sources disagree on a number, the card lists
which source reports which number.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from bot.conversation.cards.card import Card, Line, Style, TextSpan, dim, line, make_card, strong
from bot.conversation.durations import format_age, pluralise
from bot.conversation.item_search import ItemSearch
from bot.conversation.topics import read_query_for_chat
from bot.errors import UserError
from bot.models import ChatRef
from bot.runtime.clock import Clock
from bot.store import Database
from bot.summaries.briefing import MAX_ITEMS, Briefing, Contested, Point, brief

_PERIOD: Final = timedelta(days=3)


class TopicSummary:
    """Summarises the recent items of a topic."""

    def __init__(self, database: Database, search: ItemSearch, clock: Clock) -> None:
        self._database = database
        self._search = search
        self._clock = clock

    async def about(self, ref: ChatRef, topic: str, points: int) -> Card:
        """Return at most ``points`` points of the recent items about ``topic``.

        Raises:
            UserError: the topic cannot be parsed, or no item matches it.
        """
        query = await read_query_for_chat(self._database, ref, topic)
        since = self._clock() - _PERIOD
        hits = await self._search.find(query, limit=MAX_ITEMS, since=since, chat=ref.key)
        if not hits:
            raise UserError(f"no item of the last {_PERIOD.days} days matches “{topic}”")
        items = [hit.item for hit in reversed(hits)]
        briefing = await asyncio.to_thread(brief, items, points)
        return topic_summary_card(briefing, topic, now=self._clock())


def topic_summary_card(briefing: Briefing, topic: str, *, now: datetime) -> Card:
    """Return the points with their sources, and the numbers that the sources disagree on."""
    lines: list[Line] = [line(strong(topic))]
    for point in briefing.points:
        lines.append(line(TextSpan(point.text, Style.QUOTE)))
        lines.append(_point_source_line(point, now))
    lines.extend(_disagreement_line(contested) for contested in briefing.contested)
    source_count = len({item.source.partition("/")[0] for item in briefing.items})
    articles = pluralise(len(briefing.items), "article")
    lines.append(line(dim(f"Quoted from {articles}, {pluralise(source_count, 'source')}")))
    return make_card(*lines)


def _point_source_line(point: Point, now: datetime) -> Line:
    pieces: list[TextSpan | str] = ["   — ", TextSpan(point.item.source, Style.DIM, point.item.url)]
    age = format_age(point.item.published, now)
    if age:
        pieces.append(dim(f" · {age}"))
    if point.also:
        pieces.append(dim(f" · also {_join_distinct([item.source for item in point.also])}"))
    return line(*pieces)


def _disagreement_line(contested: Contested) -> Line:
    claims = "; ".join(
        f"{value} ({_join_distinct([item.source for item in items])})"
        for value, items in contested.claims
    )
    return line(f"The sources differ on {contested.what}: {claims}.")


def _join_distinct(sources: Sequence[str]) -> str:
    return ", ".join(dict.fromkeys(sources))
