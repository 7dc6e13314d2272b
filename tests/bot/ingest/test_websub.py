"""WebSub with a hub on loopback, the real HTTP client and the real web server."""

import asyncio
import hashlib
import hmac
from datetime import timedelta
from ipaddress import ip_network

import aiohttp
import pytest
from aiohttp import web
from sqlalchemy import text

from bot.ingest.websub import PATH, WebSub, WebSubContext
from bot.store.feeds.feeds import pause_feed
from bot.store.feeds.websub import claim_pushes, push_by_token
from bot.web.server import Route, WebServer
from tests.bot.ingest.feed_world import URL, FeedWorld
from tests.watchers.sources.made_feeds import rss
from watchers.fetching.client import HttpClient
from watchers.fetching.host_throttle import ThrottleOptions
from watchers.fetching.lazy_client import HttpOptions
from watchers.fetching.proxies import Proxies
from watchers.process_pool import SandboxPool
from watchers.sources.schedule import IntervalLimits

TYPE = "application/rss+xml"


class Hub:
    """A hub whose answers a test sets."""

    def __init__(self) -> None:
        self.forms: list[dict[str, str]] = []
        self.answer = 202
        self.lease = "86400"
        self.session: aiohttp.ClientSession | None = None
        self.url = ""

    async def subscribe(self, request: web.Request) -> web.Response:
        self.forms.append({name: str(value) for name, value in (await request.post()).items()})
        return web.Response(status=self.answer, text="a reason")

    async def verify(self, mode: str = "subscribe", *, topic: str | None = None, **fields: str):
        form = self.forms[-1]
        query = {
            "hub.mode": mode,
            "hub.topic": topic or form["hub.topic"],
            "hub.challenge": "echo-me",
            "hub.lease_seconds": self.lease,
        }
        async with self.session.get(form["hub.callback"], params=query | fields) as response:
            return response.status, await response.text()

    async def send(self, body: bytes, *, secret: str | None = None, kind: str = TYPE) -> int:
        form = self.forms[-1]
        key = (secret or form["hub.secret"]).encode()
        signed = f"sha256={hmac.new(key, body, hashlib.sha256).hexdigest()}"
        headers = {"X-Hub-Signature": signed, "Content-Type": kind}
        async with self.session.post(form["hub.callback"], data=body, headers=headers) as response:
            return response.status


class WebSubWorld:
    """A feed that names a hub, the hub, and the subscriber."""

    def __init__(self, world, hub: Hub, websub: WebSub, feeds: FeedWorld) -> None:
        self.world, self.hub, self.websub, self.feeds = world, hub, websub, feeds

    def publish(self, *numbers: int) -> None:
        channel = (
            f'<atom:link xmlns:atom="http://www.w3.org/2005/Atom" rel="hub" href="{self.hub.url}"/>'
        )
        self.feeds.server.put(URL, rss(numbers, channel=channel, now=self.world.clock()))

    async def subscribe(self):
        """Add a feed, poll it once and confirm its subscription at the hub."""
        await self.world.send_command('/subscribe source:"The Example"')
        self.publish(2, 1)
        feed = await self.feeds.add()
        await self.feeds.poll(feed)
        await self.websub.step()
        assert await self.hub.verify() == (200, "echo-me")
        return feed

    async def new_alerts(self) -> list[str]:
        before = len(self.world.chat.sent)
        await self.world.run_pipeline()
        return self.world.chat.titles()[before:]

    async def row(self):
        async with self.world.database.reading() as connection:
            return (await connection.execute(text("SELECT * FROM websub_subscriptions"))).one()


@pytest.fixture
async def websub_world(world):
    hub, stop = Hub(), asyncio.Event()
    app = web.Application()
    app.router.add_post("/", hub.subscribe)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    hub.url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    options = HttpOptions(
        allow_networks=(ip_network("127.0.0.0/8"),), throttle=ThrottleOptions(spacing_seconds=0)
    )
    async with (
        SandboxPool() as isolation,
        HttpClient(options, proxies=Proxies({})) as client,
        aiohttp.ClientSession() as session,
    ):
        hub.session = session
        hubs: list[WebSub] = []

        async def verify(request: web.Request) -> web.StreamResponse:
            return await hubs[0].handle_verification(request)

        async def receive(request: web.Request) -> web.StreamResponse:
            return await hubs[0].handle_push(request)

        server = WebServer(
            "127.0.0.1", 0, [Route("GET", PATH, verify), Route("POST", PATH, receive)]
        )
        serving = asyncio.create_task(server.run(stop))
        await server.listening.wait()
        public = f"http://127.0.0.1:{server.port}/"
        context = WebSubContext(client.post_form, client, isolation, public, IntervalLimits())
        websub = WebSub(world.database, world.ingest, context, world.clock, on_news=lambda: None)
        hubs.append(websub)
        feeds = FeedWorld(world, isolation, websub=websub)
        yield WebSubWorld(world, hub, websub, feeds)
        await feeds.poller.close()
        stop.set()
        await serving
    await runner.cleanup()


async def test_pushed_items_are_alerted_at_once_and_once(websub_world):
    await websub_world.subscribe()
    assert websub_world.hub.forms[0]["hub.topic"] == URL
    assert await websub_world.hub.send(rss((3,), now=websub_world.world.clock())) == 202
    assert await websub_world.new_alerts() == ["News 3"]
    await websub_world.hub.send(rss((3,), now=websub_world.world.clock()))
    websub_world.publish(3, 2, 1)
    await websub_world.feeds.advance(days=1)
    assert await websub_world.new_alerts() == []


