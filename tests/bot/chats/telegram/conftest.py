"""A complete Telegram bot: the real SDK against the strict fake server, with the real sender and store."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from functools import cache
from typing import Self

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.engine import URL

from bot.chats.adapter import UNLIMITED, RateLimit
from bot.chats.telegram import TelegramAdapter, connect
from bot.conversation.conversation import Conversation
from bot.conversation.registry import Access
from bot.delivery.sender import Sender
from bot.models import ChatRef
from bot.runtime.clock import utc_now
from tests.bot.chats.telegram import oracle
from tests.bot.conftest import World
from tests.fakes.telegram import TOKEN, Message
from tests.fakes.telegram_chats import StrictTelegram


@pytest.fixture(scope="session", autouse=True)
def _tls_context() -> Iterator[None]:
    """Read the certificates of the system once, and not for each HTTP client of a test."""
    with pytest.MonkeyPatch.context() as patch:
        create = cache(httpx.create_ssl_context)
        patch.setattr("httpx._transports.default.create_ssl_context", create)
        yield


@pytest.fixture
def database_url(sqlite_url: URL) -> URL:
    """Return an SQLite URL: these tests do not depend on the kind of database."""
    return sqlite_url


@pytest.fixture(scope="session")
def judge() -> None:
    """Skip the test if TDLib is not installed."""
    if not oracle.IS_AVAILABLE:
        pytest.skip("tdjson is not installed: pip install 'tocsin[judge]'")
    oracle.silence_log()


class UnlimitedAdapter(TelegramAdapter):
    """The adapter without rate limits, which the tests of the sender cover."""

    account_rate_limit = UNLIMITED

    def chat_rate_limits(self, to: ChatRef) -> tuple[RateLimit, ...]:
        return ()


class RunningBot:
    """All components of one bot, started.

    ``chat_events`` gets the name of each call that reports a change of a chat.
    """

    def __init__(self, world: World, server: StrictTelegram, **options) -> None:
        self.world = world
        self.server = server
        self.conversation = Conversation(world.database, world.clock, **options)
        self.bot = connect(TOKEN, server.base_url)
        self.chat = UnlimitedAdapter(self.bot, self.conversation)
        access = options.get("access")
        moves = {"on_chat_move": access.chat_moved} if access else {}
        self.sender = Sender(world.database, self.chat, world.clock, lease_seconds=60, **moves)
        self.stop = asyncio.Event()
        self.chat_events: asyncio.Queue[str] = asyncio.Queue()
        for name in ("chat_unreachable", "chat_restored", "chat_migrated"):
            method = getattr(self.sender.reply_channel, name)
            setattr(self.sender.reply_channel, name, self._record_event(name, method))
        self.tasks: list[asyncio.Future] = []

    async def __aenter__(self) -> Self:
        self.start()
        await self.server.wait_until(lambda: self.server.calls_to("getUpdates"))
        return self

    def start(self) -> None:
        self.tasks = [
            asyncio.ensure_future(self.sender.run(self.stop)),
            asyncio.ensure_future(self.sender.listen(self.stop)),
        ]

    async def __aexit__(self, *_: object) -> None:
        self.stop.set()
        await asyncio.gather(*self.tasks)
        await self.chat.close()

    def _record_event(self, name: str, method):
        async def call_and_record(*arguments, **options) -> None:
            await method(*arguments, **options)
            self.chat_events.put_nowait(name)

        return call_and_record

    def ref(self, chat: int, thread: str = "") -> ChatRef:
        return ChatRef("telegram", self.chat.account, str(chat), thread)

    async def publish(self, *items) -> None:
        """Ingest items and queue their alerts."""
        await self.world.ingest_items(*items)
        await self.world.fan_out()
        self.sender.wake()

    async def send(self, message_text: str, **options) -> Message:
        """Send a message as a person and return the answer."""
        count = len(self.server.messages)
        self.server.write(message_text, **options)
        await self.server.wait_until(lambda: len(self.server.messages) > count)
        return self.server.messages[count]

    async def press(self, message: Message, label: str, **options) -> str:
        """Press a button and return the text of the message after its edit."""
        count = len(message.edits)
        self.server.press_button(message, label, **options)
        await self.server.wait_until(lambda: len(message.edits) > count)
        return message.text

    async def next_message(self, count: int = 1) -> Message:
        """Wait for ``count`` further messages and return the last of them."""
        total = len(self.server.messages) + count
        await self.server.wait_until(lambda: len(self.server.messages) >= total)
        return self.server.messages[total - 1]

    async def topics(self, chat: int, thread: str = "") -> list[str]:
        """Return the topics that a chat follows."""
        statement = text(
            "SELECT label FROM subscriptions JOIN chats ON chats.id = chat_id"
            " WHERE chat = :chat AND thread = :thread ORDER BY subscriptions.id"
        )
        async with self.world.database.reading() as connection:
            rows = await connection.execute(statement, {"chat": str(chat), "thread": thread})
            return list(rows.scalars())

    async def suspension_reason(self, chat: int) -> str | None:
        """Return why a chat is suspended; ``None`` if it is not."""
        statement = text("SELECT suspended_because FROM chats WHERE chat = :chat")
        async with self.world.database.reading() as connection:
            return (await connection.execute(statement, {"chat": str(chat)})).scalars().first()

    async def wait_suspended(self, chat: int) -> None:
        """Poll the database until a chat is suspended."""
        async with asyncio.timeout(60):
            while not await self.suspension_reason(chat):  # noqa: ASYNC110
                await asyncio.sleep(0.005)


@pytest.fixture
async def server() -> AsyncIterator[StrictTelegram]:
    async with StrictTelegram() as telegram:
        yield telegram


@pytest.fixture
async def running(database, server: StrictTelegram) -> AsyncIterator[RunningBot]:
    world = World(database, utc_now)
    async with RunningBot(world, server, access=Access(operators=["7"])) as running_bot:
        yield running_bot
