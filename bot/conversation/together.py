"""What several articles say together: `/summary about TOPIC`.

The points come in time order, each with its source; where sources disagree on a number, it is told who
says which.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from bot.clock import Clock
from bot.conversation.card import Card, Line, Piece, Style, dim, line, say, strong
from bot.conversation.finder import Finder
from bot.conversation.queries import read_for_chat
from bot.conversation.times import age, plural
from bot.errors import MisuseError
from bot.model import Ref
from bot.store import Database
from bot.summaries.briefing import MOST_ITEMS, Briefing, Contested, Point, brief

_LOOK_BACK: Final = timedelta(days=3)


class Together:
    """Sums up what is known of a topic."""

    def __init__(self, database: Database, finder: Finder, clock: Clock) -> None:
        self._database = database
        self._finder = finder
        self._clock = clock

    async def about(self, ref: Ref, topic: str, points: int) -> Card:
        """At most ``points`` points of what was found lately about ``topic``.

        Raises:
            MisuseError: the topic cannot be read, or nothing matches it.
        """
        query = await read_for_chat(self._database, ref, topic)
        since = self._clock() - _LOOK_BACK
        hits = await self._finder.find(query, most=MOST_ITEMS, since=since)
        if not hits:
            raise MisuseError(f"nothing of the last {_LOOK_BACK.days} days matches “{topic}”")
        made = await asyncio.to_thread(brief, [hit.item for hit in reversed(hits)], points)
        return together_card(made, topic, now=self._clock())


def together_card(made: Briefing, about: str, *, now: datetime) -> Card:
    """The points with their sources, and what the sources disagree on."""
    lines: list[Line] = [line(strong(about))]
    for point in made.points:
        lines.append(line(Piece(point.text, Style.QUOTE)))
        lines.append(_said_by(point, now))
    lines.extend(_disagreement(one) for one in made.contested)
    sources = len({item.source.partition("/")[0] for item in made.items})
    made_of = f"{plural(len(made.items), 'article')}, {plural(sources, 'source')}"
    lines.append(line(dim(f"From {made_of}, in their own words")))
    return say(*lines)


def _said_by(point: Point, now: datetime) -> Line:
    pieces: list[Piece | str] = ["   — ", Piece(point.item.source, Style.DIM, point.item.url)]
    told = age(point.item.published, now)
    if told:
        pieces.append(dim(f" · {told}"))
    if point.also:
        pieces.append(dim(f" · also {', '.join(_names([item.source for item in point.also]))}"))
    return line(*pieces)


def _disagreement(one: Contested) -> Line:
    claims = "; ".join(
        f"{printed} ({', '.join(_names([item.source for item in items]))})"
        for printed, items in one.claims
    )
    return line(f"The sources differ on {one.what}: {claims}.")


def _names(sources: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(sources))
