"""A hub on loopback, the real client, and the real web server."""

import asyncio
import hashlib
import hmac
from datetime import timedelta
from ipaddress import ip_network

import aiohttp
import pytest
from aiohttp import web
from sqlalchemy import text

from bot.store.feeds import pause_feed
from bot.store.websub import claim_pushes, push_by_token
from bot.web.server import Route, WebServer
from bot.websub import PATH, HubWorld, WebSub
from tests.bot.feed_world import URL, Feeds
from tests.watchers.sources.made_feeds import rss
from watchers.fetching.http import HttpClient
from watchers.fetching.http_options import HttpOptions
from watchers.fetching.politeness import Pace
from watchers.fetching.proxies import Proxies
from watchers.isolation import Isolation
from watchers.sources.schedule import Limits

TYPE = "application/rss+xml"


class Hub:
    """A hub that keeps its side of the bargain, or does not."""

    def __init__(self) -> None:
        self.forms: list[dict[str, str]] = []
        self.answer = 202
        self.lease = "86400"
        self.session: aiohttp.ClientSession | None = None
        self.url = ""

    async def subscribe(self, request: web.Request) -> web.Response:
        self.forms.append(dict(await request.post()))
        return web.Response(status=self.answer, text="the hub's own words")

    async def verify(self, mode: str = "subscribe", *, topic: str | None = None, **more: str):
        form = self.forms[-1]
        query = {
            "hub.mode": mode,
            "hub.topic": topic or form["hub.topic"],
            "hub.challenge": "echo-me",
            "hub.lease_seconds": self.lease,
        }
        async with self.session.get(form["hub.callback"], params=query | more) as response:
            return response.status, await response.text()

    async def send(self, body: bytes, *, secret: str | None = None, kind: str = TYPE) -> int:
        form = self.forms[-1]
        key = (secret or form["hub.secret"]).encode()
        signed = f"sha256={hmac.new(key, body, hashlib.sha256).hexdigest()}"
        headers = {"X-Hub-Signature": signed, "Content-Type": kind}
        async with self.session.post(form["hub.callback"], data=body, headers=headers) as response:
            return response.status


class Place:
    """Everything: a feed that names a hub, the hub, and us."""

    def __init__(self, world, hub: Hub, websub: WebSub, feeds: Feeds) -> None:
        self.world, self.hub, self.websub, self.feeds = world, hub, websub, feeds

    def show(self, *numbers: int) -> None:
        channel = (
            f'<atom:link xmlns:atom="http://www.w3.org/2005/Atom" rel="hub" href="{self.hub.url}"/>'
        )
        self.feeds.server.put(URL, rss(numbers, channel=channel, now=self.world.clock()))

    async def subscribed(self):
        """A feed that was read once, whose hub was asked and has confirmed."""
        await self.world.say('/subscribe source:"The Example"')
        self.show(2, 1)
        feed = await self.feeds.add()
        await self.feeds.ask(feed)
        await self.websub.step()
        assert await self.hub.verify() == (200, "echo-me")
        return feed

    async def alerts(self) -> list[str]:
        before = len(self.world.chat.sent)
        await self.world.spread()
        return self.world.chat.titles()[before:]

    async def row(self):
        async with self.world.database.reading() as connection:
            return (await connection.execute(text("SELECT * FROM pushes"))).one()


@pytest.fixture
async def place(world):
    hub, stop = Hub(), asyncio.Event()
    app = web.Application()
    app.router.add_post("/", hub.subscribe)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    hub.url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    options = HttpOptions(allow_networks=(ip_network("127.0.0.0/8"),), pace=Pace(spacing=0))
    async with (
        Isolation() as isolation,
        HttpClient(options, proxies=Proxies({})) as client,
        aiohttp.ClientSession() as session,
    ):
        hub.session = session
        hubs: list[WebSub] = []

        async def verify(request: web.Request) -> web.StreamResponse:
            return await hubs[0].verify(request)

        async def receive(request: web.Request) -> web.StreamResponse:
            return await hubs[0].receive(request)

        server = WebServer(
            "127.0.0.1", 0, [Route("GET", PATH, verify), Route("POST", PATH, receive)]
        )
        serving = asyncio.create_task(server.run(stop))
        await server.listening.wait()
        public = f"http://127.0.0.1:{server.port}/"
        around = HubWorld(client.post_form, client, isolation, public, Limits())
        websub = WebSub(world.database, world.ingest, around, world.clock, on_news=lambda: None)
        hubs.append(websub)
        feeds = Feeds(world, isolation, pushes=websub)
        yield Place(world, hub, websub, feeds)
        await feeds.watch.close()
        stop.set()
        await serving
    await runner.cleanup()


async def test_what_a_hub_sends_is_told_at_once_and_once(place):
    await place.subscribed()
    assert place.hub.forms[0]["hub.topic"] == URL
    assert await place.hub.send(rss((3,), now=place.world.clock())) == 202
    assert await place.alerts() == ["News 3"]
    await place.hub.send(rss((3,), now=place.world.clock()))
    place.show(3, 2, 1)
    await place.feeds.live(days=1)
    assert await place.alerts() == []


