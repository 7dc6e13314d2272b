"""The parts of the bot around a store, and a fake chat that records the messages it receives."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.chats.adapter import (
    DEFAULT_OPTIONS,
    UNLIMITED,
    AccountRateLimit,
    Capabilities,
    Payload,
    RateLimit,
    ReplyChannel,
    SendOptions,
    SentMessage,
)
from bot.chats.console.pipe import plain_text
from bot.conversation.cards.card import Action, Card
from bot.conversation.conversation import Conversation
from bot.conversation.request import Attachment, ButtonPress, IncomingMessage
from bot.delivery.sender import Sender
from bot.ingest.pipeline import IngestPipeline, Matcher
from bot.models import ChatRef
from bot.store import Database
from bot.store.feeds.sources import get_or_create_source
from bot.store.items.items import Assignment
from bot.store.items.stories import create_stories, last_story_id
from bot.store.outbox.digests import make_briefings
from bot.store.outbox.fanout import fan_out_batch
from watchers import Item, PollResult, Source, TopicIndex

CHAT = ChatRef("fake", "bot", "you")


@dataclass
class FakeChat:
    """A platform that records messages and fails on request."""

    platform: str = "fake"
    account: str = "bot"
    capabilities: Capabilities = field(default_factory=Capabilities)
    account_rate_limit: AccountRateLimit = UNLIMITED
    rate_limits: tuple[RateLimit, ...] = ()
    sent: list[tuple[ChatRef, Card]] = field(default_factory=list)
    edited: list[tuple[SentMessage, Card]] = field(default_factory=list)
    options: list[SendOptions] = field(default_factory=list)
    plain: list[bool] = field(default_factory=list)
    fail: Callable[[ChatRef, Card], Exception | None] = lambda ref, card: None
    history: dict[str, str] = field(default_factory=dict)  # message IDs by idempotency key
    gate: Callable[[], Awaitable[None]] | None = None  # awaited by every send
    probe_error: Exception | None = None
    probes: int = 0
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    def chat_rate_limits(self, to: ChatRef) -> tuple[RateLimit, ...]:
        return self.rate_limits

    def render(self, card: Card, *, plain: bool = False) -> Payload:
        return {"card": card, "plain": plain}

    async def send(
        self, to: ChatRef, payload: Any, options: SendOptions = DEFAULT_OPTIONS
    ) -> SentMessage:
        if self.gate is not None:
            await self.gate()
        error = self.fail(to, payload["card"])
        if error is not None:
            raise error
        self.sent.append((to, payload["card"]))
        self.options.append(options)
        self.plain.append(payload["plain"])
        self._news.set()
        return SentMessage(to, str(len(self.sent)))

    async def edit(self, message: SentMessage, payload: Any) -> None:
        if self.gate is not None:
            await self.gate()
        error = self.fail(message.ref, payload["card"])
        if error is not None:
            raise error
        self.edited.append((message, payload["card"]))

    async def find_sent(self, to: ChatRef, key: str, since: datetime) -> SentMessage | None:
        return SentMessage(to, self.history[key]) if key in self.history else None

    async def probe(self) -> None:
        self.probes += 1
        if self.probe_error is not None:
            raise self.probe_error

    async def is_admin(self, chat: ChatRef, user: str) -> bool:
        return True

    async def listen(self, outlet: ReplyChannel, stop: asyncio.Event) -> None:
        await stop.wait()

    async def wait_for_sent(self, count: int) -> None:
        """Wait until ``count`` messages were sent."""
        while len(self.sent) < count:
            self._news.clear()
            await self._news.wait()

    def titles(self, ref: ChatRef = CHAT) -> list[str]:
        return ["".join(span.text for span in card.lines[0]) for to, card in self.sent if to == ref]


class World:
    """Everything between a watcher and a chat, driven step by step."""

    def __init__(self, database: Database, clock) -> None:
        self.database = database
        self.clock = clock
        self.matcher = Matcher(TopicIndex())
        self.ingest = IngestPipeline(database, self.matcher, clock)
        self.conversation = Conversation(database, clock)
        self.chat = FakeChat()
        self.sender = self.make_sender(max_age=timedelta(hours=6))
        self._source = Source("folder", "/seeds")

    def make_sender(self, **options) -> Sender:
        """Return a sender whose rate limits use the clock of the test."""
        monotonic = lambda: self.clock().timestamp()  # noqa: E731
        return Sender(self.database, self.chat, self.clock, monotonic=monotonic, **options)

    async def ingest_items(self, *items: Item) -> None:
        """Ingest items of a source that was polled before."""
        await self._ingest(items, complete=True)

    async def _ingest(self, items: tuple[Item, ...], *, complete: bool) -> None:
        async with self.database.writing() as connection:
            source = await get_or_create_source(connection, self._source, now=self.clock())
        if not source.is_baselined:
            await self.ingest.ingest(source, PollResult(), is_complete=True)
            async with self.database.writing() as connection:
                source = await get_or_create_source(connection, self._source, now=self.clock())
        await self.ingest.ingest(source, PollResult(items=items), is_complete=complete)

    async def fan_out(self, most: int = 500) -> None:
        has_more = True
        while has_more:
            async with self.database.writing() as connection:
                has_more = bool(await fan_out_batch(connection, now=self.clock(), limit=most))

    async def make_briefings(self) -> None:
        has_more = True
        while has_more:
            async with self.database.writing() as connection:
                has_more = bool(await make_briefings(connection, now=self.clock()))

    async def deliver(self) -> None:
        await self.sender.drain()

    async def run_pipeline(self) -> None:
        await self.fan_out()
        await self.make_briefings()
        await self.deliver()

    async def send_command(self, text: str, ref: ChatRef = CHAT, *attachments: Attachment) -> str:
        cards = await self.conversation.handle_message(
            IncomingMessage(ref, text, "me", attachments)
        )
        return "\n".join(plain_text(card, labels=(), alert=False) for card in cards)

    async def press_button(self, verb: str, argument: str = "", ref: ChatRef = CHAT) -> list[Card]:
        return await self.conversation.handle_press(ButtonPress(ref, Action(verb, argument), "me"))


@pytest.fixture
def world(database: Database, clock) -> World:
    return World(database, clock)


def make_item(key: str, title: str = "Sanctions on North Korea", text: str = "") -> Item:
    return Item(key=key, title=title, text=text, source=f"seeds/{key}.txt")


def one_story_per_item(connection, clock):
    """Return a function that assigns each item to a story of its own."""

    async def assign(new):
        last_id = await last_story_id(connection)
        numbers = list(range(last_id + 1, last_id + 1 + len(new)))
        await create_stories(connection, numbers, now=clock())
        return Assignment(numbers, clock(), frozenset(numbers))

    return assign
