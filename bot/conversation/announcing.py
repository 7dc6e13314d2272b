"""Saying something to every chat: /announce TEXT, a question first, then through the outbox."""

from __future__ import annotations

from collections.abc import Mapping
from secrets import token_hex
from typing import Final

from bot.clock import Clock
from bot.conversation.access import Access
from bot.conversation.card import Action, Button, Card, Line, code, dim, line, say, strong
from bot.conversation.commands import Answer, Command
from bot.conversation.request import Request
from bot.conversation.times import age, plural
from bot.errors import MisuseError
from bot.model import Announcement
from bot.store import Database
from bot.store.announcements import announce, count_audience, last_announcement
from bot.store.tables import QUEUED

LONGEST: Final = 2_000
"""Characters of an announcement: readable, and within every platform's limits."""

_NONCE: Final = 4  # bytes that tell one question from another


class Announcing:
    """The use cases around announcements. For those who run the bot."""

    def __init__(self, database: Database, access: Access, clock: Clock) -> None:
        self._database = database
        self._access = access
        self._clock = clock

    @property
    def commands(self) -> tuple[Command, ...]:
        """How they ask for it."""
        return (
            Command(
                "announce", self.ask, "say something to every chat", "TEXT", for_operators=True
            ),
        )

    @property
    def actions(self) -> Mapping[str, Answer]:
        """What the button does."""
        return {"announce": self.announce}

    async def ask(self, request: Request) -> list[Card]:
        """What would be said, and to how many; without a text, how far the last one is."""
        self._access.for_operators(request.ref, request.by, "/announce")
        text = request.argument
        if not text:
            return [await self._last()]
        if len(text) > LONGEST:
            raise MisuseError(
                f"an announcement has {LONGEST:,} characters at most; make it shorter"
            )
        async with self._database.reading() as connection:
            many = await count_audience(connection)
        if not many:
            return [say("No chat follows anything yet: there is nobody to announce it to.")]
        yes = Button("Announce it", Action("announce", f"{token_hex(_NONCE)} {text}"))
        no = Button("Not now", Action("dismiss"))
        question = line(strong(f"Announce this to {plural(many, 'chat')}?"))
        return [say(question, text, buttons=(yes, no), asks=True)]

    async def announce(self, request: Request) -> list[Card]:
        """The button: it is in the store, and on its way."""
        self._access.for_operators(request.ref, request.by, "/announce")
        nonce, _, text = request.argument.partition(" ")
        if not text or len(text) > LONGEST:
            raise MisuseError("that announcement cannot be read; please type it again")
        now = self._clock()
        async with self._database.writing() as connection:
            many = await count_audience(connection)
            is_new = await announce(connection, text, by=request.by, nonce=nonce, now=now)
        if not is_new:
            return [say(line("That was announced already; ", code("/announce"), " tells how far."))]
        where = f"It goes to {plural(many, 'chat')} now, behind the news; "
        return [say(line(where, code("/announce"), " tells how far it is."))]

    async def _last(self) -> Card:
        async with self._database.reading() as connection:
            last = await last_announcement(connection)
        usage = line(code("/announce TEXT"), " says something to every chat, after a question.")
        if last is None:
            return say(usage)
        states = [f"{many:,} {_WAITS.get(state, state)}" for state, many in last.states.items()]
        states += [] if last.is_queued else ["more chats to come"]
        lines: list[Line] = [
            line(strong("Announced"), dim(f" {age(last.created_at, self._clock())}")),
            line(last.text),
            line(dim(", ".join(states) or "nobody was there to hear it")),
        ]
        return say(*lines, usage)


_WAITS: Final = {QUEUED: "waiting"}


def announcement_card(announcement: Announcement) -> Card:
    """What a chat is told."""
    if announcement.is_notice:
        who = "Notice from Tocsin"
    else:
        is_for = announcement.to_operators
        who = "For those who run Tocsin" if is_for else "From those who run Tocsin"
    return say(line(strong(who)), announcement.text)
