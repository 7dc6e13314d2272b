"""A bot on Telegram, whole: the real SDK against the strict fake server, the real sender and store."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Self

import pytest
from sqlalchemy import text
from sqlalchemy.engine import URL, make_url

from bot.chats.adapter import UNLIMITED, Window
from bot.chats.telegram import TelegramChat, connect
from bot.clock import utc_now
from bot.conversation.access import Access
from bot.conversation.conversation import Conversation
from bot.delivery.sender import Sender
from bot.model import Ref
from tests.bot.chats.telegram import oracle
from tests.bot.conftest import World
from tests.fakes.telegram import TOKEN, Message
from tests.fakes.telegram_chats import StrictTelegram


@pytest.fixture
def database_url(tmp_path: Path) -> URL:
    """What is said is the same on either database: one is enough here."""
    return make_url(f"sqlite+aiosqlite:///{tmp_path / 'tocsin.sqlite3'}")


@pytest.fixture(scope="session")
def judge() -> None:
    if not oracle.IS_HERE:
        pytest.skip("tdjson is not installed: pip install 'tocsin[judge]'")
    oracle.quiet()


class Quick(TelegramChat):
    """Without a pace: that is the sender's, and tested there."""

    pace = UNLIMITED

    def rates(self, to: Ref) -> tuple[Window, ...]:
        return ()


class Life:
    """Everything that runs for one bot."""

    def __init__(self, world: World, server: StrictTelegram, **options) -> None:
        self.world = world
        self.server = server
        self.conversation = Conversation(world.database, world.clock, **options)
        self.bot = connect(TOKEN, server.base_url)
        self.chat = Quick(self.bot, self.conversation)
        self.sender = Sender(world.database, self.chat, world.clock, lease_seconds=60)
        self.stop = asyncio.Event()
        self.happened: asyncio.Queue[str] = asyncio.Queue()  # what became of chats
        for name in ("gone", "back", "moved"):
            setattr(self.sender.outlet, name, self._told(name, getattr(self.sender.outlet, name)))
        self._tasks: list[asyncio.Future] = []

    async def __aenter__(self) -> Self:
        self._tasks = [
            asyncio.ensure_future(self.sender.run(self.stop)),
            asyncio.ensure_future(self.sender.listen(self.stop)),
        ]
        await self.server.until(lambda: self.server.called("getUpdates"))
        return self

    async def __aexit__(self, *_: object) -> None:
        self.stop.set()
        await asyncio.gather(*self._tasks)
        await self.chat.close()

    def _told(self, name: str, tell):
        async def told(*given) -> None:
            await tell(*given)
            self.happened.put_nowait(name)

        return told

    def ref(self, chat: int, thread: str = "") -> Ref:
        return Ref("telegram", self.chat.account, str(chat), thread)

    async def news(self, *items) -> None:
        """A watcher brings items, and whoever follows them is alerted."""
        await self.world.find(*items)
        await self.world.fan_out()
        self.sender.wake()

    async def said(self, write: str, **where) -> Message:
        """What is answered to what a person writes."""
        before = len(self.server.messages)
        self.server.write(write, **where)
        await self.server.until(lambda: len(self.server.messages) > before)
        return self.server.messages[before]

    async def edited(self, message: Message, label: str, **by) -> str:
        """What a message says after a button was pressed."""
        before = len(message.edits)
        self.server.tap(message, label, **by)
        await self.server.until(lambda: len(message.edits) > before)
        return message.text

    async def alerted(self, many: int = 1) -> Message:
        """The last of so many messages that are to come."""
        count = len(self.server.messages) + many
        await self.server.until(lambda: len(self.server.messages) >= count)
        return self.server.messages[count - 1]

    async def topics(self, chat: int, thread: str = "") -> list[str]:
        statement = text(
            "SELECT label FROM subscriptions JOIN chats ON chats.id = chat_id"
            " WHERE chat = :chat AND thread = :thread ORDER BY subscriptions.id"
        )
        async with self.world.database.reading() as connection:
            rows = await connection.execute(statement, {"chat": str(chat), "thread": thread})
            return list(rows.scalars())

    async def suspended(self, chat: int) -> str | None:
        statement = text("SELECT suspended_because FROM chats WHERE chat = :chat")
        async with self.world.database.reading() as connection:
            return (await connection.execute(statement, {"chat": str(chat)})).scalars().first()

    async def is_given_up(self, chat: int) -> None:
        """Wait until a chat is suspended: the database tells nobody when that is."""
        async with asyncio.timeout(15):
            while not await self.suspended(chat):  # noqa: ASYNC110
                await asyncio.sleep(0.005)


@pytest.fixture
async def server() -> AsyncIterator[StrictTelegram]:
    async with StrictTelegram() as made:
        yield made


@pytest.fixture
async def life(database, server: StrictTelegram) -> AsyncIterator[Life]:
    world = World(database, utc_now)
    async with Life(world, server, access=Access(operators=["7"])) as made:
        yield made
