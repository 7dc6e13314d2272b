"""List and change the feeds: /feeds.

/feeds                   ──► the list, with the state of each feed
/feeds add bbc.com       ──► one feed: added · several feeds: a button for each
/feeds pause|resume|remove|check N
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bot.conversation.cards.card import (
    Action,
    Button,
    Card,
    Line,
    code,
    dim,
    line,
    make_card,
    strong,
)
from bot.conversation.durations import format_age, pluralise
from bot.conversation.limits import Workload
from bot.conversation.registry import Access, Command, Handler
from bot.conversation.request import CommandRequest
from bot.errors import UserError
from bot.ingest.feed_service import FeedService
from bot.ingest.feed_types import FeedAdded, FeedChoices
from bot.runtime.clock import Clock
from bot.store import Database
from bot.store.feeds.added_feeds import count_added_feeds, record_added_feed
from bot.store.feeds.feeds import FeedRow
from bot.store.tables import DEAD, ENDED, PAUSED
from watchers.fetching.addresses import display_url

_MAX_CHOICES: Final = 8
_MAX_BUTTON_LABEL_LENGTH: Final = 40
# An alert shows about as many characters of a source.
_MAX_SOURCE_LENGTH: Final = 80
_MAX_MINUTES_SHOWN: Final = 120
_STATE_LABELS: Final = {PAUSED: "paused", DEAD: "dead", ENDED: "gone"}
_SUBCOMMANDS: Final = ("add", "remove", "pause", "resume", "check", "list")


class FeedCommands:
    """The commands about feeds."""

    def __init__(
        self,
        database: Database,
        feeds: FeedService,
        clock: Clock,
        access: Access,
        workload: Workload,
    ) -> None:
        self._database = database
        self._feeds = feeds
        self._access = access
        self._clock = clock
        self._workload = workload

    @property
    def commands(self) -> tuple[Command, ...]:
        """Return the commands."""
        return (Command("feeds", self.feeds, "the feeds", "[add ADDRESS]", ("sources",)),)

    @property
    def changes(self) -> Mapping[str, Handler]:
        """Return the buttons that require the permission to change settings."""
        return {"add_feed": self.add}

    async def feeds(self, request: CommandRequest) -> list[Card]:
        """List the feeds, or run a subcommand."""
        subcommand, _, argument = request.argument.partition(" ")
        argument = argument.strip()
        match subcommand.lower():
            case "" | "list":
                return [await self._list()]
            case "add":
                return [await self._add(request, argument)]
            # Operators may check again at once; others wait, so that a chat cannot flood a site.
            case "check" if argument and argument.lower() != "all":
                return [await self._check(argument, again=self._is_operator(request))]
            case "check":
                self._require_operator(request)
                return [await self._check_all()]
            case "remove" | "pause" | "resume" if argument:
                self._require_operator(request)
                return [await self._change(subcommand.lower(), argument)]
            case _ if _is_address(subcommand):
                return [await self._add(request, request.argument)]
            case _:
                raise UserError(
                    f"/feeds takes {', '.join(_SUBCOMMANDS)}, and a number or an address"
                )

    async def add(self, request: CommandRequest) -> list[Card]:
        """Add the feed of a button."""
        return [await self._add(request, request.argument)]

    def _is_operator(self, request: CommandRequest) -> bool:
        return self._access.is_operator(request.ref, request.user_id)

    def _require_operator(self, request: CommandRequest) -> None:
        if not self._is_operator(request):
            raise UserError("all chats share the feeds: only operators of Tocsin can do this")

    async def _add(self, request: CommandRequest, address: str) -> Card:
        if not address:
            raise UserError("/feeds add takes an address: a site such as bbc.com, or a feed")
        added = await add_feed_for_chat(
            self._database, self._feeds, self._workload, request, address
        )
        if isinstance(added, FeedChoices):
            return feed_choice_card(added, "add_feed")
        return make_card(feed_added_line(added))

    async def _check(self, name: str, *, again: bool) -> Card:
        feed = await self._feeds.find(name)
        if await self._feeds.schedule_now([feed], ignore_recheck_interval=again):
            return make_card(f"{feed.name} is checked now.")
        return make_card(f"{feed.name} was checked a moment ago.")

    async def _check_all(self) -> Card:
        count = await self._feeds.schedule_now(None, ignore_recheck_interval=True)
        return make_card(f"{pluralise(count, 'feed')} will be checked now, host by host.")

    async def _change(self, subcommand: str, name: str) -> Card:
        feed = await self._feeds.find(name)
        if subcommand == "remove":
            await self._feeds.remove(feed)
            return make_card(f"{feed.name} is removed. Its items are kept.")
        if subcommand == "pause":
            # Pausing keeps the cursor, so that a resumed feed continues where it was.
            await self._feeds.pause(feed)
            return make_card(line(f"{feed.name} is paused. ", code(f"/feeds resume {feed.id}")))
        await self._feeds.resume(feed)
        return make_card(f"{feed.name} is checked again from now on.")

    async def _list(self) -> Card:
        overview = await self._feeds.overview()
        if not overview.feeds:
            return make_card(
                line("No feeds yet. ", code("/feeds add ADDRESS"), " takes a site, a feed,"),
                line("a YouTube channel, a subreddit or a Mastodon profile."),
            )
        now, total = self._clock(), sum(overview.counts.values())
        states = (
            dim(f", {overview.counts[state]:,} {label}")
            for state, label in _STATE_LABELS.items()
            if state in overview.counts
        )
        lines: list[Line] = [line(strong(pluralise(total, "feed")), *states)]
        for feed in overview.feeds:
            status = feed_status_text(feed, format_age(feed.news_at, now))
            lines.append(line(f"{feed.id}. {feed.name}", dim(f"  {status}")))
        if total > len(overview.feeds):
            lines.append(line(dim(f"… and {total - len(overview.feeds):,} more")))
        return make_card(*lines)


async def add_feed_for_chat(
    database: Database,
    feeds: FeedService,
    workload: Workload,
    request: CommandRequest,
    address: str,
) -> FeedAdded | FeedChoices:
    """Add a feed within the limits of the chat; see `FeedService.add`.

    Raises:
        UserError: a limit is exceeded, or no feed was found.
    """
    workload.take_pages(request.ref, request.user_id)
    limits = workload.limits_of(request.ref, request.user_id)
    if limits.feeds is not None:
        async with database.reading() as connection:
            limits.require_feeds(await count_added_feeds(connection, request.ref.key) + 1)
    added = await feeds.add(address)
    if isinstance(added, FeedAdded) and added.is_new:
        async with database.writing() as connection:
            await record_added_feed(connection, request.ref.key)
    return added


def feed_status_text(feed: FeedRow, last_news: str) -> str:
    """Return the state of a feed in a few words."""
    if feed.state == PAUSED:
        return "paused"
    if feed.state == ENDED:
        return f"no longer checked: {feed.problem}"
    if feed.problem:
        state = "dead" if feed.state == DEAD else f"failed {pluralise(feed.failures, 'time')}"
        return f"{state}: {feed.problem}"
    if feed.polled_at is None:
        return "not checked yet"
    interval = f", checked every {_format_interval(feed.interval)}" if feed.interval else ""
    return f"news {last_news}{interval}" if last_news else f"no news yet{interval}"


def feed_added_line(added: FeedAdded) -> Line:
    """Return what happened to a feed that was added."""
    feed = added.feed
    if feed.problem:
        return line(strong(feed.name), f" was added, but cannot be read: {feed.problem}")
    if not added.is_new:
        return line(strong(feed.name), " was added before.")
    stored = pluralise(added.items, "item")
    return line(strong(feed.name), f" is added; it has {stored} now. You get alerts for new ones.")


def feed_choice_card(choices: FeedChoices, verb: str) -> Card:
    """Ask which of the feeds of a site to use. The buttons run ``verb`` with the address."""
    feeds = choices.feeds[:_MAX_CHOICES]
    lines = [line(f"This site has {pluralise(len(choices.feeds), 'feed')}. Which one?")]
    buttons = []
    for feed in feeds:
        name = feed.title or display_url(feed.url)
        lines.append(line(name, dim(f"  {display_url(feed.url)}")))
        # The address is the argument: the list may have changed when the button is pressed.
        buttons.append(Button(name[:_MAX_BUTTON_LABEL_LENGTH], Action(verb, feed.url)))
    return make_card(*lines, buttons=tuple(buttons), is_question=True)


def source_topic(added: FeedAdded) -> str:
    """Return the topic that matches all items of a feed.

    The topic names the feed by its title, or by its address if it has no title or shares it with
    other feeds. The topic stays valid when the title changes: the store keeps former titles.
    """
    feed = added.feed
    # A quotation mark would end the phrase in the topic.
    name = " ".join(feed.title.replace('"', " ").split())
    if not name or (added.is_title_ambiguous and display_url(feed.address) == feed.address):
        name = feed.address if display_url(feed.address) == feed.address else feed.host
    elif len(name) > _MAX_SOURCE_LENGTH:
        name = name[:_MAX_SOURCE_LENGTH].rpartition(" ")[0] or name[:_MAX_SOURCE_LENGTH]
    return f'source:"{name}"'


def is_link(text: str) -> bool:
    """Return True if a topic is an address and therefore means a feed."""
    return text.strip().lower().startswith(("http://", "https://", "feed:")) and " " not in text


def _format_interval(seconds: float) -> str:
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < _MAX_MINUTES_SHOWN else f"{round(minutes / 60)} h"


def _is_address(text: str) -> bool:
    return "://" in text or ("." in text.strip(".") and " " not in text)
