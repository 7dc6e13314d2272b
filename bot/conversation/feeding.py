"""Feeds in chat: /feeds, and following a source whole by its address.

/feeds                   ──► the list, with health
/feeds add bbc.com       ──► one feed: added · several: a choice of buttons
/feeds pause|resume|remove|check N
/subscribe https://…     ──► the feed is added, and the chat follows ``source:"its title"``
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from bot.clock import Clock
from bot.conversation.access import Access
from bot.conversation.card import Action, Button, Card, Line, code, dim, line, say, strong
from bot.conversation.commands import Answer
from bot.conversation.request import Request
from bot.conversation.times import age, plural
from bot.errors import MisuseError
from bot.store.feeds import FeedRow
from bot.store.tables import DEAD, ENDED, PAUSED
from watchers.sources.addresses import show
from watchers.sources.found import FoundFeed

_MOST_SHOWN: Final = 30  # feeds in one list: what a screen holds
_MOST_CHOICES: Final = 8
_VERBS: Final = ("add", "remove", "pause", "resume", "check", "list")


@dataclass(frozen=True, slots=True)
class Added:
    """A feed that is followed; ``items`` of it are known."""

    feed: FeedRow
    is_new: bool
    items: int


@dataclass(frozen=True, slots=True)
class Choice:
    """Several feeds were found; somebody has to say which."""

    found: tuple[FoundFeed, ...]


class Feeds(Protocol):
    """What can be done with the list of feeds: bot/feed_list.py."""

    async def add(self, address: str) -> Added | Choice:
        """Follow what ``address`` leads to. Raises MisuseError where that is nothing."""

    async def listed(self) -> list[FeedRow]:
        """Every feed."""

    async def find(self, text: str) -> FeedRow:
        """The feed a person means. Raises MisuseError."""

    async def remove(self, feed: FeedRow) -> None:
        """Follow it no more."""

    async def pause(self, feed: FeedRow) -> None:
        """Ask it no more for now."""

    async def check(self, feeds: Sequence[FeedRow] | None) -> int:
        """Ask now."""


class Feeding:
    """The use cases around feeds."""

    def __init__(self, feeds: Feeds, clock: Clock, access: Access, subscribe: Answer) -> None:
        self._feeds = feeds
        self._access = access
        self._clock = clock
        self._subscribe = subscribe

    async def feeds(self, request: Request) -> list[Card]:
        """/feeds, with or without something to do."""
        verb, _, rest = request.argument.partition(" ")
        rest = rest.strip()
        match verb.lower():
            case "" | "list":
                return [await self._list()]
            case "add":
                return [await self._add(rest)]
            case "check":
                return [await self._check(rest)]
            case "remove" | "pause" | "resume" if rest:
                if not self._access.is_operator(request.ref, request.by):
                    raise MisuseError("feeds are everybody's: only those who run Tocsin do that")
                return [await self._change(verb.lower(), rest)]
            case _ if _is_address(verb):
                return [await self._add(request.argument)]
            case _:
                raise MisuseError(f"/feeds takes {', '.join(_VERBS)}, and a number or an address")

    async def add(self, request: Request) -> list[Card]:
        """The feed that was chosen."""
        return [await self._add(request.argument)]

    async def subscribe(self, request: Request) -> list[Card]:
        """Follow a topic, or the source whose address it is."""
        if is_link(request.argument):
            return await self.follow(request)
        return await self._subscribe(request)

    async def follow(self, request: Request) -> list[Card]:
        """Follow a whole source by its address: everything that it brings."""
        added = await self._feeds.add(request.argument)
        if isinstance(added, Choice):
            return [_choice(added, "follow_source")]
        topic = f'source:"{_in_quotes(added.feed.name)}"'
        answer = await self._subscribe(Request(request.ref, topic, request.by, request.attachments))
        return [say(_added_line(added)), *answer]

    async def _add(self, address: str) -> Card:
        if not address:
            raise MisuseError("/feeds add takes an address, such as bbc.com or a feed's own")
        added = await self._feeds.add(address)
        return _choice(added, "add_feed") if isinstance(added, Choice) else say(_added_line(added))

    async def _check(self, name: str) -> Card:
        if name and name.lower() != "all":
            feed = await self._feeds.find(name)
            await self._feeds.check([feed])
            return say(f"{feed.name} is asked now.")
        asked = await self._feeds.check(None)
        return say(f"{plural(asked, 'feed')} will be asked now, each host in its turn.")

    async def _change(self, verb: str, name: str) -> Card:
        feed = await self._feeds.find(name)
        if verb == "remove":
            await self._feeds.remove(feed)
            return say(f"{feed.name} is not followed any more. What it brought stays known.")
        if verb == "pause":
            await self._feeds.pause(feed)
            return say(line(f"{feed.name} is paused. ", code(f"/feeds resume {feed.id}")))
        await self._feeds.check([feed])
        return say(f"{feed.name} is asked again, from now on.")

    async def _list(self) -> Card:
        feeds = await self._feeds.listed()
        if not feeds:
            return say(
                line("No feeds yet. ", code("/feeds add ADDRESS"), " takes a site, a feed,"),
                line("a YouTube channel, a subreddit or a Mastodon profile."),
            )
        now = self._clock()
        failing = [one for one in feeds if one.problem]
        shown = [*failing, *(one for one in feeds if not one.problem)][:_MOST_SHOWN]
        lines: list[Line] = [line(strong(plural(len(feeds), "feed")))]
        lines += [
            line(f"{one.id}. {one.name}", dim(f"  {health(one, age(one.news_at, now))}"))
            for one in shown
        ]
        if len(feeds) > len(shown):
            lines.append(line(dim(f"… and {len(feeds) - len(shown):,} more, all well")))
        return say(*lines)


def health(feed: FeedRow, last_news: str) -> str:
    """How a feed fares, in a few words."""
    if feed.state == PAUSED:
        return "paused"
    if feed.state == ENDED:
        return f"gone for good: {feed.problem}"
    if feed.problem:
        kind = "dead" if feed.state == DEAD else f"failed {feed.failures} times"
        return f"{kind}: {feed.problem}"
    if feed.polled_at is None:
        return "not asked yet"
    every = f", asked every {_length(feed.interval)}" if feed.interval else ""
    return f"news {last_news}{every}" if last_news else f"no news yet{every}"


def _length(seconds: float) -> str:
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 120 else f"{round(minutes / 60)} h"  # noqa: PLR2004


def _added_line(added: Added) -> Line:
    feed = added.feed
    if feed.problem:
        return line(strong(feed.name), f" was added, but cannot be read: {feed.problem}")
    said = "now followed" if added.is_new else "followed already"
    known = f"; {plural(added.items, 'item')} known, and what is new from now on is news"
    return line(strong(feed.name), f" is {said}{known if added.is_new else ''}.")


def _choice(choice: Choice, verb: str) -> Card:
    found = choice.found[:_MOST_CHOICES]
    lines = [line(f"There are {len(choice.found)} feeds there. Which one?")]
    lines += [line(one.title or show(one.url), dim(f"  {show(one.url)}")) for one in found]
    buttons = tuple(
        Button((one.title or show(one.url))[:40], Action(verb, one.url)) for one in found
    )
    return say(*lines, buttons=buttons, asks=True)


def _in_quotes(text: str) -> str:
    return " ".join(text.replace('"', " ").split())


def _is_address(text: str) -> bool:
    return "://" in text or ("." in text.strip(".") and " " not in text)


def is_link(text: str) -> bool:
    """Whether a topic is an address: then it is a source that is meant."""
    return text.strip().lower().startswith(("http://", "https://", "feed:")) and " " not in text
