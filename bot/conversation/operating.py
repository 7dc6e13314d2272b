"""What concerns the bot and the chat as such: /stats for those who run it, /allow for admins."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from bot.clock import Clock
from bot.conversation.access import Access
from bot.conversation.card import Card, Line, code, line, say, strong
from bot.conversation.commands import Command
from bot.conversation.request import Request
from bot.conversation.times import plural
from bot.errors import MisuseError
from bot.store import Database
from bot.store.chats import ensure_chat, is_open, open_chat
from bot.store.statistics import statistics

_LATELY: Final = timedelta(days=1)
_BUSIEST: Final = 10
_WORDS: Final = {"everyone": True, "everybody": True, "all": True, "admins": False}


class Operating:
    """The use cases around who decides, and how much there is of everything."""

    def __init__(self, database: Database, access: Access, clock: Clock) -> None:
        self._database = database
        self._access = access
        self._clock = clock

    @property
    def commands(self) -> tuple[Command, ...]:
        """What people type."""
        return (
            Command("allow", self.allow, "who may change things", "[everyone|admins]"),
            Command("stats", self.stats, "how much there is", for_operators=True),
        )

    async def stats(self, request: Request) -> list[Card]:
        """Who is there, what is followed, what was sent: for those who run the bot."""
        self._access.for_operators(request.ref, request.by, "/stats")
        since = self._clock() - _LATELY
        async with self._database.reading() as connection:
            found = await statistics(connection, since=since, most=_BUSIEST)
        lines: list[Line] = [line(strong("Chats"))]
        lines.extend(line(f"  {name}: {many:,}") for name, many in found.chats.items())
        lines.append(line(f"{plural(found.topics, 'topic')} followed"))
        sent = ", ".join(f"{many:,} {state}" for state, many in found.alerts.items())
        lines.append(line(f"Alerts of the last day: {sent or 'none'}"))
        if found.busiest:
            lines.append(line(strong("Followed most")))
            lines.extend(line(f"  {many:,} × {name}") for name, many in found.busiest.items())
        return [say(*lines)]

    async def allow(self, request: Request) -> list[Card]:
        """Who may change what a chat follows: ``/allow everyone`` or ``/allow admins``."""
        if not request.argument:
            async with self._database.reading() as connection:
                everybody = await is_open(connection, request.ref)
            who = "Everybody here" if everybody else "Only admins"
            return [
                say(
                    line(f"{who} may change what this chat follows. An admin may say "),
                    line(code("/allow everyone"), " or ", code("/allow admins")),
                )
            ]
        opens = _WORDS.get(request.argument.lower())
        if opens is None:
            raise MisuseError(f"“{request.argument}” is neither everyone nor admins")
        if not request.may_change:
            raise MisuseError("only an admin decides who may change things here")
        async with self._database.writing() as connection:
            await ensure_chat(connection, request.ref, now=self._clock())
            await open_chat(connection, request.ref, is_open=opens)
        who = "Everybody here" if opens else "Only admins"
        return [say(f"{who} may now change what this chat follows.")]
