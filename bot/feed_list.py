"""The list of feeds, and what people do with it, in chat and on the command line.

address ──► discover ──► one: added, looked at once, its items known
                    └──► several: a choice
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from bot.clock import Clock
from bot.conversation.feeding import Added, Choice, Overview, TakenFeeds
from bot.errors import MisuseError
from bot.feed_look import FeedWorld
from bot.feed_watch import FeedWatch
from bot.store import Database
from bot.store.feed_queue import LEASE
from bot.store.feeds import (
    FeedRow,
    NewFeed,
    add_feed,
    ask_now,
    count_feeds,
    feed_names,
    find_feed,
    has_namesakes,
    list_feeds,
    one_feed,
    pause_feed,
    remove_feed,
    resume_feed,
    some_feeds,
)
from bot.store.items import count_items_of
from bot.store.tables import ENDED, PAUSED
from watchers import DocumentError, SourceError
from watchers.fetching.addresses import host_of, show
from watchers.sources.discovery import discover
from watchers.sources.found import FoundFeed
from watchers.sources.opml import ListedFeed, load_opml, write_opml

MOST_SHOWN: Final = 30
"""Feeds in one list: what a screen holds."""

_PAGE: Final = 100  # feeds added in one transaction
_LISTED: Final = 1_000  # feeds read at once
_MOST_NAMED: Final = 5  # feeds that one name may mean, told by name
_REST: Final = timedelta(minutes=1)  # a feed that was asked just now is not asked again by hand


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a list: feeds that are new, and how many were followed already."""

    added: tuple[ListedFeed, ...]
    known: int


class FeedList:
    """Adds, lists, pauses and removes feeds."""

    def __init__(
        self,
        database: Database,
        world: FeedWorld,
        watch: FeedWatch,
        clock: Clock,
        *,
        on_change: Callable[[], None] = lambda: None,
    ) -> None:
        self._database = database
        self._world = world
        self._watch = watch
        self._clock = clock
        self._on_change = on_change

    async def add(self, address: str) -> Added | Choice:
        """Follow what ``address`` leads to: a feed, a site, a channel, a profile.

        Raises:
            MisuseError: nothing to follow was found there, or it cannot be reached.
        """
        known = await self._named(address)
        if known is not None:
            return await self._added(known, is_new=False)
        found = await self.discover(address)
        news = [one for one in found if one.kind != "comments"] or list(found)
        if len(news) > 1 and not _is_one_of(news, address):
            return Choice(tuple(news))
        return await self.add_found(news[0])

    async def discover(self, address: str) -> tuple[FoundFeed, ...]:
        """The feeds that ``address`` leads to, the likeliest first.

        Raises:
            MisuseError: there are none, or it cannot be reached.
        """
        world = self._world
        try:
            return await discover(address, world.fetch, world.isolation, now=self._clock())
        except SourceError as error:
            reason = getattr(error, "reason", error)
            raise MisuseError(f"nothing to follow at {show(address)}: {reason}") from error

    async def look(self, feed: FeedRow) -> FeedRow:
        """Ask a feed right here and now, if its host allows; how it stands then.

        Raises:
            MisuseError: it is paused, or gone for good; or it turns out to be one that is followed.
        """
        _is_asked(feed)
        if not await self._watch.visit(feed):
            await self._due_now(feed)
        async with self._database.reading() as connection:
            now = await one_feed(connection, feed.id)
        if now is None:
            raise MisuseError(
                f"{feed.name} has moved to where another feed is followed already:"
                " that one stands for both now"
            )
        return now

    async def add_found(self, found: FoundFeed) -> Added:
        """Follow this feed, and look at it once, so that its title and its items are known."""
        now = self._clock()
        async with self._database.writing() as connection:
            feed, is_new = await add_feed(
                connection,
                _new(found.url, found.title),
                now=now,
                due=now + LEASE,  # it is looked at right here
            )
        if is_new:
            feed = await self.look(feed)
            self._on_change()
        return await self._added(feed, is_new=is_new)

    async def add_listed(self, feeds: Iterable[ListedFeed], *, again: bool = True) -> Imported:
        """Follow all of these, without asking any of them now: they come in their turn.

        ``again``: those that somebody removed, too.
        """
        listed = list(feeds)
        added: list[ListedFeed] = []
        for first in range(0, len(listed), _PAGE):
            async with self._database.writing() as connection:
                for one in listed[first : first + _PAGE]:
                    new = _new(one.url, one.title, one.tags)
                    _, is_new = await add_feed(connection, new, now=self._clock(), again=again)
                    if is_new:
                        added.append(one)
        self._on_change()
        return Imported(tuple(added), len(listed) - len(added))

    async def as_opml(self) -> bytes:
        """Every feed that is followed, as OPML."""
        found = [ListedFeed(one.address, one.title, one.tags) async for one in self.listed()]
        return await asyncio.to_thread(write_opml, found, title="Tocsin")

    async def take_opml(self, data: bytes) -> TakenFeeds:
        """Follow every feed of an OPML list.

        Raises:
            MisuseError: it is no such list.
        """
        try:
            listed = await load_opml(data, self._world.isolation)
        except DocumentError as error:
            raise MisuseError(f"the list cannot be read: {error.reason}") from error
        done = await self.add_listed(listed.feeds)
        return TakenFeeds(len(done.added), done.known, tuple(map(str, listed.problems)))

    async def overview(self) -> Overview:
        """How many feeds stand how, and some of them, those that fail first."""
        async with self._database.reading() as connection:
            counts = await count_feeds(connection)
            return Overview(counts, tuple(await some_feeds(connection, most=MOST_SHOWN)))

    async def listed(self) -> AsyncIterator[FeedRow]:
        """Every feed that is followed, in the order they were added."""
        after = 0
        while True:
            async with self._database.reading() as connection:
                page = await list_feeds(connection, most=_LISTED, after=after)
            for one in page:
                yield one
            if len(page) < _LISTED:
                return
            after = page[-1].id

    async def find(self, text: str) -> FeedRow:
        """The feed with this number, address or title.

        Raises:
            MisuseError: there is none, or more than one.
        """
        async with self._database.reading() as connection:
            names = await feed_names(connection)
        near = await asyncio.to_thread(_meant, names, text.strip().casefold())
        if not near:
            raise MisuseError(f"no feed is called “{text}”; /feeds lists those there are")
        async with self._database.reading() as connection:
            found = [await one_feed(connection, number) for number in near[:_MOST_NAMED]]
        feeds = [one for one in found if one is not None]
        if len(near) > 1 or not feeds:
            named = ", ".join(f"{one.id} {one.name}" for one in feeds)
            raise MisuseError(f"“{text}” may be {named}; say the number")
        return feeds[0]

    async def remove(self, feed: FeedRow) -> None:
        """Follow it no more; what it brought stays known."""
        async with self._database.writing() as connection:
            await remove_feed(connection, feed.id)

    async def pause(self, feed: FeedRow) -> None:
        """Ask it no more until it is resumed."""
        async with self._database.writing() as connection:
            await pause_feed(connection, feed.id)

    async def resume(self, feed: FeedRow) -> None:
        """Ask it again, from now on."""
        async with self._database.writing() as connection:
            await resume_feed(connection, feed.id, now=self._clock())
        self._on_change()

    async def check(self, feeds: Sequence[FeedRow] | None, *, again: bool = False) -> int:
        """Ask these feeds (``None``: all) as soon as their hosts allow; how many.

        Not those that were asked within the last minute, if not ``again``: no stranger's finger makes
        us rude.

        Raises:
            MisuseError: one of them is paused, or gone for good.
        """
        for one in feeds or ():
            _is_asked(one)
        now = self._clock()
        since = now if again else now - _REST
        ids = None if feeds is None else [one.id for one in feeds]
        async with self._database.writing() as connection:
            asked = await ask_now(connection, ids, now=now, not_since=since)
        self._on_change()
        return asked

    async def _due_now(self, feed: FeedRow) -> None:
        now = self._clock()
        async with self._database.writing() as connection:
            await ask_now(connection, [feed.id], now=now, not_since=now)

    async def _named(self, address: str) -> FeedRow | None:
        wanted = address.strip()
        async with self._database.reading() as connection:
            return await find_feed(connection, (wanted, *_twins(wanted)))

    async def _added(self, feed: FeedRow, *, is_new: bool) -> Added:
        async with self._database.reading() as connection:
            items = await count_items_of(connection, feed.id)
            return Added(feed, is_new, items, await has_namesakes(connection, feed))


