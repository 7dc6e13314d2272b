"""The list of feeds, and what people do with it, in chat and on the command line.

address ──► discover ──► one: added, looked at once, its items known
                    └──► several: a choice
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from bot.clock import Clock
from bot.conversation.feeding import Added, Choice
from bot.errors import MisuseError
from bot.feed_watch import FeedWatch, FeedWorld
from bot.store import Database
from bot.store.feeds import (
    LEASE,
    FeedRow,
    NewFeed,
    add_feed,
    ask_now,
    list_feeds,
    one_feed,
    pause_feed,
    remove_feed,
)
from bot.store.items import count_items_of
from watchers import SourceError
from watchers.sources.addresses import host_of, show
from watchers.sources.discovery import discover
from watchers.sources.found import FoundFeed
from watchers.sources.opml import ListedFeed

_PAGE: Final = 100  # feeds added in one transaction


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
            return Added(known, is_new=False, items=await self._count(known))
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
            raise MisuseError(str(error)) from error

    async def look(self, feed: FeedRow) -> FeedRow:
        """Ask a feed right here and now; how it stands then."""
        await self._watch.ask(feed)
        async with self._database.reading() as connection:
            return await one_feed(connection, feed.id) or feed

    async def add_found(self, found: FoundFeed) -> Added:
        """Follow this feed, and look at it once, so that its title and its items are known."""
        now = self._clock()
        async with self._database.writing() as connection:
            feed, is_new = await add_feed(
                connection,
                NewFeed(found.url, host_of(found.url), found.title),
                now=now,
                due=now + LEASE,  # it is looked at right here
            )
        if is_new:
            feed = await self.look(feed)
            self._on_change()
        return Added(feed, is_new=is_new, items=await self._count(feed))

    async def add_listed(self, feeds: Iterable[ListedFeed], *, again: bool = True) -> Imported:
        """Follow all of these, without asking any of them now: they come in their turn.

        ``again``: those that somebody removed, too.
        """
        listed = list(feeds)
        added: list[ListedFeed] = []
        for first in range(0, len(listed), _PAGE):
            async with self._database.writing() as connection:
                for one in listed[first : first + _PAGE]:
                    new = NewFeed(one.url, host_of(one.url), one.title, one.tags)
                    _, is_new = await add_feed(connection, new, now=self._clock(), again=again)
                    if is_new:
                        added.append(one)
        self._on_change()
        return Imported(tuple(added), len(listed) - len(added))

    async def listed(self) -> list[FeedRow]:
        """Every feed that is followed."""
        async with self._database.reading() as connection:
            return await list_feeds(connection)

    async def find(self, text: str) -> FeedRow:
        """The feed with this number, address or title.

        Raises:
            MisuseError: there is none, or more than one.
        """
        feeds = await self.listed()
        wanted = text.strip().casefold()
        if wanted.isdecimal():
            feeds = [one for one in feeds if str(one.id) == wanted]
        exact = [
            one
            for one in feeds
            if wanted in {str(one.id), one.address.casefold(), one.title.casefold()}
        ]
        near = exact or [
            one for one in feeds if wanted and wanted in f"{one.title} {one.address}".casefold()
        ]
        if not near:
            raise MisuseError(f"no feed is called “{text}”; /feeds lists those there are")
        if len(near) > 1:
            names = ", ".join(f"{one.id} {one.name}" for one in near[:5])
            raise MisuseError(f"“{text}” may be {names}; say the number")
        return near[0]

    async def remove(self, feed: FeedRow) -> None:
        """Follow it no more; what it brought stays known."""
        async with self._database.writing() as connection:
            await remove_feed(connection, feed.id)

    async def pause(self, feed: FeedRow) -> None:
        """Ask it no more until it is resumed."""
        async with self._database.writing() as connection:
            await pause_feed(connection, feed.id)

    async def check(self, feeds: Sequence[FeedRow] | None) -> int:
        """Ask these feeds (``None``: all) as soon as their hosts allow; how many."""
        ids = None if feeds is None else [one.id for one in feeds]
        async with self._database.writing() as connection:
            asked = await ask_now(connection, ids, now=self._clock())
        self._on_change()
        return asked

    async def _named(self, address: str) -> FeedRow | None:
        wanted = address.strip()
        return next((one for one in await self.listed() if one.address == wanted), None)

    async def _count(self, feed: FeedRow) -> int:
        async with self._database.reading() as connection:
            return await count_items_of(connection, feed.id)


def shown(feed: FeedRow) -> str:
    """A feed's address as it may be shown."""
    return show(feed.address)


def _is_one_of(found: Sequence[FoundFeed], address: str) -> bool:
    return found[0].url.rstrip("/") == address.strip().rstrip("/")
