"""Ingest: what one poll brought, into the store, in one transaction.

    Polled ──► match ──► ┌─ one transaction ──────────────────────────────┐
                 ▲       │ stories · items · matches · fanouts · cursor   │
            topics moved?└────────────────────────────────────────────────┘

An item that says too little to be matched waits for the page of its article (page_watch.py), if that is
wished: it is committed with the cursor too, and comes here once more.

Items and cursor are committed together: what is marked as read has been handed on, always. The text is
matched before the transaction, which therefore never waits for the processor; should the topics have
moved in between, the match is done again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

from bot.clock import Clock
from bot.errors import LeaseLost
from bot.matcher import Matcher
from bot.store import Database, Transaction
from bot.store.feed_looks import note_news, record_look
from bot.store.feeds import FEED
from bot.store.items import SavedItem, save_items
from bot.store.matches import announce, matched_topics, write_matches
from bot.store.retellings import retell
from bot.store.search import index_terms
from bot.store.sources import WatchedSource, finish_baseline, record_poll, write_cursor
from bot.store.stories import open_stories
from bot.store.thin_items import ThinItem, drop_thin, forget_thin, queue_thin
from bot.store.topics import hold_revision
from bot.store.unreadable import report_unreadable
from bot.stories import Stories
from bot.telemetry import SILENT, Telemetry
from watchers import Item, Matches, Polled
from watchers.fetching.addresses import host_of
from watchers.sources.thin import is_thin
from watchers.topics.candidates import terms_of

MAX_FAILURES: Final = 3
"""Polls that fail to be ingested in a row before the process counts as not ready."""

FAILING_FOR: Final = timedelta(minutes=5)
"""After the last failure: a process that ingests nothing since then, such as after the loss of its
lease, is ready again."""

Fence = Callable[[Transaction], Awaitable[None]]
"""Raises `LeaseLost` where another process has the source by now; holds it until the commit otherwise."""

First = Callable[[Transaction], Awaitable[bool]]
"""What is written first, in the same transaction; where it says no, nothing else is."""


async def no_fence(_connection: Transaction) -> None:
    """Nobody else can have it."""


@dataclass(frozen=True, slots=True)
class Ingested:
    """What became of a poll: rows that are new or changed, and how many of them go to people."""

    saved: int
    announced: int
    new: int = 0
    matches: int = 0  # of the new ones with topics


class Ingest:
    """Writes polls to the store.

    ``thin`` is the number of characters below which a feed's item waits for its page; 0: none does.
    """

    def __init__(
        self,
        database: Database,
        matcher: Matcher,
        clock: Clock,
        telemetry: Telemetry = SILENT,
        *,
        thin: int = 0,
    ) -> None:
        self._telemetry = telemetry
        self._thin = thin
        self._stories = Stories()
        self._database = database
        self._matcher = matcher
        self._clock = clock
        self._failures = 0
        self._problem = ""
        self._failed_at = datetime.min.replace(tzinfo=UTC)

    def failing(self) -> str | None:
        """Return why ingest keeps failing, or ``None`` where the last polls were ingested."""
        is_recent = self._clock() - self._failed_at < FAILING_FOR
        if self._failures < MAX_FAILURES or not is_recent:
            return None
        last = f"last with {self._problem}; the log says more"
        return f"ingest failed {self._failures:,} times in a row, {last}"

    async def take(
        self,
        watched: WatchedSource,
        polled: Polled,
        *,
        complete: bool,
        fence: Fence = no_fence,
    ) -> Ingested:
        """Commit what ``polled`` brought; ``complete`` ends the source's first reading.

        What a source brings in its first reading is known from then on, and no news.

        Raises:
            StoreError: nothing was written; the same poll may be given again.
            LeaseLost: nothing was written; the source is read by another process now.
        """
        waits = watched.is_baselined and watched.source.kind == FEED
        thin: list[Item] = []
        rest: list[Item] = []
        for item in polled.items:
            (thin if waits and is_thin(item, self._thin) else rest).append(item)

        async def queue(connection: Transaction) -> bool:
            if not waits:
                return True
            hosts = [(item, host_of(item.url or "")) for item in thin]
            await queue_thin(connection, watched.id, hosts, now=self._clock())
            await forget_thin(connection, watched.id, (item.key for item in rest))
            if thin and polled.due is not None:
                await note_news(connection, watched.id, now=self._clock())
            return True

        matched_now = replace(polled, items=tuple(rest))
        return await self._counted(watched, matched_now, queue, complete=complete, fence=fence)

    async def take_thin(self, thin: ThinItem, item: Item) -> Ingested:
        """Commit an item that waited for its page, as ``item``; not if it came anew meanwhile.

        Raises:
            StoreError: nothing was written; it waits on.
        """
        return await self._counted(
            thin.watched, Polled(items=(item,)), partial(drop_thin, thin=thin), complete=False
        )

    async def _counted(
        self,
        watched: WatchedSource,
        polled: Polled,
        first: First,
        *,
        complete: bool,
        fence: Fence = no_fence,
    ) -> Ingested:
        kind = watched.source.kind
        with self._telemetry.tracer.span("ingest", kind=kind, found=len(polled.items)) as span:
            try:
                done = await self._take(watched, polled, first, complete=complete, fence=fence)
            except LeaseLost:
                raise  # another process ingests the source
            except Exception as error:
                self._failures += 1
                self._failed_at = self._clock()
                # Not the message: /readyz asks for no token, and a message may hold a text.
                self._problem = type(error).__name__
                raise
            self._failures, self._problem = 0, ""
            span.note(new=done.new, matches=done.matches)
        self._telemetry.counts.ingested(kind, items=done.new, matches=done.matches)
        return done

    async def _take(
        self,
        watched: WatchedSource,
        polled: Polled,
        first: First,
        *,
        complete: bool,
        fence: Fence,
    ) -> Ingested:
        named = (replace(item, source_names=watched.names) for item in polled.items)
        polled = replace(polled, items=tuple(named))
        while True:
            async with self._database.reading() as connection:
                await self._matcher.follow(connection)
            await self._report_unreadable()
            revision, found = await self._matcher.match(polled.items)
            matched = dict(zip((item.key for item in polled.items), found, strict=True))
            terms = await asyncio.to_thread(_terms, polled.items)
            async with self._stories.turn():
                await self._catch_up(polled)
                async with self._database.writing() as connection:
                    await fence(connection)
                    # A topic followed a moment ago matches the very next item.
                    if await hold_revision(connection) != revision:
                        continue
                    if not await first(connection):
                        return Ingested(0, 0)
                    return await self._write(
                        connection, watched, polled, matched, terms, complete=complete
                    )

    async def _report_unreadable(self) -> None:
        """Send one notice about each topic that the matcher could not read."""
        unreadable = dict(self._matcher.unreadable)
        if not unreadable:
            return
        async with self._database.writing() as connection:
            await report_unreadable(connection, unreadable, now=self._clock())
        # Only after the commit: a failure is reported by the next poll.
        self._matcher.reported(list(unreadable))

    async def _catch_up(self, polled: Polled) -> None:
        """Know the stories of what others brought, before the transaction has to."""
        if not polled.items:
            return
        async with self._database.reading() as connection:
            await self._stories.follow(connection, now=self._clock())
        await self._stories.read(polled.items)

    async def _write(
        self,
        connection: Transaction,
        watched: WatchedSource,
        polled: Polled,
        matched: Mapping[str, Matches],
        terms: Mapping[str, Sequence[str]],
        *,
        complete: bool,
    ) -> Ingested:
        now = self._clock()
        saved = await self._save(connection, watched, polled.items, now=now)
        await index_terms(connection, [(one.id, terms[one.item.key]) for one in saved])
        news = await _write_matches(connection, saved, matched)
        if watched.is_baselined:
            await announce(connection, news)
            await retell(connection, {one.story_id for one in saved if one.retitled or one.joins})
        elif complete:
            await finish_baseline(connection, watched.id, now=now)
        await write_cursor(connection, watched.id, polled.cursor)
        await record_poll(connection, watched.id, now=now)
        if polled.due is not None:
            await record_look(connection, watched.id, polled, now=now, brought=len(saved))
        new = [one.item.key for one in saved if one.is_new]
        return Ingested(
            len(saved),
            len(news) if watched.is_baselined else 0,
            len(new),
            sum(len(matched[key].topic_ids) for key in new),
        )

    async def _save(
        self,
        connection: Transaction,
        watched: WatchedSource,
        found: Sequence[Item],
        *,
        now: datetime,
    ) -> list[SavedItem]:
        if not found:
            return []
        await self._stories.hold(connection, now=now)
        last = self._stories.last

        async def assign(new: Sequence[Item]) -> list[int]:
            numbers = await self._stories.assign(new, now=now)
            await open_stories(connection, {one for one in numbers if one > last}, now=now)
            return numbers

        saved = await save_items(connection, watched.id, found, assign, now=now)
        self._stories.noted([one.id for one in saved])
        return [
            replace(one, joins=one.is_new and not one.returned and one.story_id <= last)
            for one in saved
        ]


def _terms(found: Sequence[Item]) -> dict[str, Sequence[str]]:
    return {item.key: terms_of(item) for item in found}


async def _write_matches(
    connection: Transaction, saved: list[SavedItem], matched: Mapping[str, Matches]
) -> list[int]:
    """Note what the items are about; those that are about a topic they were not about before.

    What has come back after it was deleted for its age is not among them.
    """
    if not saved:
        return []
    before = await matched_topics(connection, (one.id for one in saved))
    found = {one.id: matched[one.item.key] for one in saved}
    await write_matches(connection, found)
    returned = {one.id for one in saved if one.returned}
    return [
        item_id
        for item_id, matches in found.items()
        if item_id not in returned and not before.get(item_id, set()).issuperset(matches.topic_ids)
    ]
