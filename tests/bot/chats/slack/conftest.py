"""The bot on Slack, end to end: the real SDKs against a strict fake of Slack on loopback."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web
from sqlalchemy.engine import URL

from bot.chats.adapter import UNLIMITED
from bot.chats.slack import Slack, SlackOptions
from bot.conversation.cards.overview import Overview
from bot.delivery.sender import Sender
from bot.delivery.sender_pool import SenderPool
from bot.models import ChatRef, Subscription
from bot.scheduling.decision import TopicSchedule
from bot.store import Database
from bot.store.chats.chats import find_chat, get_or_create_chat
from bot.store.chats.subscriptions import add_subscription, list_subscriptions
from tests.bot.conftest import World
from tests.fakes.slack_team import FakeTeam
from watchers import parse_query

SECRET = "signing-secret"
TOKEN = "xoxb-token-of-T1"
APP_TOKEN = "xapp-token"


class SlackWorld(World):
    """A `World` whose chats are on Slack."""

    def __init__(
        self, database: Database, clock, slack: FakeTeam, *, rate_limited: bool = False
    ) -> None:
        super().__init__(database, clock)
        self.slack = slack
        # Without the adapter's rate limits, messages arrive immediately.
        self.rate_limited = rate_limited
        self.accounts = SenderPool(self._sender)
        self.stop = asyncio.Event()
        # By account: set when its adapter listens.
        self.listening: dict[str, asyncio.Event] = {}
        self.service: Slack | None = None
        self._running: asyncio.Task | None = None
        self._web: web.AppRunner | None = None

    def _sender(self, adapter) -> Sender:
        if not self.rate_limited:
            adapter.chat_rate_limits = lambda _: ()
            adapter.account_rate_limit = UNLIMITED
        return Sender(self.database, adapter, self.clock, max_age=timedelta(hours=6))

    async def start(self, **options) -> None:
        defaults: dict[str, Any] = {
            "base_url": self.slack.base_url,
            "progress_notice_after": 30.0,
            "preview_debounce": 0.0,
        }
        self.service = Slack(
            SlackOptions(**(defaults | options)),
            self.database,
            self.conversation,
            Overview(self.database, self.clock),
            _Senders(self),
            self.clock,
        )
        if self.service.routes():
            await self._serve()
        self._running = asyncio.ensure_future(self.service.run(self.stop))

    def workspace(self, account: str):
        """Return the active workspace of an account, if any."""
        return self.service.accounts.find(account, None)

    async def subscriptions(self, channel: str, account: str = "T1") -> list[Subscription]:
        """Return what a channel follows, as it is stored."""
        async with self.database.reading() as connection:
            chat_id = await find_chat(connection, ChatRef("slack", account, channel))
            return await list_subscriptions(connection, chat_id) if chat_id else []

    async def followed(self, channel: str, account: str = "T1") -> list[str]:
        """Return the labels of what a channel follows."""
        return [subscription.label for subscription in await self.subscriptions(channel, account)]

    async def follow(self, channel: str, *topics: str) -> None:
        """Store subscriptions of a channel that the bot knows."""
        ref, now = ChatRef("slack", "T1", channel), self.clock()
        async with self.database.writing() as connection:
            chat_id = await get_or_create_chat(connection, ref, now=now)
            for topic in topics:
                await add_subscription(
                    connection, chat_id, parse_query(topic), label=topic, user_id="", now=now
                )

    async def topic_schedule(self, channel: str) -> TopicSchedule:
        """Return the schedule of the only topic that a channel follows."""
        (subscription,) = await self.subscriptions(channel)
        return subscription.schedule

    async def _serve(self) -> None:
        app = web.Application()
        app.add_routes(self.service.routes())
        self._web = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._web.setup()
        site = web.TCPSite(self._web, "127.0.0.1", 0)
        await site.start()
        port = self._web.addresses[0][1]
        self.url = f"http://127.0.0.1:{port}"
        self.slack.app_url = f"{self.url}/slack/events"
        self.slack.signing_secret = SECRET

    async def settle(self) -> None:
        """Wait until all requests are handled."""
        await self.service.request_tasks.wait_idle()

    async def run_pipeline(self) -> None:
        """Turn matches into alerts and send them."""
        await self.fan_out()
        self.accounts.wake()

    async def wait_until(self, condition: Callable[[], object]) -> None:
        """Wait for a background task; a test that hangs here has failed."""
        async with asyncio.timeout(60):
            while not condition():
                self.slack.activity.clear()
                await self.slack.activity.wait()

    async def close(self) -> None:
        # A test may end before its adapters have started to listen.
        for listening in self.listening.values():
            await listening.wait()
        self.stop.set()
        if self._running is not None:
            await self._running
        await self.accounts.close()
        if self._web is not None:
            await self._web.cleanup()


class _Senders:
    """The sender registry for `Slack`, which records when adapters listen."""

    def __init__(self, world: SlackWorld) -> None:
        self._world = world

    def start(self, adapter):
        listening = self._world.listening[adapter.account] = asyncio.Event()
        adapter_listen = adapter.listen

        async def listen(reply_channel, stop) -> None:
            listening.set()
            await adapter_listen(reply_channel, stop)

        adapter.listen = listen
        asyncio.get_running_loop().call_soon(self._world.slack.activity.set)
        return self._world.accounts.start(adapter)

    async def remove(self, adapter) -> None:
        await self._world.listening.pop(adapter.account).wait()
        await self._world.accounts.remove(adapter)
        self._world.slack.activity.set()


@asynccontextmanager
async def open_slack_world(
    sqlite_url: URL, clock, slack: FakeTeam, *, rate_limited: bool = False, **options
) -> AsyncIterator[SlackWorld]:
    database = Database(sqlite_url)
    try:
        async with slack:
            world = SlackWorld(database, clock, slack, rate_limited=rate_limited)
            await world.start(**options)
            try:
                yield world
            finally:
                await world.close()
    finally:
        await database.close()


@pytest.fixture(params=["socket", "http"])
async def slack_world(request, sqlite_url, clock) -> AsyncIterator[SlackWorld]:
    """The workspace T1, by Socket Mode or by signed requests."""
    slack = FakeTeam({TOKEN: "T1"}, app_token=APP_TOKEN, channel=(1000, 1.0))
    transports: dict[str, dict[str, Any]] = {
        "socket": {"app_token": APP_TOKEN},
        "http": {"signing_secret": SECRET},
    }
    options: dict[str, Any] = {"bot_token": TOKEN, **transports[request.param]}
    async with open_slack_world(sqlite_url, clock, slack, **options) as world:
        await world.wait_until(lambda: world.workspace("T1"))
        yield world


@pytest.fixture
def ann(slack_world):
    person = slack_world.slack.person("T1", "UANN", "ann")
    person.settle = slack_world.settle
    return person


@pytest.fixture
def bob(slack_world):
    person = slack_world.slack.person("T1", "UBOB", "bob")
    person.settle = slack_world.settle
    return person
