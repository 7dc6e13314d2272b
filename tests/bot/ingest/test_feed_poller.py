import asyncio
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from bot.store.feeds.feed_queue import HOST_LEASE
from bot.store.feeds.feeds import list_feeds
from bot.store.feeds.sources import read_cursor
from tests.bot.ingest.feed_world import URL, FeedWorld
from tests.watchers.sources.made_feeds import rss
from watchers.errors import FetchTimeout, HttpStatusError
from watchers.process_pool import SandboxPool

MOVED = "https://new.example.org/feed.xml"


@pytest.fixture(params=["sqlite"])
def database_url(request, sqlite_url):
    """Polling does not depend on the kind of database: the tests of the store run on both."""
    return sqlite_url


@pytest.fixture
async def feeds(world):
    async with SandboxPool() as isolation:
        feeds = FeedWorld(world, isolation)
        feeds.server.put(URL, rss((2, 1)))
        yield feeds
        await feeds.poller.close()


def http_error(status: int, retry_after: float | None = None, **fields) -> HttpStatusError:
    return HttpStatusError(status, f"{status}: no", address=URL, retry_after=retry_after, **fields)


async def new_alerts(world) -> list[str]:
    """Deliver alerts and return the titles of the new ones."""
    before = len(world.chat.sent)
    await world.run_pipeline()
    return world.chat.titles()[before:]


async def subscribe_to_feed(feeds):
    """Add and poll a feed, with a chat that subscribes to all of its items."""
    await feeds.world.send_command('/subscribe source:"The Example"')
    feed = await feeds.add()
    await feeds.poll(feed)
    assert await new_alerts(feeds.world) == []
    return feed


async def test_items_of_the_first_poll_are_stored_but_not_alerted(feeds):
    feed = await subscribe_to_feed(feeds)
    assert (await feeds.row(feed)).is_baselined
    feeds.server.put(URL, rss((3, 2, 1)))
    await feeds.poll(feed)
    assert await new_alerts(feeds.world) == ["News 3"]


async def test_an_item_of_a_feed_that_is_too_old_is_stored_and_not_alerted(feeds):
    feeds.world.ingest._news_max_age = timedelta(days=14)
    feed = await subscribe_to_feed(feeds)
    now = feeds.clock()
    old, fresh = (
        rss((number,), now=now - timedelta(days=days)) for number, days in ((3, 15), (4, 13))
    )
    undated = rss((5,))
    for body in (old, fresh, undated):
        feeds.server.put(URL, body)
        await feeds.poll(feed)
    assert await new_alerts(feeds.world) == ["News 4", "News 5"]
    assert await feeds.item_titles() >= {"News 3", "News 4", "News 5"}


async def test_a_first_poll_without_entries_ends_the_initial_import(feeds):
    feeds.server.put(URL, rss(()))
    feed = await subscribe_to_feed(feeds)
    feeds.server.put(URL, rss((1,)))
    await feeds.poll(feed)
    assert await new_alerts(feeds.world) == ["News 1"]


async def test_many_new_entries_in_one_poll_are_all_stored(feeds):
    feed = await subscribe_to_feed(feeds)
    feeds.server.put(URL, rss(range(150, 0, -1)))
    await feeds.poll(feed)
    assert sorted(await new_alerts(feeds.world)) == sorted(f"News {n}" for n in range(3, 151))


@pytest.mark.parametrize(
    "changes",
    [
        {"key": "urn:uuid:{}"},
        {"link": "https://new.example.net/{}"},
        {"key": "urn:uuid:{}", "link": "https://new.example.net/{}"},
        {
            "key": "urn:uuid:{}",
            "body": "Words that are other words entirely: {} " + "and more " * 9,
        },
        {"dated": False},
    ],
)
async def test_a_feed_that_changes_its_ids_and_links_causes_no_second_alert(feeds, changes):
    feed = await subscribe_to_feed(feeds)
    numbers = range(10, 0, -1)
    feeds.server.put(URL, rss(numbers, now=feeds.clock()))
    await feeds.poll(feed)
    assert len(await new_alerts(feeds.world)) == 8
    feeds.server.put(URL, rss(numbers, now=feeds.clock() + timedelta(hours=9), **changes))
    await feeds.poll(feed)
    assert await new_alerts(feeds.world) == []
    feeds.server.put(URL, rss((11, *numbers), **changes))
    await feeds.poll(feed)
    assert await new_alerts(feeds.world) == ["News 11"]


async def test_an_edited_entry_replaces_its_item(feeds):
    feed = await subscribe_to_feed(feeds)
    feeds.server.put(URL, rss((2, 1), word="Corrected news"))
    await feeds.poll(feed)
    assert await new_alerts(feeds.world) == []
    assert "Corrected news 1" in await feeds.world.send_command("/latest")
    assert "2 stored items" in await feeds.world.send_command("/status")


