"""Find stored items that match a query: the database selects candidates, the query verifies them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from time import monotonic
from typing import Final

from bot.runtime.clock import Clock
from bot.store import Database
from bot.store.items.matches import count_since, find_candidates, oldest_since
from watchers import Item, Query, QuerySyntaxError, Span, parse_query
from watchers.fair_slots import FairSlots
from watchers.topics.breadth import estimate_share
from watchers.topics.candidates import make_candidate_formula

PREVIEW_WINDOW: Final = timedelta(days=7)
"""The period of a preview."""

_MAX_PAGE_ITEMS: Final = 500
# The first page is small because the length of the items is not known yet.
_FIRST_PAGE: Final = 50
_PAGE_LENGTH: Final = 4_000_000
"""Characters of the candidates of one page."""

# Bounds the memory that one answer needs.
_MAX_RESULT_LENGTH: Final = 50_000_000
"""Characters of all results together."""

MAX_CANDIDATES: Final = 10_000
"""Items that one search compares with its query. No index selects the items of ``source:x`` or ``-x``."""

# The first page is always read. A search that waits for other searches still returns a result.
_MAX_SECONDS: Final = 3.0

# Comparing items takes the CPU that the process needs for everything else, so searches take turns.
_CONCURRENT_PAGES: Final = 1


@dataclass(frozen=True, slots=True)
class SearchResult:
    """A stored item that matches, with the spans that matched."""

    item_id: int
    found_at: datetime
    item: Item
    spans: tuple[Span, ...]


MIN_ITEMS_FOR_SHARE: Final = 100
"""Items of a week whose matching share is significant."""


@dataclass(frozen=True, slots=True)
class SearchResults:
    """The result of a search.

    Attributes:
        hits: the matching items, newest first.
        looked_through: the number of items that were compared with the query.
        is_complete: all candidates were compared, or as many as the limit of results required.
    """

    hits: list[SearchResult]
    looked_through: int
    is_complete: bool


@dataclass(frozen=True, slots=True)
class TopicPreview:
    """The items of the last week that match a query.

    Attributes:
        hits: the newest matching items, up to the requested limit.
        items: the number of all items of the period.
        days: the length of the period; less than a week if the oldest item is younger.
        is_complete: ``hits`` contains all matching items.
        looked_through: the number of items that were compared, if not all candidates were; else 0.
        general_share: the estimated share of general news that matches, if there are too few items to
            count; else ``None``.
        general_title_share: the same with the topic in the title only.
    """

    hits: tuple[SearchResult, ...]
    items: int
    days: float
    is_complete: bool
    looked_through: int = 0
    general_share: float | None = None
    general_title_share: float | None = None

    @property
    def per_day(self) -> float:
        """Return the matching items per day."""
        return len(self.hits) / max(self.days, 1.0)

    @property
    def share(self) -> float:
        """Return the share of all items that match, 0 to 1."""
        return len(self.hits) / self.items if self.items else 0.0

    @property
    def sources(self) -> int:
        """Return the number of sources. All documents of a folder count as one source."""
        return len({hit.item.source.partition("/")[0] for hit in self.hits})


class ItemSearch:
    """Searches the stored items. Searches of different chats take turns, page by page."""

    def __init__(
        self, database: Database, clock: Clock, *, timer: Callable[[], float] = monotonic
    ) -> None:
        self._database = database
        self._clock = clock
        self._timer = timer
        self._pages = FairSlots(_CONCURRENT_PAGES)

    async def find(
        self,
        query: Query,
        *,
        limit: int,
        since: datetime | None = None,
        skip: int = 0,
        chat: str = "",
    ) -> list[SearchResult]:
        """Return the newest matching items, without the first ``skip`` ones; see `search`."""
        return (await self.search(query, limit=limit, since=since, skip=skip, chat=chat)).hits

    async def search(
        self,
        query: Query,
        *,
        limit: int,
        since: datetime | None = None,
        skip: int = 0,
        chat: str = "",
    ) -> SearchResults:
        """Return the newest matching items, without the first ``skip`` ones.

        At most `MAX_CANDIDATES` items are compared, for a few seconds. ``chat`` shares the turns with
        other chats.
        """
        # The index of the database knows words only; the query then checks phrases, NEAR and fields.
        formula = make_candidate_formula(query)
        results: list[SearchResult] = []
        before: int | None = None
        page_size, total_length, looked_through = _FIRST_PAGE, 0, 0
        deadline = self._timer() + _MAX_SECONDS
        is_complete = False
        while True:
            page_size = min(page_size, MAX_CANDIDATES - looked_through)
            async with self._pages.hold(chat):
                async with self._database.reading() as connection:
                    page = await find_candidates(
                        connection, formula, since=since, before=before, limit=page_size
                    )
                # Matching a page of long texts would block the event loop.
                hits = await asyncio.to_thread(_verify, query, page)
            results += hits
            looked_through += len(page)
            total_length += sum(hit.item.length for hit in hits)
            if len(page) < page_size or len(results) >= skip + limit:
                is_complete = True
                break
            if (
                looked_through >= MAX_CANDIDATES
                or total_length >= _MAX_RESULT_LENGTH
                or self._timer() >= deadline
            ):
                break
            # Pages by the last ID: an offset would skip or repeat items that arrive meanwhile.
            before = page[-1][0]
            page_size = _next_page_size(page)
        return SearchResults(results[skip : skip + limit], looked_through, is_complete)

    async def preview(self, query: Query, *, limit: int, chat: str = "") -> TopicPreview:
        """Return the items of the last week that match ``query``."""
        since = self._clock() - PREVIEW_WINDOW
        # One more than the limit shows whether the list is complete.
        found = await self.search(query, limit=limit + 1, since=since, chat=chat)
        hits = found.hits
        async with self._database.reading() as connection:
            item_count = await count_since(connection, since)
            oldest = await oldest_since(connection, since)
        days = (self._clock() - oldest) / timedelta(days=1) if oldest else 0.0
        preview = TopicPreview(
            tuple(hits[:limit]),
            item_count,
            days,
            is_complete=found.is_complete and len(hits) <= limit,
            looked_through=0 if found.is_complete else found.looked_through,
        )
        if item_count >= MIN_ITEMS_FOR_SHARE:
            return preview
        # Word lists are read from files.
        share, title_share = await asyncio.to_thread(_estimate_shares, query)
        return replace(preview, general_share=share, general_title_share=title_share)


def _estimate_shares(query: Query) -> tuple[float, float | None]:
    """Return the share of general news that matches, and that in which the title matches."""
    share = estimate_share(query.node)
    try:
        narrower = parse_query(f"title:({query})")
    except QuerySyntaxError:
        return share, None
    return share, estimate_share(narrower.node)


def _next_page_size(page: Sequence[tuple[int, datetime, Item]]) -> int:
    """Return how many items of the mean length of ``page`` fill a page."""
    mean_length = sum(item.length for _, _, item in page) / len(page)
    return max(1, min(_MAX_PAGE_ITEMS, int(_PAGE_LENGTH / max(mean_length, 1.0))))


def _verify(query: Query, page: Sequence[tuple[int, datetime, Item]]) -> list[SearchResult]:
    hits: list[SearchResult] = []
    for item_id, found_at, item in page:
        spans = query.match(item)
        if spans is not None:
            hits.append(SearchResult(item_id, found_at, item, spans))
    return hits
