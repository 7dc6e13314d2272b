"""The bot on Slack, end to end: the real SDKs on loopback, a strict fake of Slack, and people in it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from aiohttp import web
from sqlalchemy.engine import make_url

from bot.chats.adapter import UNLIMITED
from bot.chats.slack import Slack, SlackOptions
from bot.conversation.overview import Overview
from bot.delivery.accounts import Accounts
from bot.delivery.sender import Sender
from bot.store import Database, migrate
from tests.bot.conftest import World
from tests.fakes.slack_team import FakeTeam

SECRET = "signing-secret"
TOKEN = "xoxb-token-of-T1"
APP_TOKEN = "xapp-token"


class SlackWorld(World):
    """`World` with Slack around it."""

    def __init__(self, database: Database, clock, slack: FakeTeam, *, hurried: bool = True) -> None:
        super().__init__(database, clock)
        self.slack = slack
        self.hurried = hurried  # no pace: what is said comes at once
        self.accounts = Accounts(self._sender)
        self.stop = asyncio.Event()
        self.begun: dict[str, asyncio.Event] = {}  # by account: it listens
        self.service: Slack | None = None
        self._running: asyncio.Task | None = None
        self._web: web.AppRunner | None = None

    def _sender(self, adapter) -> Sender:
        if self.hurried:
            adapter.rates = lambda _: ()
            adapter.pace = UNLIMITED
        return Sender(self.database, adapter, self.clock, max_age=timedelta(hours=6))

    async def start(self, **options) -> None:
        given = {"base_url": self.slack.base_url, "patience": 30.0, "still": 0.0} | options
        self.service = Slack(
            SlackOptions(**given),
            self.database,
            self.conversation,
            Overview(self.database, self.clock),
            _Hosting(self),
            self.clock,
        )
        if self.service.routes():
            await self._serve()
        self._running = asyncio.ensure_future(self.service.run(self.stop))

    def workspace(self, account: str):
        """What is served of a workspace; nothing if it is not."""
        return self.service.accounts.find(account, None)

    async def _serve(self) -> None:
        app = web.Application()
        app.add_routes(self.service.routes())
        self._web = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._web.setup()
        site = web.TCPSite(self._web, "127.0.0.1", 0)
        await site.start()
        port = site._server.sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self.slack.app_url = f"{self.url}/slack/events"
        self.slack.signing_secret = SECRET

    async def settle(self) -> None:
        await self.service.errands.settle()

    async def spread(self) -> None:
        """What was found becomes alerts, and those are sent."""
        await self.fan_out()
        self.accounts.wake()

    async def until(self, true: Callable[[], object]) -> None:
        """Wait for something that comes by itself; a test that hangs here has failed."""
        async with asyncio.timeout(60):
            while not true():
                self.slack.news.clear()
                await self.slack.news.wait()

    async def close(self) -> None:
        for begun in self.begun.values():  # a test may be over before it has begun
            await begun.wait()
        self.stop.set()
        if self._running is not None:
            await self._running
        await self.accounts.close()
        if self._web is not None:
            await self._web.cleanup()


class _Hosting:
    """What `Slack` is given as its host."""

    def __init__(self, world: SlackWorld) -> None:
        self._world = world

    def start(self, adapter):
        begun = self._world.begun[adapter.account] = asyncio.Event()
        run = adapter.run

        async def listen(outlet, stop) -> None:
            begun.set()
            await run(outlet, stop)

        adapter.run = listen
        asyncio.get_running_loop().call_soon(self._world.slack.news.set)
        return self._world.accounts.start(adapter)

    async def end(self, adapter) -> None:
        await self._world.begun.pop(adapter.account).wait()
        await self._world.accounts.end(adapter)
        self._world.slack.news.set()


@asynccontextmanager
async def opened(tmp_path, clock, slack: FakeTeam, **options) -> AsyncIterator[SlackWorld]:
    database = Database(make_url(f"sqlite+aiosqlite:///{tmp_path / 'tocsin.sqlite3'}"))
    await migrate(database)
    hurried = options.pop("hurried", True)
    try:
        async with slack:
            world = SlackWorld(database, clock, slack, hurried=hurried)
            await world.start(**options)
            try:
                yield world
            finally:
                await world.close()
    finally:
        await database.close()


@pytest.fixture(params=["socket", "http"])
async def slack_world(request, tmp_path, clock) -> AsyncIterator[SlackWorld]:
    """One workspace, T1, by Socket Mode or by signed requests."""
    slack = FakeTeam({TOKEN: "T1"}, app_token=APP_TOKEN, channel=(1000, 1.0))
    ways = {"socket": {"app_token": APP_TOKEN}, "http": {"signing_secret": SECRET}}
    async with opened(tmp_path, clock, slack, bot_token=TOKEN, **ways[request.param]) as world:
        await world.until(lambda: world.workspace("T1"))
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