async def test_entries_that_return_cause_no_alert(feeds):
    feed = await subscribe_to_feed(feeds)
    feeds.server.put(URL, rss((9, 8)))
    await feeds.poll(feed)
    await new_alerts(feeds.world)
    feeds.server.put(URL, rss((9, 2, 1)))
    await feeds.poll(feed)
    assert await new_alerts(feeds.world) == []


async def test_a_gone_feed_is_not_polled_and_causes_one_notice(feeds):
    feed = await subscribe_to_feed(feeds)
    feeds.server.fail(URL, http_error(410))
    await feeds.advance(hours=3)
    row = await feeds.row(feed)
    assert (row.state, row.due_at, row.problem) == ("ended", None, "410: no")
    request_count = len(feeds.server.requests)
    await feeds.advance(days=30)
    assert len(feeds.server.requests) == request_count
    (notice,) = await feeds.operator_notices()
    assert "The Example" in notice
    assert "does not poll" in notice
    assert notice.endswith(": 410: no")


async def test_a_feed_that_fails_for_a_day_causes_one_notice_and_one_at_its_return(feeds):
    feed = await subscribe_to_feed(feeds)
    feeds.server.fail(URL, http_error(404))
    await feeds.advance(hours=20)
    assert await feeds.operator_notices() == []
    await feeds.advance(days=2)
    assert (await feeds.row(feed)).state == "active"
    (notice,) = await feeds.operator_notices()
    assert "The Example for a day: 404: no" in notice
    await feeds.advance(days=7)
    assert ((await feeds.row(feed)).state, len(await feeds.operator_notices())) == ("dead", 1)
    feeds.server.put(URL, rss((2, 1)))
    await feeds.advance(days=3)
    (notice,) = (await feeds.operator_notices())[1:]
    assert "The Example again" in notice


async def test_a_feed_that_fails_for_a_week_is_dead_and_its_return_causes_one_notice(feeds):
    feed = await subscribe_to_feed(feeds)
    feeds.server.fail(URL, http_error(404))
    await feeds.advance(days=5)
    assert (await feeds.row(feed)).state == "active"
    await feeds.advance(days=5)
    assert (await feeds.row(feed)).state == "dead"
    await feeds.advance(days=10)
    assert len(await feeds.operator_notices()) == 1
    failures = (await feeds.row(feed)).failures
    await feeds.advance(days=10)
    assert 8 <= (await feeds.row(feed)).failures - failures <= 10  # once a day
    feeds.server.put(URL, rss((3, 2, 1)))
    await feeds.advance(days=3)
    assert (await feeds.row(feed)).state == "active"
    (notice,) = (await feeds.operator_notices())[1:]
    assert "The Example again" in notice
    assert await new_alerts(feeds.world) == ["News 3"]


async def test_a_feed_that_fails_for_an_hour_causes_no_notice(feeds):
    feed = await subscribe_to_feed(feeds)
    feeds.server.fail(URL, FetchTimeout(20, address=URL))
    await feeds.advance(hours=3)
    row = await feeds.row(feed)
    assert row.failures >= 3
    assert "20 s" in row.problem
    feeds.server.put(URL, rss((2, 1)))
    await feeds.advance(days=1)
    assert (await feeds.row(feed)).problem is None
    assert await feeds.operator_notices() == []


async def test_retry_after_applies_to_all_feeds_of_the_host(feeds):
    other = "https://example.org/other.xml"
    feeds.server.put(other, rss((1,), title="Other"))
    feed = await subscribe_to_feed(feeds)
    feeds.server.fail(URL, http_error(429, 1800))
    await feeds.poll(feed)
    start = feeds.clock()
    await feeds.add(other)
    feeds.server.requests.clear()
    await feeds.advance(minutes=29)
    assert feeds.server.requests == []
    await feeds.advance(minutes=10)
    assert {url for url, _ in feeds.server.requests} == {URL, other}
    assert feeds.clock() - start >= timedelta(minutes=30)


async def test_a_browser_challenge_is_named_in_the_problem(feeds):
    feed = await subscribe_to_feed(feeds)
    feeds.server.fail(
        URL,
        HttpStatusError(
            403, "403: Cloudflare wants a browser", address=URL, is_browser_challenge=True
        ),
    )
    row = await feeds.poll(feed)
    assert row.problem == "403: Cloudflare wants a browser"


