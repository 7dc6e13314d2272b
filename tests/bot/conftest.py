"""A small world to test the bot in: a store, its parts, and a chat that remembers what it was sent."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from bot.chats.adapter import (
    ORDINARY,
    UNLIMITED,
    Capabilities,
    Outlet,
    Pace,
    Payload,
    SendOptions,
    Sent,
    Window,
)
from bot.chats.console.plain import plain_text
from bot.conversation.card import Action, Card
from bot.conversation.conversation import Conversation
from bot.conversation.request import Attachment, Message, Press
from bot.delivery.sender import Sender
from bot.ingest import Ingest
from bot.matcher import Matcher
from bot.model import Ref
from bot.store import Database
from bot.store.digests import brief_page
from bot.store.fanout import fan_out_page
from bot.store.sources import ensure_source
from bot.store.stories import newest, open_stories
from watchers import Item, Polled, Source, TopicIndex

YOU = Ref("fake", "bot", "you")


@dataclass
class FakeChat:
    """A platform that keeps what it is sent, and fails as it is told to."""

    platform: str = "fake"
    account: str = "bot"
    capabilities: Capabilities = field(default_factory=Capabilities)
    pace: Pace = UNLIMITED
    windows: tuple[Window, ...] = ()
    sent: list[tuple[Ref, Card]] = field(default_factory=list)
    edited: list[tuple[Sent, Card]] = field(default_factory=list)
    options: list[SendOptions] = field(default_factory=list)
    plain: list[bool] = field(default_factory=list)
    fail: Callable[[Ref, Card], Exception | None] = lambda ref, card: None
    history: dict[str, str] = field(default_factory=dict)  # what `find` finds, by key
    gate: Callable[[], Awaitable[None]] | None = None  # what a send waits for
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    def rates(self, to: Ref) -> tuple[Window, ...]:
        return self.windows

    def render(self, card: Card, *, plain: bool = False) -> Payload:
        return {"card": card, "plain": plain}

    async def send(self, to: Ref, payload: Payload, options: SendOptions = ORDINARY) -> Sent:
        if self.gate is not None:
            await self.gate()
        error = self.fail(to, payload["card"])
        if error is not None:
            raise error
        self.sent.append((to, payload["card"]))
        self.options.append(options)
        self.plain.append(payload["plain"])
        self._news.set()
        return Sent(to, str(len(self.sent)))

    async def edit(self, message: Sent, payload: Payload) -> None:
        if self.gate is not None:
            await self.gate()
        error = self.fail(message.ref, payload["card"])
        if error is not None:
            raise error
        self.edited.append((message, payload["card"]))

    async def find(self, to: Ref, key: str, since: datetime) -> Sent | None:
        return Sent(to, self.history[key]) if key in self.history else None

    async def is_admin(self, chat: Ref, user: str) -> bool:
        return True

    async def run(self, outlet: Outlet, stop: asyncio.Event) -> None:
        await stop.wait()

    async def until(self, many: int) -> None:
        """Wait until so many messages were sent."""
        while len(self.sent) < many:
            self._news.clear()
            await self._news.wait()

    def titles(self, ref: Ref = YOU) -> list[str]:
        return ["".join(p.text for p in card.lines[0]) for to, card in self.sent if to == ref]


class World:
    """Everything between a watcher and a chat, driven by hand."""

    def __init__(self, database: Database, clock) -> None:
        self.database = database
        self.clock = clock
        self.matcher = Matcher(TopicIndex())
        self.ingest = Ingest(database, self.matcher, clock)
        self.conversation = Conversation(database, clock)
        self.chat = FakeChat()
        self.sender = self.make_sender(max_age=timedelta(hours=6))
        self._source = Source("folder", "/seeds")

    def make_sender(self, **options) -> Sender:
        """A sender whose pace goes by the turned clock, too."""
        ticks = lambda: self.clock().timestamp()  # noqa: E731
        return Sender(self.database, self.chat, self.clock, ticks=ticks, **options)

    async def find(self, *items: Item) -> None:
        """A watcher brings items: news, as the source was read before."""
        await self._take(items, complete=True)

    async def _take(self, items: tuple[Item, ...], *, complete: bool) -> None:
        async with self.database.writing() as connection:
            watched = await ensure_source(connection, self._source, now=self.clock())
        if not watched.is_baselined:
            await self.ingest.take(watched, Polled(), complete=True)
            async with self.database.writing() as connection:
                watched = await ensure_source(connection, self._source, now=self.clock())
        await self.ingest.take(watched, Polled(items=items), complete=complete)

    async def fan_out(self, most: int = 500) -> None:
        more = True
        while more:
            async with self.database.writing() as connection:
                more = bool(await fan_out_page(connection, now=self.clock(), most=most))

    async def brief(self) -> None:
        more = True
        while more:
            async with self.database.writing() as connection:
                more = bool(await brief_page(connection, now=self.clock()))

    async def deliver(self) -> None:
        await self.sender.drain()

    async def spread(self) -> None:
        await self.fan_out()
        await self.brief()
        await self.deliver()

    async def say(self, text: str, ref: Ref = YOU, *attachments: Attachment) -> str:
        cards = await self.conversation.hear(Message(ref, text, "me", attachments))
        return "\n".join(plain_text(card, labels=(), alert=False) for card in cards)

    async def press(self, verb: str, argument: str = "", ref: Ref = YOU) -> list[Card]:
        return await self.conversation.press(Press(ref, Action(verb, argument), "me"))


@pytest.fixture
def world(database: Database, clock) -> World:
    return World(database, clock)


def brief(key: str, title: str = "Sanctions on North Korea", text: str = "") -> Item:
    return Item(key=key, title=title, text=text, source=f"seeds/{key}.txt")


def own_stories(connection, clock):
    """Gives each item a story of its own."""

    async def assign(new):
        _, last = await newest(connection)
        numbers = list(range(last + 1, last + 1 + len(new)))
        await open_stories(connection, numbers, now=clock())
        return numbers

    return assign
