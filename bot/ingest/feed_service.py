"""Manage the list of feeds for the chat commands and the command line.

address ──► discover ──► one feed: add it, poll it once, store its items
                    └──► several feeds: the user chooses
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from bot.errors import UserError
from bot.ingest.feed_poll import FeedPollContext
from bot.ingest.feed_poller import FeedPoller
from bot.ingest.feed_types import FeedAdded, FeedChoices, FeedOverview, OpmlImportResult
from bot.runtime.clock import Clock
from bot.store import Database
from bot.store.feeds.feed_queue import HOST_LEASE
from bot.store.feeds.feeds import (
    FeedRow,
    NewFeed,
    add_feed,
    count_feeds,
    find_feed,
    get_feed,
    is_title_ambiguous,
    list_feed_names,
    list_feeds,
    list_feeds_by_health,
    pause_feed,
    remove_feed,
    resume_feed,
    schedule_now,
)
from bot.store.items.items import count_items_of_source
from bot.store.tables import ENDED, PAUSED
from watchers import DocumentError, SourceError
from watchers.fetching.addresses import display_url, public_url, url_host
from watchers.sources.discovery import discover
from watchers.sources.feed_ranking import DiscoveredFeed
from watchers.sources.opml import ListedFeed, load_opml, write_opml

MAX_LISTED_FEEDS: Final = 30
"""Feeds in one overview: they fit on a screen."""

_ADD_BATCH_SIZE: Final = 100
_READ_BATCH_SIZE: Final = 1_000
_MAX_NAMED_FEEDS: Final = 5
# Manual polls of a feed are limited to one per minute.
_RECHECK_INTERVAL: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class FeedImportResult:
    """The new feeds of a list, and the number of its feeds that were in the store already."""

    added: tuple[ListedFeed, ...]
    existing: int


class FeedService:
    """Adds, lists, pauses and removes feeds."""

    def __init__(
        self,
        database: Database,
        context: FeedPollContext,
        poller: FeedPoller,
        clock: Clock,
        *,
        on_change: Callable[[], None] = lambda: None,
    ) -> None:
        self._database = database
        self._context = context
        self._poller = poller
        self._clock = clock
        self._on_change = on_change

    # ── adding feeds ──────────────────────────────────────────────────────────────────────────────

    async def add(self, address: str) -> FeedAdded | FeedChoices:
        """Add the feed at ``address``: the address of a feed, a site, a channel or a profile.

        Raises:
            UserError: no feed was found, or the address cannot be reached.
        """
        existing = await self._find_by_address(address)
        if existing is not None:
            return await self._added_result(existing, is_new=False)
        discovered = await self.discover(address)
        feeds = [feed for feed in discovered if feed.kind != "comments"] or list(discovered)
        if len(feeds) > 1 and not _has_address(feeds[0], address):
            return FeedChoices(tuple(feeds))
        return await self.add_discovered(feeds[0])

    async def discover(self, address: str) -> tuple[DiscoveredFeed, ...]:
        """Return the feeds that ``address`` leads to, the most likely one first.

        Raises:
            UserError: no feed was found, or the address cannot be reached.
        """
        context = self._context
        try:
            return await discover(address, context.fetch, context.sandbox, now=self._clock())
        except SourceError as error:
            reason = getattr(error, "reason", error)
            raise UserError(f"cannot find a feed at {display_url(address)}: {reason}") from error

    async def add_discovered(self, discovered: DiscoveredFeed) -> FeedAdded:
        """Add a feed and poll it once, so that its title and its items are stored."""
        now = self._clock()
        async with self._database.writing() as connection:
            feed, is_new = await add_feed(
                connection,
                _new_feed(discovered.url, discovered.title),
                now=now,
                # This call polls the feed itself. The poller takes over if this process ends.
                due=now + HOST_LEASE,
            )
        if is_new:
            feed = await self.poll_now(feed)
            self._on_change()
        return await self._added_result(feed, is_new=is_new)

    async def add_many(
        self, feeds: Iterable[ListedFeed], *, restore_removed: bool = True
    ) -> FeedImportResult:
        """Add feeds without polling them now: the poller does that.

        ``restore_removed`` also adds feeds that a user removed.
        """
        listed = list(feeds)
        added: list[ListedFeed] = []
        for start in range(0, len(listed), _ADD_BATCH_SIZE):
            async with self._database.writing() as connection:
                for feed in listed[start : start + _ADD_BATCH_SIZE]:
                    new_feed = _new_feed(feed.url, feed.title, feed.tags)
                    _, is_new = await add_feed(
                        connection, new_feed, now=self._clock(), restore_removed=restore_removed
                    )
                    if is_new:
                        added.append(feed)
        self._on_change()
        return FeedImportResult(tuple(added), len(listed) - len(added))

    async def import_opml(self, data: bytes) -> OpmlImportResult:
        """Add the feeds of an OPML list.

        Raises:
            UserError: the data is not an OPML list.
        """
        try:
            listed = await load_opml(data, self._context.sandbox)
        except DocumentError as error:
            raise UserError(f"the list cannot be read: {error.reason}") from error
        imported = await self.add_many(listed.feeds)
        return OpmlImportResult(
            len(imported.added), imported.existing, tuple(map(str, listed.problems))
        )

    # ── reading the list ──────────────────────────────────────────────────────────────────────────

    async def export_opml(self, *, with_secrets: bool = False) -> bytes:
        """Return the feeds as an OPML list, with passwords in addresses only if requested."""
        feeds = [
            ListedFeed(
                feed.address if with_secrets else public_url(feed.address), feed.title, feed.tags
            )
            async for feed in self.iter_feeds()
        ]
        return await asyncio.to_thread(write_opml, feeds, title="Tocsin")

    async def overview(self) -> FeedOverview:
        """Return the number of feeds by state, and some feeds, failing ones first."""
        async with self._database.reading() as connection:
            counts = await count_feeds(connection)
            feeds = await list_feeds_by_health(connection, limit=MAX_LISTED_FEEDS)
        return FeedOverview(counts, tuple(feeds))

    async def iter_feeds(self) -> AsyncIterator[FeedRow]:
        """Yield every feed in the order in which they were added."""
        last_id = 0
        while True:
            async with self._database.reading() as connection:
                batch = await list_feeds(connection, limit=_READ_BATCH_SIZE, after=last_id)
            for feed in batch:
                yield feed
            if len(batch) < _READ_BATCH_SIZE:
                return
            last_id = batch[-1].id

    async def find(self, text: str) -> FeedRow:
        """Return the feed with this number, address or title.

        Raises:
            UserError: no feed matches, or more than one.
        """
        async with self._database.reading() as connection:
            names = await list_feed_names(connection)
        # Ten thousand names take some milliseconds, so the comparison runs in a thread.
        feed_ids = await asyncio.to_thread(_match_selector, names, text.strip().casefold())
        if not feed_ids:
            raise UserError(f"no feed matches “{text}”; send /feeds for the list")
        async with self._database.reading() as connection:
            rows = [await get_feed(connection, feed_id) for feed_id in feed_ids[:_MAX_NAMED_FEEDS]]
        feeds = [row for row in rows if row is not None]
        if len(feed_ids) > 1 or not feeds:
            options = ", ".join(f"{feed.id} {feed.name}" for feed in feeds)
            raise UserError(f"several feeds match “{text}”: {options}; use the number of the feed")
        return feeds[0]

    # ── changing feeds ────────────────────────────────────────────────────────────────────────────

    async def remove(self, feed: FeedRow) -> None:
        """Remove a feed from the list and keep its items."""
        async with self._database.writing() as connection:
            await remove_feed(connection, feed.id)

    async def pause(self, feed: FeedRow) -> None:
        """Stop polling a feed until it is resumed."""
        async with self._database.writing() as connection:
            await pause_feed(connection, feed.id)

    async def resume(self, feed: FeedRow) -> None:
        """Poll a feed again from now on."""
        async with self._database.writing() as connection:
            await resume_feed(connection, feed.id, now=self._clock())
        self._on_change()

    async def poll_now(self, feed: FeedRow) -> FeedRow:
        """Poll a feed now if its host allows it, else make it due. Return its new state.

        Raises:
            UserError: the feed is paused or gone, or it has moved to the address of another feed.
        """
        _require_active(feed)
        if not await self._poller.poll_now(feed):
            now = self._clock()
            async with self._database.writing() as connection:
                await schedule_now(connection, [feed.id], now=now, not_polled_since=now)
        async with self._database.reading() as connection:
            polled = await get_feed(connection, feed.id)
        if polled is None:
            raise UserError(
                f"{feed.name} has moved to the address of a feed that you already have;"
                " Tocsin now polls that feed for both"
            )
        return polled

    async def schedule_now(
        self, feeds: Sequence[FeedRow] | None, *, ignore_recheck_interval: bool = False
    ) -> int:
        """Make feeds (``None``: all feeds) due now. Return the number of these feeds.

        Feeds that were polled within the last minute are left out, unless
        ``ignore_recheck_interval`` is set: any
        user may call this, and their servers must not be polled more often.

        Raises:
            UserError: one of the feeds is paused or gone.
        """
        for feed in feeds or ():
            _require_active(feed)
        now = self._clock()
        not_since = now if ignore_recheck_interval else now - _RECHECK_INTERVAL
        feed_ids = None if feeds is None else [feed.id for feed in feeds]
        async with self._database.writing() as connection:
            count = await schedule_now(connection, feed_ids, now=now, not_polled_since=not_since)
        self._on_change()
        return count

    async def _find_by_address(self, address: str) -> FeedRow | None:
        stripped = address.strip()
        async with self._database.reading() as connection:
            return await find_feed(connection, (stripped, *_equivalent_addresses(stripped)))

    async def _added_result(self, feed: FeedRow, *, is_new: bool) -> FeedAdded:
        async with self._database.reading() as connection:
            items = await count_items_of_source(connection, feed.id)
            return FeedAdded(feed, is_new, items, await is_title_ambiguous(connection, feed))


def display_address(feed: FeedRow) -> str:
    """Return the address of a feed without passwords and tokens."""
    return display_url(feed.address)


def _require_active(feed: FeedRow) -> None:
    if feed.state in {PAUSED, ENDED}:
        state = "paused" if feed.state == PAUSED else "gone"
        raise UserError(f"{feed.name} is {state}; send /feeds resume {feed.id} to poll it again")


def _has_address(feed: DiscoveredFeed, address: str) -> bool:
    return feed.url.rstrip("/") == address.strip().rstrip("/")


def _new_feed(address: str, title: str = "", tags: tuple[str, ...] = ()) -> NewFeed:
    return NewFeed(address, url_host(address), title, tags, _equivalent_addresses(address))


def _equivalent_addresses(address: str) -> tuple[str, ...]:
    """Return the other spellings of an address: http or https, with or without a final slash."""
    scheme, separator, path = address.partition("://")
    if not separator:
        return ()
    other_path = path.removesuffix("/") if path.endswith("/") else f"{path}/"
    schemes = {"http": "https", "https": "http"}
    other_scheme = schemes.get(scheme.lower(), scheme)
    return (
        f"{scheme}://{other_path}",
        f"{other_scheme}://{path}",
        f"{other_scheme}://{other_path}",
    )


def _match_selector(names: Sequence[tuple[int, str, str]], selector: str) -> list[int]:
    """Return the IDs of feeds by number, else by complete name, else by a part of the name."""
    if selector.isdecimal():
        return [feed_id for feed_id, _, _ in names if str(feed_id) == selector]
    exact_matches = [
        feed_id
        for feed_id, title, address in names
        if selector in {title.casefold(), address.casefold()}
    ]
    return exact_matches or [
        feed_id
        for feed_id, title, address in names
        if selector and selector in f"{title} {address}".casefold()
    ]
