"""A small world to test the bot in: a store, its parts, and a chat that remembers what it was sent."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from bot.chats.console.plain import plain_text
from bot.conversation.card import Action, Card
from bot.conversation.conversation import Conversation
from bot.conversation.request import Attachment, Message, Press
from bot.delivery.deliverer import Deliverer
from bot.ingest import Ingest
from bot.matcher import Matcher
from bot.model import Ref
from bot.store import Database
from bot.store.fanout import fan_out_page
from bot.store.sources import ensure_source
from watchers import Item, Polled, Source, TopicIndex

YOU = Ref("fake", "bot", "you")


@dataclass
class FakeChat:
    """A platform that keeps what it is sent, and fails as it is told to."""

    platform: str = "fake"
    sent: list[tuple[Ref, Card]] = field(default_factory=list)
    fail: Callable[[Ref, Card], Exception | None] = lambda ref, card: None

    async def send(self, to: Ref, card: Card) -> str:
        error = self.fail(to, card)
        if error is not None:
            raise error
        self.sent.append((to, card))
        return str(len(self.sent))

    async def run(self, stop: asyncio.Event) -> None:
        await stop.wait()

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
        self.deliverer = Deliverer(database, {"fake": self.chat}, clock)
        self._source = Source("folder", "/seeds")

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

    async def deliver(self) -> None:
        while await self.deliverer.step():
            pass

    async def spread(self) -> None:
        await self.fan_out()
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
