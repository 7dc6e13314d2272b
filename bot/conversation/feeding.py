"""Feeds in chat: /feeds, and following a source whole by its address.

/feeds                   ──► the list, with health
/feeds add bbc.com       ──► one feed: added · several: a choice of buttons
/feeds pause|resume|remove|check N
/subscribe https://…     ──► the feed is added, and the chat follows ``source:"its title"``, which goes on
                             to mean this feed whatever it is called later
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

from bot.clock import Clock
from bot.conversation.access import Access
from bot.conversation.card import Action, Button, Card, Line, code, dim, line, say, strong
from bot.conversation.commands import Answer, Command
from bot.conversation.request import Request
from bot.conversation.times import age, plural
from bot.errors import MisuseError
from bot.store.feeds import FeedRow
from bot.store.tables import DEAD, ENDED, PAUSED
from watchers.fetching.addresses import show
from watchers.sources.found import FoundFeed

_MOST_CHOICES: Final = 8
_LONGEST_NAME: Final = (
    80  # characters of a source in a topic: what an alert shows of it is not much more
)
_ILL: Final = {PAUSED: "paused", DEAD: "dead", ENDED: "gone"}
_VERBS: Final = ("add", "remove", "pause", "resume", "check", "list")


@dataclass(frozen=True, slots=True)
class Added:
    """A feed that is followed; ``items`` of it are known.

    ``has_namesakes``: by its title alone, other feeds may be meant as well.
    """

    feed: FeedRow
    is_new: bool
    items: int
    has_namesakes: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """Several feeds were found; somebody has to say which."""

    found: tuple[FoundFeed, ...]


@dataclass(frozen=True, slots=True)
class Overview:
    """How many feeds stand how, by state, and some of them, those that fail first."""

    counts: Mapping[str, int]
    feeds: tuple[FeedRow, ...]


@dataclass(frozen=True, slots=True)
class TakenFeeds:
    """What became of a list: how many are new, how many were known, and what is wrong with it."""

    added: int
    known: int
    problems: tuple[str, ...] = ()


class Feeds(Protocol):
    """What can be done with the list of feeds: bot/feed_list.py."""

    async def add(self, address: str) -> Added | Choice:
        """Follow what ``address`` leads to. Raises MisuseError where that is nothing."""

    async def overview(self) -> Overview:
        """Some of the feeds, and how many there are."""

    async def find(self, text: str) -> FeedRow:
        """The feed a person means. Raises MisuseError."""

    async def remove(self, feed: FeedRow) -> None:
        """Follow it no more."""

    async def pause(self, feed: FeedRow) -> None:
        """Ask it no more for now."""

    async def resume(self, feed: FeedRow) -> None:
        """Ask it again."""

    async def check(self, feeds: Sequence[FeedRow] | None, *, again: bool = False) -> int:
        """Ask now (``again``: those asked a moment ago, too); how many. Raises MisuseError."""

    async def as_opml(self) -> bytes:
        """Every feed that is followed, as a list that other readers take."""

    async def take_opml(self, data: bytes) -> TakenFeeds:
        """Follow every feed of such a list. Raises MisuseError where it is none."""


class Feeding:
    """The use cases around feeds."""

    def __init__(self, feeds: Feeds, clock: Clock, access: Access, subscribe: Answer) -> None:
        self._feeds = feeds
        self._access = access
        self._clock = clock
        self._subscribe = subscribe

    @property
    def commands(self) -> tuple[Command, ...]:
        """What people type, but /subscribe, which takes addresses here."""
        return (Command("feeds", self.feeds, "what is read", "[add ADDRESS]", ("sources",)),)

    @property
    def changes(self) -> Mapping[str, Answer]:
        """What buttons do."""
        return {"add_feed": self.add, "watch": self.follow}

    async def feeds(self, request: Request) -> list[Card]:
        """/feeds, with or without something to do."""
        verb, _, rest = request.argument.partition(" ")
        rest = rest.strip()
        match verb.lower():
            case "" | "list":
                return [await self._list()]
            case "add":
                return [await self._add(rest)]
            case "check" if rest and rest.lower() != "all":
                return [await self._check(rest, again=self._is_operator(request))]
            case "check":
                self._for_operators(request)
                return [await self._check_all()]
            case "remove" | "pause" | "resume" if rest:
                self._for_operators(request)
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
            return [_choice(added, "watch")]
        topic = replace(request, argument=f'source:"{_source_name(added)}"')
        return [say(_added_line(added)), *await self._subscribe(topic)]

    def _is_operator(self, request: Request) -> bool:
        return self._access.is_operator(request.ref, request.by)

    def _for_operators(self, request: Request) -> None:
        if not self._is_operator(request):
            raise MisuseError("feeds are everybody's: only those who run Tocsin do that")

    async def _add(self, address: str) -> Card:
        if not address:
            raise MisuseError("/feeds add takes an address, such as bbc.com or a feed's own")
        added = await self._feeds.add(address)
        return _choice(added, "add_feed") if isinstance(added, Choice) else say(_added_line(added))

    async def _check(self, name: str, *, again: bool) -> Card:
        feed = await self._feeds.find(name)
        if await self._feeds.check([feed], again=again):
            return say(f"{feed.name} is asked now.")
        return say(f"{feed.name} was asked a moment ago.")

    async def _check_all(self) -> Card:
        asked = await self._feeds.check(None, again=True)
        return say(f"{plural(asked, 'feed')} will be asked now, each host in its turn.")

    async def _change(self, verb: str, name: str) -> Card:
        feed = await self._feeds.find(name)
        if verb == "remove":
            await self._feeds.remove(feed)
            return say(f"{feed.name} is not followed any more. What it brought stays known.")
        if verb == "pause":
            await self._feeds.pause(feed)
            return say(line(f"{feed.name} is paused. ", code(f"/feeds resume {feed.id}")))
        await self._feeds.resume(feed)
        return say(f"{feed.name} is asked again, from now on.")

    async def _list(self) -> Card:
        overview = await self._feeds.overview()
        if not overview.feeds:
            return say(
                line("No feeds yet. ", code("/feeds add ADDRESS"), " takes a site, a feed,"),
                line("a YouTube channel, a subreddit or a Mastodon profile."),
            )
        now, many = self._clock(), sum(overview.counts.values())
        states = (
            f"{overview.counts[one]:,} {word}"
            for one, word in _ILL.items()
            if one in overview.counts
        )
        lines: list[Line] = [
            line(strong(plural(many, "feed")), *(dim(f", {one}") for one in states))
        ]
        lines += [
            line(f"{one.id}. {one.name}", dim(f"  {health(one, age(one.news_at, now))}"))
            for one in overview.feeds
        ]
        if many > len(overview.feeds):
            lines.append(line(dim(f"… and {many - len(overview.feeds):,} more")))
        return say(*lines)


def health(feed: FeedRow, last_news: str) -> str:
    """How a feed fares, in a few words."""
    if feed.state == PAUSED:
        return "paused"
    if feed.state == ENDED:
        return f"not asked any more: {feed.problem}"
    if feed.problem:
        kind = "dead" if feed.state == DEAD else f"failed {plural(feed.failures, 'time')}"
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


def _source_name(added: Added) -> str:
    """What a topic calls it: by its title; where others have that too, or it has none, by its address.

    Both hold for good: the store keeps what a feed was called before.
    """
    feed = added.feed
    name = " ".join(feed.title.replace('"', " ").split())
    if not name or (added.has_namesakes and show(feed.address) == feed.address):
        return feed.address if show(feed.address) == feed.address else feed.host
    if len(name) > _LONGEST_NAME:
        name = name[:_LONGEST_NAME].rpartition(" ")[0] or name[:_LONGEST_NAME]
    return name


def _is_address(text: str) -> bool:
    return "://" in text or ("." in text.strip(".") and " " not in text)


def is_link(text: str) -> bool:
    """Whether a topic is an address: then it is a source that is meant."""
    return text.strip().lower().startswith(("http://", "https://", "feed:")) and " " not in text
