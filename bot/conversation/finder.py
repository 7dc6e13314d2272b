"""Finding stored items by a topic: the database names candidates, the topic itself decides."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.clock import Clock
from bot.store import Database
from bot.store.search import candidates, count_since, oldest_since
from watchers import Item, Query, Span
from watchers.topics.candidates import candidates_of

WINDOW: Final = timedelta(days=7)
"""What a preview looks back on."""

_PAGE: Final = 500  # candidates held against the topic at once, if they are short
_FIRST_PAGE: Final = 50  # before it is known how long they are
_PAGE_LENGTH: Final = 4_000_000  # characters of one page
_MOST_LENGTH: Final = 50_000_000  # characters of all hits: what an answer may cost in memory


@dataclass(frozen=True, slots=True)
class Hit:
    """A stored item that matches, and where."""

    item_id: int
    found_at: datetime
    item: Item
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """What a topic would have brought lately.

    Attributes:
        hits: what matched, newest first; at most as many as were asked for.
        items: how many items there were in all.
        days: over how many days; less than a week where the archive is younger.
        is_whole: whether ``hits`` is all that matched.
    """

    hits: tuple[Hit, ...]
    items: int
    days: float
    is_whole: bool

    @property
    def a_day(self) -> float:
        """Matches a day."""
        return len(self.hits) / max(self.days, 1.0)

    @property
    def share(self) -> float:
        """Which part of everything matches, 0 to 1."""
        return len(self.hits) / self.items if self.items else 0.0

    @property
    def sources(self) -> int:
        """From how many sources; a folder's documents are one."""
        return len({hit.item.source.partition("/")[0] for hit in self.hits})


class Finder:
    """Holds topics against what is stored."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def find(
        self, query: Query, *, most: int, since: datetime | None = None, skip: int = 0
    ) -> list[Hit]:
        """The newest items that match, ``skip`` of them left out."""
        formula = candidates_of(query)
        found: list[Hit] = []
        before: int | None = None
        size, length = _FIRST_PAGE, 0
        while len(found) < skip + most and length < _MOST_LENGTH:
            async with self._database.reading() as connection:
                page = await candidates(connection, formula, since=since, before=before, most=size)
            hits = await asyncio.to_thread(_verified, query, page)
            found += hits
            length += sum(hit.item.length for hit in hits)
            if len(page) < size:
                break
            before = page[-1][0]
            size = _next_size(page)
        return found[skip : skip + most]

    async def preview(self, query: Query, *, most: int) -> Preview:
        """What ``query`` would have brought in the last week."""
        since = self._clock() - WINDOW
        hits = await self.find(query, most=most + 1, since=since)
        async with self._database.reading() as connection:
            items = await count_since(connection, since)
            oldest = await oldest_since(connection, since)
        days = (self._clock() - oldest) / timedelta(days=1) if oldest else 0.0
        return Preview(tuple(hits[:most]), items, days, is_whole=len(hits) <= most)


def _next_size(page: Sequence[tuple[int, datetime, Item]]) -> int:
    """How many candidates of this length make a page."""
    mean = sum(item.length for _, _, item in page) / len(page)
    return max(1, min(_PAGE, int(_PAGE_LENGTH / max(mean, 1.0))))


def _verified(query: Query, page: Sequence[tuple[int, datetime, Item]]) -> list[Hit]:
    hits: list[Hit] = []
    for item_id, found_at, item in page:
        spans = query.match(item)
        if spans is not None:
            hits.append(Hit(item_id, found_at, item, spans))
    return hits