async def test_a_pushed_feed_is_polled_less_often(websub_world):
    feed = await websub_world.subscribe()
    row = await websub_world.feeds.poll(feed)
    assert row.due_at - websub_world.world.clock() >= timedelta(hours=1)


async def test_a_push_with_a_wrong_signature_is_ignored(websub_world):
    await websub_world.subscribe()
    assert await websub_world.hub.send(rss((3,)), secret="guessed") == 202
    assert await websub_world.new_alerts() == []


async def test_an_unknown_token_is_answered_with_410(websub_world):
    await websub_world.subscribe()
    websub_world.hub.forms[-1]["hub.callback"] += "x"
    assert await websub_world.hub.send(rss((3,))) == 410
    assert (await websub_world.hub.verify())[0] == 404


async def test_unrequested_intents_are_not_confirmed(websub_world):
    await websub_world.subscribe()
    assert (await websub_world.hub.verify(topic="https://other.example/"))[0] == 404
    assert (await websub_world.hub.verify("unsubscribe"))[0] == 404
    assert (await websub_world.hub.verify("nonsense"))[0] == 400


async def test_the_lease_is_renewed_before_it_ends(websub_world):
    await websub_world.subscribe()
    websub_world.world.clock.advance(hours=19)
    await websub_world.websub.step()
    assert len(websub_world.hub.forms) == 1
    websub_world.world.clock.advance(hours=1)
    await websub_world.websub.step()
    assert len(websub_world.hub.forms) == 2
    assert await websub_world.hub.verify() == (200, "echo-me")
    assert (await websub_world.row()).state == "active"


async def test_a_hub_that_never_confirms_gets_another_request_and_does_not_count(websub_world):
    websub_world.publish(2, 1)
    feed = await websub_world.feeds.add()
    await websub_world.feeds.poll(feed)
    await websub_world.websub.step()
    await websub_world.websub.step()
    assert len(websub_world.hub.forms) == 1
    websub_world.world.clock.advance(minutes=11)
    await websub_world.websub.step()
    assert len(websub_world.hub.forms) == 2
    async with websub_world.world.database.reading() as connection:
        assert not await websub_world.websub.is_pushed(connection, feed.id)


async def test_a_hub_that_refuses_is_retried_with_backoff(websub_world):
    websub_world.hub.answer = 500
    websub_world.publish(2, 1)
    await websub_world.feeds.poll(await websub_world.feeds.add())
    for _ in range(3):
        await websub_world.websub.step()
        websub_world.world.clock.advance(hours=1)
    row = await websub_world.row()
    assert (len(websub_world.hub.forms), row.failures) == (2, 2)
    assert "500" in row.problem


async def test_the_reason_of_a_denial_is_stored(websub_world):
    websub_world.publish(2, 1)
    await websub_world.feeds.poll(await websub_world.feeds.add())
    await websub_world.websub.step()
    assert (await websub_world.hub.verify("denied", **{"hub.reason": "not yours"}))[0] == 200
    row = await websub_world.row()
    assert "not yours" in row.problem


async def test_a_push_without_content_makes_the_feed_due(websub_world):
    feed = await websub_world.subscribe()
    websub_world.publish(3, 2, 1)
    await websub_world.hub.send(b"")
    await websub_world.feeds.advance(minutes=6)
    assert await websub_world.new_alerts() == ["News 3"]
    assert (await websub_world.feeds.row(feed)).polled_at is not None


async def test_a_push_that_is_not_a_feed_makes_the_feed_due(websub_world):
    await websub_world.subscribe()
    websub_world.publish(3, 2, 1)
    await websub_world.hub.send(b"<html><p>updated", kind="text/html")
    await websub_world.feeds.advance(minutes=6)
    assert await websub_world.new_alerts() == ["News 3"]


async def test_a_hub_that_misses_an_update_does_not_count_until_it_confirms(websub_world):
    feed = await websub_world.subscribe()
    websub_world.publish(3, 2, 1)
    await websub_world.feeds.poll(feed)
    assert (await websub_world.row()).state == "silent"
    assert await websub_world.hub.verify() == (200, "echo-me")
    assert (await websub_world.row()).state == "active"


async def test_a_feed_without_a_hub_ends_the_subscription(websub_world):
    feed = await websub_world.subscribe()
    websub_world.feeds.server.put(URL, rss((2, 1)))
    await websub_world.feeds.poll(feed)
    assert await websub_world.hub.send(rss((3,))) == 410


async def test_a_paused_feed_accepts_no_push(websub_world):
    feed = await websub_world.subscribe()
    async with websub_world.world.database.writing() as connection:
        await pause_feed(connection, feed.id)
    assert await websub_world.hub.send(rss((3,))) == 410


async def test_the_repr_contains_no_secret(websub_world):
    await websub_world.subscribe()
    async with websub_world.world.database.reading() as connection:
        push = await push_by_token(connection, (await websub_world.row()).token)
    assert push is not None
    assert push.secret not in repr(push)
    assert push.token not in repr(push)


async def test_two_processes_send_one_subscription_request(websub_world):
    websub_world.publish(2, 1)
    await websub_world.feeds.poll(await websub_world.feeds.add())

    async def claim() -> int:
        async with websub_world.world.database.writing() as connection:
            return len(await claim_pushes(connection, limit=8, now=websub_world.world.clock()))

    assert sorted(await asyncio.gather(claim(), claim())) == [0, 1]
