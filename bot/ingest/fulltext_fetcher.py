"""Fetch the article pages of pending items (items with little text) before they are matched.

    pending ──► lease the host ──► fetch the page ──► ingest: the item with its full text
       ▲                             │   └─ failure or timeout ──► ingest: the item as it is
       └──── retry ──────────────────┘

Other items do not wait for pending items. If the process ends during a fetch, no item is lost: the item
stays in its table and becomes due again. A page that ends the process is given up after `MAX_ATTEMPTS`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Final
from uuid import uuid4

import structlog

from bot.ingest.feed_poll import FeedPollContext
from bot.ingest.pipeline import IngestPipeline
from bot.runtime.backoff import Backoff
from bot.runtime.clock import Clock
from bot.runtime.tasks import TaskPool
from bot.runtime.worker import Worker
from bot.store import Database
from bot.store.feeds.feed_queue import release_host
from bot.store.items.pending_fulltext import (
    PendingItem,
    claim_pending,
    is_pending_due,
    overdue_pending,
    reschedule_pending,
)
from watchers import Item, SourceError
from watchers.errors import FetchTimeout, HttpStatusError, Unreachable
from watchers.fetching.addresses import display_url
from watchers.sources.page import add_full_text, read_page
from watchers.sources.schedule import host_cooldown

MAX_CONCURRENT_PAGES: Final = 8
"""Pages that are fetched at the same time, each from another host."""

MAX_WAIT: Final = timedelta(minutes=10)
"""How long an item waits for its page. After that it is ingested as it is."""

MAX_ATTEMPTS: Final = 3
"""How often a page is requested."""

_MIN_HOST_INTERVAL: Final = timedelta(seconds=1)
_RETRY_BACKOFF: Final = Backoff(first_seconds=30.0)
# The timeout covers redirects, and the waiting for a free request slot of the hosts they lead to.
_PAGE_TIMEOUT_SECONDS: Final = 60.0
_OVERDUE_BATCH_SIZE: Final = 50
_MIN_SERVER_ERROR: Final = 500
_TRANSIENT_STATUSES: Final = frozenset({408, 425, 429})

log = structlog.get_logger(__name__)


class FullTextFetcher:
    """Fetches the pages of pending items. `worker` runs `step`, also when slots become free.

    With ``is_enabled`` set to False, no page is fetched and the pending items are ingested as they are.
    """

    def __init__(
        self,
        database: Database,
        ingest: IngestPipeline,
        context: FeedPollContext,
        clock: Clock,
        *,
        on_news: Callable[[], None],
        is_enabled: bool = True,
    ) -> None:
        self._database = database
        self._ingest = ingest
        self._context = context
        self._clock = clock
        self._on_news = on_news
        self._max_wait = MAX_WAIT if is_enabled else timedelta()
        self._owner = uuid4().hex
        self.worker = Worker("pages", self.step)
        # An item whose fetch raises an error becomes due again when its host lease ends.
        self._fetches = TaskPool(
            MAX_CONCURRENT_PAGES, error_event="fulltext_fetch_crashed", on_done=self.worker.wake
        )

    async def step(self) -> bool:
        """Start fetches of due pages in the free slots. Return True if more pages may be due."""
        now = self._clock()
        async with self._database.reading() as connection:
            overdue = await overdue_pending(
                connection, before=now - self._max_wait, limit=_OVERDUE_BATCH_SIZE
            )
        for pending in overdue:
            await self._ingest_item(pending, _original_item(pending))
        free_slots = self._fetches.free_slots
        if overdue or free_slots <= 0:
            return bool(overdue)
        async with self._database.reading() as connection:
            if not await is_pending_due(connection, now=now):
                return False
        async with self._database.writing() as connection:
            claimed = await claim_pending(connection, owner=self._owner, limit=free_slots, now=now)
        for pending in claimed:
            self._fetches.start(self._process(pending), f"page {pending.item.url}")
        return bool(claimed)

    async def finish(self) -> None:
        """Fetch all pages that are due now, for half a minute at most. The rest stays pending."""
        await self._fetches.drain(
            self.step, self._is_due_soon, pause=_MIN_HOST_INTERVAL, sleep=self._context.sleep
        )

    async def close(self) -> None:
        """Cancel the running fetches. Their items become due again."""
        await self._fetches.close()

    async def _is_due_soon(self) -> bool:
        async with self._database.reading() as connection:
            return await is_pending_due(connection, now=self._clock() + _MIN_HOST_INTERVAL)

    async def _process(self, pending: PendingItem) -> None:
        """Fetch the page of an item and ingest the item, or schedule a retry."""
        if pending.tries > MAX_ATTEMPTS:
            # The processes that fetched it before ended during the fetch.
            await self._ingest_item(pending, _original_item(pending))
            await self._release_host(pending, _MIN_HOST_INTERVAL)
            return
        cooldown = _MIN_HOST_INTERVAL
        try:
            item = await self._fetch_and_enrich(pending)
        except SourceError as error:
            cooldown = max(cooldown, host_cooldown(error))
            retry_at = self._clock() + _retry_delay(error, pending.tries)
            has_time = retry_at < pending.queued_at + self._max_wait
            if pending.tries < MAX_ATTEMPTS and _is_transient(error) and has_time:
                async with self._database.writing() as connection:
                    await reschedule_pending(connection, pending, retry_at=retry_at)
                await self._release_host(pending, cooldown)
                return
            log.info("full_text_unavailable", problem=str(error))
            item = _original_item(pending)
        await self._ingest_item(pending, item)
        await self._release_host(pending, cooldown)

    async def _fetch_and_enrich(self, pending: PendingItem) -> Item:
        url = pending.item.url or ""
        context = self._context
        try:
            async with asyncio.timeout(_PAGE_TIMEOUT_SECONDS):
                page = await read_page(url, context.fetch, context.sandbox, now=self._clock())
        except TimeoutError as error:
            raise FetchTimeout(_PAGE_TIMEOUT_SECONDS, address=display_url(url)) from error
        return add_full_text(pending.item, page)

    async def _ingest_item(self, pending: PendingItem, item: Item) -> None:
        result = await self._ingest.ingest_enriched(pending, item)
        if result.announced:
            self._on_news()

    async def _release_host(self, pending: PendingItem, cooldown: timedelta) -> None:
        async with self._database.writing() as connection:
            available_at = self._clock() + cooldown
            await release_host(
                connection, pending.host, owner=self._owner, available_at=available_at
            )


def _original_item(pending: PendingItem) -> Item:
    """Return the item without its page. An edited item keeps the full text of its old version."""
    item = pending.item
    if item.text or not pending.known_text:
        return item
    return replace(item, text=pending.known_text)


def _is_transient(error: SourceError) -> bool:
    """Return True if a retry may succeed."""
    if isinstance(error, HttpStatusError):
        return error.status >= _MIN_SERVER_ERROR or error.status in _TRANSIENT_STATUSES
    return isinstance(error, FetchTimeout | Unreachable)


def _retry_delay(error: SourceError, tries: int) -> timedelta:
    delay = timedelta(seconds=_RETRY_BACKOFF.delay(tries))
    retry_after = error.retry_after if isinstance(error, HttpStatusError) else None
    return max(delay, timedelta(seconds=retry_after or 0.0))