async def test_a_permanent_redirect_changes_the_address_at_the_third_poll(feeds):
    feed = await subscribe_to_feed(feeds)
    feeds.server.put(MOVED, rss((2, 1)))
    feeds.server.move(URL, MOVED)
    for expected in (URL, URL, MOVED):
        assert (await feeds.poll(feed)).address == expected
    feeds.server.put(MOVED, rss((3, 2, 1)))
    row = await feeds.poll(feed)
    assert (row.host, row.address) == ("new.example.org", MOVED)
    assert await new_alerts(feeds.world) == ["News 3"]


SITE = b"""<html><head><title>The Example</title>
<link rel="alternate" type="application/rss+xml" title="Comments on The Example" href="/comments.xml">
<link rel="alternate" type="application/rss+xml" title="The Example" href="%s"></head></html>"""


async def test_a_lost_feed_is_rediscovered_on_its_site_without_second_alerts(feeds):
    feed = await subscribe_to_feed(feeds)
    feeds.server.fail(URL, http_error(404))
    feeds.server.put("https://example.org/", SITE % MOVED.encode(), content_type="text/html")
    feeds.server.put(MOVED, rss((3, 2, 1), key="new-{}"))
    await feeds.advance(hours=48)
    assert (await feeds.row(feed)).address == URL
    await feeds.advance(hours=72)
    row = await feeds.row(feed)
    assert (row.address, row.problem, row.state) == (MOVED, None, "active")
    # The new address starts like a new feed: its old entries are stored without alerts.
    assert await new_alerts(feeds.world) == []
    feeds.server.put(MOVED, rss((4, 3, 2, 1), key="new-{}"))
    await feeds.poll(feed)
    assert await new_alerts(feeds.world) == ["News 4"]
    notices = await feeds.operator_notices()
    assert any(MOVED in notice for notice in notices)


async def test_a_lost_feed_is_not_replaced_by_another_feed_of_the_site(feeds):
    feed = await subscribe_to_feed(feeds)
    feeds.server.fail(URL, http_error(404))
    page = SITE.replace(b'title="The Example" href="%s"', b'title="All news" href="/main.xml"')
    feeds.server.put("https://example.org/", page, content_type="text/html")
    feeds.server.put("https://example.org/main.xml", rss(range(20, 0, -1), title="All news"))
    await feeds.advance(hours=24 * 20)
    row = await feeds.row(feed)
    assert (row.state, row.address) == ("dead", URL)
    assert await new_alerts(feeds.world) == []
    # The feed is back, as after an outage of its server.
    feeds.server.put(URL, rss((3, 2, 1)))
    await feeds.advance(hours=25)
    assert await new_alerts(feeds.world) == ["News 3"]


async def test_the_etag_of_the_old_server_is_not_sent_to_the_new_one(feeds):
    feed = await subscribe_to_feed(feeds)
    feeds.server.fail(URL, http_error(410))
    feeds.server.put("https://example.org/", SITE % MOVED.encode(), content_type="text/html")
    feeds.server.put(MOVED, rss((3, 2, 1)))
    await feeds.poll(feed)
    await feeds.poll(feed)
    assert all(sent.etag is None for url, sent in feeds.server.requests if url == MOVED)


async def test_a_comment_feed_is_not_a_new_address(feeds):
    feed = await subscribe_to_feed(feeds)
    page = SITE.replace(b'title="The Example" href="%s"', b'title="no feed" href="/nothing"')
    feeds.server.put("https://example.org/", page, content_type="text/html")
    feeds.server.put("https://example.org/comments.xml", rss((7,), title="Comments"))
    feeds.server.fail(URL, http_error(410))
    row = await feeds.poll(feed)
    assert (row.state, row.address) == ("ended", URL)


async def test_a_feed_that_triggers_an_internal_error_backs_off(feeds, monkeypatch):
    feed = await subscribe_to_feed(feeds)
    feeds.server.put(URL, rss((3, 2, 1)))

    async def fail(*_: object) -> None:
        raise ValueError("simulated defect")

    monkeypatch.setattr("bot.ingest.feed_poll.poll_feed", fail)
    row = await feeds.poll(feed)
    assert "internal error" in row.problem
    assert row.due_at >= feeds.clock() + timedelta(minutes=5)


async def test_a_crash_during_a_poll_loses_no_item(feeds, monkeypatch):
    feed = await subscribe_to_feed(feeds)
    feeds.server.put(URL, rss((3, 2, 1)))

    async def killed(*_: object) -> None:
        raise asyncio.CancelledError

    feeds.clock.advance(hours=2)
    with monkeypatch.context() as patch:
        patch.setattr("bot.ingest.pipeline.write_cursor", killed)
        await feeds.poller.step()
        await feeds.poller._polls.wait_idle()
    assert await new_alerts(feeds.world) == []
    feeds.clock.advance(seconds=HOST_LEASE.total_seconds())
    await feeds.poller.finish()
    assert await new_alerts(feeds.world) == ["News 3"]
    assert (await feeds.row(feed)).problem is None


