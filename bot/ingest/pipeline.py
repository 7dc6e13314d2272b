"""Commit the result of one poll to the store in one transaction.

    PollResult ──► match ──► ┌─ one transaction ───────────────────────────────────┐
                     ▲       │ lease · pending items · stories · items · matches   │
                     │       │ · fan-out jobs · cursor                             │
               topics changed?─────────────────────────────────────────────────────┘

Items and cursor are committed together, so an entry that counts as read always has its item. Matching
runs before the transaction, which therefore never waits for the processor. If the topics change between
the two, matching is repeated.

An item of a feed with little text becomes a pending item, if that is configured. It is committed with the
cursor and comes back with its full text (fulltext_fetcher.py).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

import structlog

from bot.errors import LeaseLostError
from bot.ingest.story_assigner import StoryAssigner
from bot.runtime.clock import Clock
from bot.runtime.lease import Lease
from bot.runtime.telemetry import NO_TELEMETRY, Telemetry
from bot.store import Database, Transaction
from bot.store.chats.topics import lock_revision_shared, read_revision, topics_since
from bot.store.feeds.feeds import FEED
from bot.store.feeds.poll_results import record_poll_success, touch_news_at
from bot.store.feeds.sources import (
    WatchedSource,
    complete_initial_import,
    lock_source,
    record_poll,
    write_cursor,
)
from bot.store.items.items import Assignment, NewItem, SavedItem, save_items
from bot.store.items.matches import index_items, queue_fan_out, replace_matches
from bot.store.items.pending_fulltext import (
    PendingItem,
    delete_pending,
    delete_superseded,
    queue_pending,
)
from bot.store.items.stored_terms import stored_terms
from bot.store.outbox.follow_ups import queue_edits
from bot.store.outbox.unreadable_topics import report_unreadable
from watchers import Item, Matches, PollResult, TopicIndex
from watchers.fetching.addresses import url_host
from watchers.sources.page import needs_full_text
from watchers.stories import Encoder
from watchers.topics.candidates import IndexTermMaker
from watchers.topics.engine.tokenised_item import TokenisedItem

# Shorter texts are read and matched on the event loop: they take less time than a thread switch would
# delay.
_INLINE_READ_MAX_CHARS: Final = 20_000
_INLINE_MATCH_MAX_WORDS: Final = 4_000

MAX_FAILURES: Final = 3
"""Consecutive failures of ingest after which the process counts as not ready."""

FAILING_FOR: Final = timedelta(minutes=5)
"""How long the process counts as not ready after the last failure. A process that has lost its lease
ingests nothing more and becomes ready again."""

log = structlog.get_logger(__name__)


class Matcher:
    """Matches items against all active topics of the store.

    The topic index follows the revision of the topics in the store, so a topic that any process adds is
    matched here too. A lock lets one task use the index at a time.
    """

    def __init__(self, index: TopicIndex) -> None:
        self._index = index
        self._revision = 0
        self._lock = asyncio.Lock()
        self._unreadable: dict[int, str] = {}

    def __len__(self) -> int:
        return len(self._index)

    @property
    def unreadable(self) -> Mapping[int, str]:
        """The stored texts, by topic, that cannot be read and are not reported yet."""
        return self._unreadable

    def clear_unreadable(self, topic_ids: Sequence[int]) -> None:
        """Forget unreadable topics after they have been reported."""
        for topic_id in topic_ids:
            self._unreadable.pop(topic_id, None)

    async def sync(self, connection: Transaction) -> None:
        """Apply the changes of topics in the store since the last call."""
        revision = await read_revision(connection)
        if revision == self._revision:
            return
        async with self._lock:
            for change in await topics_since(connection, self._revision):
                if change.query is not None:
                    self._index.add(change.id, change.query)
                else:
                    self._index.discard(change.id)
                if change.active and change.query is None:
                    # One topic that cannot be read must not stop the others.
                    log.warning("topic_unreadable", topic=change.id)
                    self._unreadable[change.id] = change.text
                else:
                    self._unreadable.pop(change.id, None)
                revision = max(revision, change.revision)
            self._revision = revision

    async def match(self, items: Sequence[TokenisedItem]) -> tuple[int, list[Matches]]:
        """Return the revision of the topics, and the matches of each item at this revision."""
        async with self._lock:
            # Another task may apply new topics as soon as the lock is free.
            revision = self._revision
            if sum(len(item.words) for item in items) <= _INLINE_MATCH_MAX_WORDS:
                return revision, self._match(items)
            return revision, await asyncio.to_thread(self._match, items)

    def _match(self, items: Sequence[TokenisedItem]) -> list[Matches]:
        return [self._index.match(item) for item in items]


@dataclass(frozen=True, slots=True)
class IngestResult:
    """The result of one ingest.

    Attributes:
        saved: new and changed items.
        announced: items that the fan-out will turn into alerts.
        new: new items.
        matches: pairs of a new item and a topic.
    """

    saved: int
    announced: int
    new: int = 0
    matches: int = 0


@dataclass(frozen=True, slots=True)
class _Batch:
    """The content of one transaction.

    Attributes:
        watched: the source of the items.
        polled: the poll result; its items are ready to be matched.
        is_complete: the poll completes the initial import of the source.
        has_pending: items of the source may wait for their full text.
        new_pending: the items that start to wait for their full text.
        enriched: the pending item that this batch delivers.
    """

    watched: WatchedSource
    polled: PollResult
    is_complete: bool = False
    has_pending: bool = False
    new_pending: tuple[Item, ...] = ()
    enriched: PendingItem | None = None


class IngestPipeline:
    """Writes poll results to the store.

    ``min_text_chars`` is the number of characters below which an item of a feed waits for its
    full text; with 0, no item waits. Items of feeds that were published longer ago than
    ``news_max_age`` are stored but not alerted. ``load_encoder`` returns the encoder for stories in
    several languages, or None; without it, each language has its own stories.
    """

    def __init__(
        self,
        database: Database,
        matcher: Matcher,
        clock: Clock,
        telemetry: Telemetry = NO_TELEMETRY,
        *,
        min_text_chars: int = 0,
        news_max_age: timedelta | None = None,
        load_encoder: Callable[[], Encoder | None] | None = None,
    ) -> None:
        self._news_max_age = news_max_age
        self._telemetry = telemetry
        self._min_text_chars = min_text_chars
        self._stories = StoryAssigner(load_encoder)
        self._term_maker = IndexTermMaker()
        self._database = database
        self._matcher = matcher
        self._clock = clock
        self._failures = 0
        self._problem = ""
        self._failed_at = datetime.min.replace(tzinfo=UTC)

    def failure_reason(self) -> str | None:
        """Return why ingest keeps failing, or ``None`` if the last polls were ingested."""
        is_recent = self._clock() - self._failed_at < FAILING_FOR
        if self._failures < MAX_FAILURES or not is_recent:
            return None
        last_error = f"last with {self._problem}; the log says more"
        return f"ingest failed {self._failures:,} times in a row, {last_error}"

    async def ingest(
        self,
        watched: WatchedSource,
        polled: PollResult,
        *,
        is_complete: bool,
        lease: Lease | None = None,
    ) -> IngestResult:
        """Commit the result of a poll. ``is_complete`` ends the initial import of the source.

        Items of the initial import are stored but not alerted. With a ``lease``, the transaction
        verifies that this process still has it.

        Raises:
            StoreError: nothing was written; the same poll result may be passed again.
            LeaseLostError: nothing was written; another process has the lease of the source.
        """
        can_wait = watched.is_baselined and watched.source.kind == FEED
        pending: list[Item] = []
        ready: list[Item] = []
        for item in polled.items:
            needs_page = can_wait and needs_full_text(item, self._min_text_chars)
            (pending if needs_page else ready).append(item)
        batch = _Batch(
            watched,
            replace(polled, items=tuple(ready)),
            is_complete=is_complete,
            has_pending=can_wait,
            new_pending=tuple(pending),
        )
        return await self._ingest_traced(batch, lease)

    async def ingest_enriched(self, pending: PendingItem, item: Item) -> IngestResult:
        """Commit a pending item as ``item``. Do nothing if a newer version of it is pending.

        Raises:
            StoreError: nothing was written; the item stays pending.
        """
        batch = _Batch(pending.watched, PollResult(items=(item,)), enriched=pending)
        return await self._ingest_traced(batch, None)

    async def _ingest_traced(self, batch: _Batch, lease: Lease | None) -> IngestResult:
        """Commit a batch, trace it and count consecutive failures."""
        kind = batch.watched.source.kind
        item_count = len(batch.polled.items)
        with self._telemetry.tracer.span("ingest", kind=kind, found=item_count) as span:
            try:
                result = await self._match_and_commit(batch, lease)
            except LeaseLostError:
                # Not a failure: another process ingests the source.
                raise
            except Exception as error:
                self._failures += 1
                self._failed_at = self._clock()
                # Not the message: /readyz requires no token, and a message may contain a text.
                self._problem = type(error).__name__
                raise
            self._failures, self._problem = 0, ""
            span.set_attributes(new=result.new, matches=result.matches)
        self._telemetry.metrics.record_ingest(kind, items=result.new, matches=result.matches)
        return result

    async def _match_and_commit(self, batch: _Batch, lease: Lease | None) -> IngestResult:
        """Match the items, then commit the batch. Repeat both if the topics have changed."""
        items = [replace(item, source_names=batch.watched.names) for item in batch.polled.items]
        tokenised, terms_by_key = await self._read_items(items)
        while True:
            async with self._database.reading() as connection:
                await self._matcher.sync(connection)
            await self._report_unreadable()
            revision, matches = await self._matcher.match(tokenised)
            matches_by_key = dict(zip((item.key for item in items), matches, strict=True))
            async with self._stories.transaction():
                await self._prepare_stories(items)
                async with self._database.writing() as connection:
                    if lease is not None and not await lease.verify(connection):
                        raise LeaseLostError(lease.name)
                    # The lock keeps the revision until the commit: a new topic matches the next item.
                    if await lock_revision_shared(connection) != revision:
                        continue
                    if not await self._update_pending(connection, batch):
                        return IngestResult(0, 0)
                    return await self._write(connection, batch, items, matches_by_key, terms_by_key)

    async def _report_unreadable(self) -> None:
        """Send one notice about each topic that the matcher could not read."""
        unreadable = dict(self._matcher.unreadable)
        if not unreadable:
            return
        async with self._database.writing() as connection:
            await report_unreadable(connection, unreadable, now=self._clock())
        # Only after the commit: if it fails, the next poll reports the topics.
        self._matcher.clear_unreadable(list(unreadable))

    async def _read_items(
        self, items: Sequence[Item]
    ) -> tuple[list[TokenisedItem], dict[str, str]]:
        """Return the words of each item, and its search terms by key."""

        def read() -> tuple[list[TokenisedItem], dict[str, str]]:
            tokenised = [TokenisedItem(item) for item in items]
            make = self._term_maker.make
            return tokenised, {item.item.key: stored_terms(make(item)) for item in tokenised}

        is_short = sum(item.length for item in items) <= _INLINE_READ_MAX_CHARS
        return read() if is_short else await asyncio.to_thread(read)

    async def _prepare_stories(self, items: Sequence[Item]) -> None:
        """Load the stories of other processes before the transaction, which holds a lock."""
        if not items:
            return
        async with self._database.reading() as connection:
            await self._stories.sync(connection, now=self._clock())
        await self._stories.compute_signatures(items)

    async def _update_pending(self, connection: Transaction, batch: _Batch) -> bool:
        """Write which items wait for their full text. Return False if the batch is outdated."""
        if batch.enriched is not None:
            # The entry may have changed while its page was fetched. The new version is pending.
            return await delete_pending(connection, batch.enriched)
        if batch.has_pending:
            source_id = batch.watched.id
            hosts = [(item, url_host(item.url or "")) for item in batch.new_pending]
            await queue_pending(connection, source_id, hosts, now=self._clock())
            ready_keys = (item.key for item in batch.polled.items)
            await delete_superseded(connection, source_id, ready_keys)
            if batch.new_pending and batch.polled.due_at is not None:
                await touch_news_at(connection, source_id, now=self._clock())
        return True

    async def _write(
        self,
        connection: Transaction,
        batch: _Batch,
        items: Sequence[Item],
        matches_by_key: Mapping[str, Matches],
        terms_by_key: Mapping[str, str],
    ) -> IngestResult:
        now, watched, polled = self._clock(), batch.watched, batch.polled
        await write_cursor(connection, watched.id, polled.cursor)
        await record_poll(connection, watched.id, now=now)
        saved = await self._save_items(connection, watched, items, terms_by_key, now=now)
        with_new_topics = await replace_matches(connection, saved, matches_by_key)
        news_ids = {row.id for row in saved if self._is_news(row.item, batch, now=now)}
        to_announce = [item_id for item_id in with_new_topics if item_id in news_ids]
        await queue_fan_out(connection, to_announce)
        if watched.is_baselined:
            changed_stories = {row.story_id for row in saved if row.retitled or row.joins}
            await queue_edits(connection, changed_stories)
        elif batch.is_complete:
            await complete_initial_import(connection, watched.id, now=now)
        if polled.due_at is not None:
            await record_poll_success(
                connection, watched.id, polled, now=now, item_count=len(saved)
            )
        new_keys = [row.item.key for row in saved if row.is_new]
        return IngestResult(
            saved=len(saved),
            announced=len(to_announce),
            new=len(new_keys),
            matches=sum(len(matches_by_key[key].topic_ids) for key in new_keys),
        )

    def _is_news(self, item: Item, batch: _Batch, *, now: datetime) -> bool:
        """Return True if an item is alerted, and False if it is only stored."""
        watched = batch.watched
        if not watched.is_baselined and item.key not in batch.polled.news_keys:
            return False
        # A document that a user puts into the folder is news, whatever its date.
        if watched.source.kind != FEED or self._news_max_age is None or item.published is None:
            return True
        return now - item.published <= self._news_max_age

    async def _save_items(
        self,
        connection: Transaction,
        watched: WatchedSource,
        items: Sequence[Item],
        terms_by_key: Mapping[str, str],
        *,
        now: datetime,
    ) -> list[SavedItem]:
        """Write the items with their search terms and stories. Return the new and changed ones."""
        if not items:
            return []

        async def assign(new: Sequence[NewItem]) -> Assignment:
            # Other processes wait for the lock on stories, and the search index takes the most time.
            terms = [(row.id, terms_by_key[row.item.key]) for row in new]
            await index_items(connection, terms, are_new=True)
            return await self._stories.assign(connection, [row.item for row in new], now=now)

        await lock_source(connection, watched.id)
        saved = await save_items(connection, watched.id, items, assign, now=now)
        changed = [(row.id, terms_by_key[row.item.key]) for row in saved if not row.is_new]
        await index_items(connection, changed)
        return saved