async def test_a_feed_that_is_pushed_is_asked_less_often(place):
    feed = await place.subscribed()
    row = await place.feeds.ask(feed)
    assert row.due_at - place.world.clock() >= timedelta(hours=1)


async def test_what_is_not_signed_as_agreed_is_answered_and_not_believed(place):
    await place.subscribed()
    assert await place.hub.send(rss((3,)), secret="guessed") == 202
    assert await place.alerts() == []


async def test_an_address_that_nobody_was_given_is_gone(place):
    await place.subscribed()
    place.hub.forms[-1]["hub.callback"] += "x"
    assert await place.hub.send(rss((3,))) == 410
    assert (await place.hub.verify())[0] == 404


async def test_what_we_did_not_ask_for_is_not_confirmed(place):
    await place.subscribed()
    assert (await place.hub.verify(topic="https://other.example/"))[0] == 404
    assert (await place.hub.verify("unsubscribe"))[0] == 404
    assert (await place.hub.verify("nonsense"))[0] == 400


async def test_the_lease_is_renewed_before_it_ends(place):
    await place.subscribed()
    place.world.clock.turn(hours=19)
    await place.websub.step()
    assert len(place.hub.forms) == 1
    place.world.clock.turn(hours=1)
    await place.websub.step()
    assert len(place.hub.forms) == 2
    assert await place.hub.verify() == (200, "echo-me")
    assert (await place.row()).state == "active"


async def test_a_hub_that_never_confirms_is_asked_again_and_not_relied_on(place):
    place.show(2, 1)
    feed = await place.feeds.add()
    await place.feeds.ask(feed)
    await place.websub.step()
    await place.websub.step()
    assert len(place.hub.forms) == 1
    place.world.clock.turn(minutes=11)
    await place.websub.step()
    assert len(place.hub.forms) == 2
    async with place.world.database.reading() as connection:
        assert not await place.websub.is_pushed(connection, feed.id)


async def test_a_hub_that_refuses_is_asked_later_and_later(place):
    place.hub.answer = 500
    place.show(2, 1)
    await place.feeds.ask(await place.feeds.add())
    for _ in range(3):
        await place.websub.step()
        place.world.clock.turn(hours=1)
    row = await place.row()
    assert (len(place.hub.forms), row.failures) == (2, 2)
    assert "500" in row.problem


async def test_a_hub_that_denies_is_asked_again_much_later(place):
    place.show(2, 1)
    await place.feeds.ask(await place.feeds.add())
    await place.websub.step()
    assert (await place.hub.verify("denied", **{"hub.reason": "not yours"}))[0] == 200
    row = await place.row()
    assert "not yours" in row.problem


async def test_a_ping_without_content_makes_the_feed_due(place):
    feed = await place.subscribed()
    place.show(3, 2, 1)
    await place.hub.send(b"")
    await place.feeds.live(minutes=6)
    assert await place.alerts() == ["News 3"]
    assert (await place.feeds.row(feed)).polled_at is not None


async def test_a_ping_that_is_no_feed_makes_the_feed_due(place):
    await place.subscribed()
    place.show(3, 2, 1)
    await place.hub.send(b"<html><p>updated", kind="text/html")
    await place.feeds.live(minutes=6)
    assert await place.alerts() == ["News 3"]


async def test_a_hub_that_forgets_to_tell_is_not_relied_on(place):
    feed = await place.subscribed()
    place.show(3, 2, 1)
    await place.feeds.ask(feed)
    assert (await place.row()).state == "silent"
    assert await place.hub.verify() == (200, "echo-me")
    assert (await place.row()).state == "active"


async def test_a_feed_that_names_no_hub_any_more_is_asked_as_before(place):
    feed = await place.subscribed()
    place.feeds.server.put(URL, rss((2, 1)))
    await place.feeds.ask(feed)
    assert await place.hub.send(rss((3,))) == 410


async def test_a_paused_feed_is_not_told_of(place):
    feed = await place.subscribed()
    async with place.world.database.writing() as connection:
        await pause_feed(connection, feed.id)
    assert await place.hub.send(rss((3,))) == 410


async def test_no_secret_is_shown(place):
    await place.subscribed()
    async with place.world.database.reading() as connection:
        push = await push_by_token(connection, (await place.row()).token)
    assert push is not None
    assert push.secret not in repr(push)
    assert push.token not in repr(push)


async def test_two_processes_ask_a_hub_once(place):
    place.show(2, 1)
    await place.feeds.ask(await place.feeds.add())

    async def claim() -> int:
        async with place.world.database.writing() as connection:
            return len(await claim_pushes(connection, most=8, now=place.world.clock()))

    assert sorted(await asyncio.gather(claim(), claim())) == [0, 1]