def _is_asked(feed: FeedRow) -> None:
    if feed.state in {PAUSED, ENDED}:
        state = "paused" if feed.state == PAUSED else "gone for good"
        raise MisuseError(f"{feed.name} is {state}; /feeds resume {feed.id} asks it again")


def shown(feed: FeedRow) -> str:
    """A feed's address as it may be shown."""
    return show(feed.address)


def _is_one_of(found: Sequence[FoundFeed], address: str) -> bool:
    return found[0].url.rstrip("/") == address.strip().rstrip("/")


def _new(address: str, title: str = "", tags: tuple[str, ...] = ()) -> NewFeed:
    return NewFeed(address, host_of(address), title, tags, _twins(address))


def _twins(address: str) -> tuple[str, ...]:
    """Other spellings of an address under which the same feed may be followed already."""
    scheme, colon, rest = address.partition("://")
    if not colon:
        return ()
    other = rest.removesuffix("/") if rest.endswith("/") else f"{rest}/"
    schemes = {"http": "https", "https": "http"}
    swapped = schemes.get(scheme.lower(), scheme)
    return (f"{scheme}://{other}", f"{swapped}://{rest}", f"{swapped}://{other}")


def _meant(names: Sequence[tuple[int, str, str]], wanted: str) -> list[int]:
    """The numbers of the feeds that somebody may mean: by number, by the whole name, by a part."""
    if wanted.isdecimal():
        return [number for number, _, _ in names if str(number) == wanted]
    exact = [
        number
        for number, title, address in names
        if wanted in {title.casefold(), address.casefold()}
    ]
    return exact or [
        number
        for number, title, address in names
        if wanted and wanted in f"{title} {address}".casefold()
    ]
