"""How the sources fare and what did not arrive: /sources and /failed, for those who run the bot."""

from __future__ import annotations

from pathlib import PurePath
from typing import Final

from bot.clock import Clock
from bot.conversation.access import Access
from bot.conversation.card import Card, Line, dim, line, say, strong
from bot.conversation.commands import Command
from bot.conversation.feeding import health
from bot.conversation.request import Request
from bot.conversation.times import age, plural, until
from bot.errors import MisuseError
from bot.store import Database
from bot.store.alert_log import LoggedAlert, recent_alerts
from bot.store.feeds import FeedRow, count_feeds, some_feeds
from bot.store.sources import SourceHealth, list_sources
from watchers.text.clean import shorten

_FEW: Final = 10  # lines, unless more are asked for
_MOST: Final = 30  # that a message on any platform holds
_TITLE: Final = 60  # characters
_WHY: Final = 80


class Overseeing:
    """The use cases around what goes wrong."""

    def __init__(self, database: Database, access: Access, clock: Clock) -> None:
        self._database = database
        self._access = access
        self._clock = clock

    @property
    def commands(self) -> tuple[Command, ...]:
        """How they ask for it."""
        return (
            Command("sources", self.sources, "how each source fares", "[N]", for_operators=True),
            Command(
                "failed", self.failed, "what did not arrive, and why", "[N]", for_operators=True
            ),
        )

    async def sources(self, request: Request) -> list[Card]:
        """Every folder, and some feeds, what is wrong first: how it fares, and its next look."""
        self._access.for_operators(request.ref, request.by, "/sources")
        most = _many(request.argument, "/sources")
        async with self._database.reading() as connection:
            folders = await list_sources(connection)
            feeds = await some_feeds(connection, most=most)
            states = await count_feeds(connection)
        many = sum(states.values())
        said = ", ".join(f"{count:,} {state}" for state, count in sorted(states.items()))
        lines: list[Line] = [self._folder(one) for one in folders]
        lines.append(line(strong(plural(many, "feed")), dim(f"  {said}" if said else "")))
        lines += [self._feed(one) for one in feeds]
        if many > len(feeds):
            lines.append(line(dim(f"… and {many - len(feeds):,} more")))
        return [say(*lines, private=True)]

    async def failed(self, request: Request) -> list[Card]:
        """The newest messages that did not arrive as they should have."""
        self._access.for_operators(request.ref, request.by, "/failed")
        most = _many(request.argument, "/failed")
        async with self._database.reading() as connection:
            found = await recent_alerts(connection, failed=True, most=most)
        if not found:
            return [say("Everything that was sent has arrived.", private=True)]
        heading = line(strong("Not arrived as they should have"), dim("  newest first"))
        return [say(heading, *map(self._alert, found), private=True)]

    def _folder(self, one: SourceHealth) -> Line:
        name = PurePath(one.source.address).name or one.source.address
        if one.problem:
            return line(f"{one.source.kind} {name}  ", strong(f"cannot be read: {one.problem}"))
        looked = age(one.polled_at, self._clock()) or "not yet"
        return line(f"{one.source.kind} {name}", dim(f"  last change read {looked}"))

    def _feed(self, one: FeedRow) -> Line:
        now = self._clock()
        due = f"; next look {until(one.due_at, now)}" if one.due_at else ""
        well = shorten(health(one, age(one.news_at, now)), _WHY)
        return line(f"{one.id}. {shorten(one.name, _TITLE)}", dim(f"  {well}{due}"))

    def _alert(self, one: LoggedAlert) -> Line:
        where = f"{one.ref.platform}/{one.ref.chat}"
        title = shorten(one.title, _TITLE)
        why = shorten(one.reason or "", _WHY)
        return line(f"{where}  {title}", dim(f"  {age(one.created_at, self._clock())}, {why}"))


def _many(text: str, command: str) -> int:
    if not text:
        return _FEW
    if not text.isdecimal() or not 0 < int(text[:9]) <= _MOST:
        raise MisuseError(f"{command} takes a number up to {_MOST}, how many to show")
    return int(text)