async def test_a_slow_feed_does_not_delay_others(world):
    slow, quick = "https://slow.org/feed", "https://quick.org/feed"
    async with SandboxPool() as isolation:
        gate, answered = asyncio.Event(), asyncio.Event()
        feeds = FeedWorld(world, isolation)

        async def fetch(url, **options):
            if url == slow:
                await gate.wait()
            else:
                answered.set()
            return await feeds.server(url, **options)

        feeds = FeedWorld(world, isolation, fetch)
        for url in (slow, quick):
            feeds.server.put(url, rss((1,)))
            await feeds.add(url)
        assert await feeds.poller.step()
        await answered.wait()
        gate.set()
        await feeds.poller.finish()
        assert len(await _cursors(feeds)) == 2


async def test_many_feeds_of_one_host_are_polled_one_per_second(feeds):
    for number in range(20):
        address = f"https://many.org/{number}"
        feeds.server.put(address, rss((1,)))
        await feeds.add(address)
    start = feeds.clock()
    await feeds.poller.finish()
    assert len(feeds.server.requests) == 20
    assert feeds.clock() - start >= timedelta(seconds=19)


async def test_unused_hosts_are_pruned(feeds):
    feed = await subscribe_to_feed(feeds)
    await feeds.poll(feed)
    feeds.clock.advance(minutes=11)
    await feeds.poller.step()
    async with feeds.world.database.reading() as connection:
        assert (await connection.execute(text("SELECT count(*) FROM hosts"))).scalar() == 0


async def test_close_cancels_running_polls(world):
    async with SandboxPool() as isolation:
        started = asyncio.Event()

        async def never(url, **options):
            started.set()
            await asyncio.Event().wait()

        feeds = FeedWorld(world, isolation, never)
        await feeds.add()
        await feeds.poller.step()
        await started.wait()
        await feeds.poller.close()
        assert not feeds.poller._polls


async def _cursors(feeds):
    async with feeds.world.database.reading() as connection:
        rows = await list_feeds(connection, limit=99)
        return [await read_cursor(connection, row.id) for row in rows]


class StrictHost:
    """A host that allows one request per minute and refuses the others."""

    def __init__(self, server, clock, *, retry_after: bool) -> None:
        self._server = server
        self._clock = clock
        self._retry_after = retry_after
        self._free_at = clock()
        self.refusals = 0
        self.read_at: dict[str, list[datetime]] = {}

    async def __call__(self, url, **options):
        now = self._clock()
        if now < self._free_at:
            self.refusals += 1
            seconds = (self._free_at - now).total_seconds()
            raise http_error(429, seconds if self._retry_after else None)
        self._free_at = now + timedelta(minutes=1)
        self.read_at.setdefault(url, []).append(now)
        return await self._server(url, **options)


@pytest.mark.slow
@pytest.mark.parametrize(("retry_after", "step_seconds"), [(True, 61), (False, 601)])
async def test_the_feeds_of_a_host_that_allows_one_request_per_minute_take_turns(
    world, retry_after, step_seconds
):
    async with SandboxPool() as isolation:
        feeds = FeedWorld(world, isolation)
        host = StrictHost(feeds.server, world.clock, retry_after=retry_after)
        feeds = FeedWorld(world, isolation, fetch=host)
        urls = [f"https://example.org/{number}.xml" for number in range(15)]
        for url in urls:
            host._server.put(url, rss((2, 1)))
            await feeds.add(url)
        for _ in range(300):
            await feeds.poller.finish()
            feeds.clock.advance(seconds=step_seconds)
        reads = [len(host.read_at.get(url, ())) for url in urls]
        # No feed is left out, none is read more than twice as often as another.
        assert min(reads) >= 2
        assert max(reads) <= 2 * min(reads)
        assert host.refusals <= 0.05 * sum(reads) + 2
        async with world.database.reading() as connection:
            rows = await list_feeds(connection, limit=100)
        assert {(row.state, row.failures) for row in rows} == {("active", 0)}
        await feeds.poller.close()


async def test_a_refusal_is_reported_as_a_problem_of_the_host(feeds):
    feed = await subscribe_to_feed(feeds)
    feeds.server.fail(URL, http_error(429))
    row = await feeds.poll(feed)
    assert "example.org refuses requests" in row.problem
    assert (row.failures, row.state) == (0, "active")
    feeds.clock.advance(hours=25)
    await feeds.poller.finish()
    (notice,) = await feeds.operator_notices()
    assert "example.org" in notice
