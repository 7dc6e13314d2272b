import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url

from bot.store.feed_queue import LEASE
from bot.store.feeds import list_feeds
from bot.store.sources import read_cursor
from tests.bot.feed_world import URL, Feeds
from tests.watchers.sources.made_feeds import rss
from watchers.errors import Refused, TooSlow
from watchers.isolation import Isolation

MOVED = "https://new.example.org/feed.xml"


@pytest.fixture(params=["sqlite"])
def database_url(request, tmp_path):
    """How feeds are watched does not hang on the kind of database: the store's tests run on both."""
    return make_url(f"sqlite+aiosqlite:///{tmp_path / 'tocsin.sqlite3'}")


@pytest.fixture
async def feeds(world):
    async with Isolation() as isolation:
        made = Feeds(world, isolation)
        made.server.put(URL, rss((2, 1)))
        yield made
        await made.watch.close()


def no(status: int, retry_after: float | None = None, **more) -> Refused:
    return Refused(status, f"{status}: no", address=URL, retry_after=retry_after, **more)


async def alerts(world) -> list[str]:
    """The titles that were told since the last time."""
    before = len(world.chat.sent)
    await world.spread()
    return world.chat.titles()[before:]


async def followed(feeds):
    """A feed that was read before, and a chat that wants all of it."""
    await feeds.world.say('/subscribe source:"The Example"')
    feed = await feeds.add()
    await feeds.ask(feed)
    assert await alerts(feeds.world) == []
    return feed


async def test_what_a_feed_brings_first_is_known_and_no_news(feeds):
    feed = await followed(feeds)
    assert (await feeds.row(feed)).is_baselined
    feeds.server.put(URL, rss((3, 2, 1)))
    await feeds.ask(feed)
    assert await alerts(feeds.world) == ["News 3"]


async def test_a_first_answer_without_entries_is_a_first_answer(feeds):
    feeds.server.put(URL, rss(()))
    feed = await followed(feeds)
    feeds.server.put(URL, rss((1,)))
    await feeds.ask(feed)
    assert await alerts(feeds.world) == ["News 1"]


async def test_many_new_entries_at_once_are_all_kept(feeds):
    feed = await followed(feeds)
    feeds.server.put(URL, rss(range(150, 0, -1)))
    await feeds.ask(feed)
    assert sorted(await alerts(feeds.world)) == sorted(f"News {n}" for n in range(3, 151))


@pytest.mark.parametrize(
    "overnight",
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
async def test_a_feed_that_changes_its_marks_overnight_alerts_nothing_twice(feeds, overnight):
    feed = await followed(feeds)
    shown = range(10, 0, -1)
    feeds.server.put(URL, rss(shown, now=feeds.clock()))
    await feeds.ask(feed)
    assert len(await alerts(feeds.world)) == 8
    feeds.server.put(URL, rss(shown, now=feeds.clock() + timedelta(hours=9), **overnight))
    await feeds.ask(feed)
    assert await alerts(feeds.world) == []
    feeds.server.put(URL, rss((11, *shown), **overnight))
    await feeds.ask(feed)
    assert await alerts(feeds.world) == ["News 11"]


async def test_an_edited_entry_is_changed_in_its_place(feeds):
    feed = await followed(feeds)
    feeds.server.put(URL, rss((2, 1), word="Corrected news"))
    await feeds.ask(feed)
    assert await alerts(feeds.world) == []
    assert "Corrected news 1" in await feeds.world.say("/latest")
    assert "2 items known" in await feeds.world.say("/status")


async def test_entries_that_return_alert_nothing(feeds):
    feed = await followed(feeds)
    feeds.server.put(URL, rss((9, 8)))
    await feeds.ask(feed)
    await alerts(feeds.world)
    feeds.server.put(URL, rss((9, 2, 1)))
    await feeds.ask(feed)
    assert await alerts(feeds.world) == []


async def test_a_feed_that_is_gone_for_good_is_asked_no_more_and_told_once(feeds):
    feed = await followed(feeds)
    feeds.server.fail(URL, no(410))
    await feeds.live(hours=3)
    row = await feeds.row(feed)
    assert (row.state, row.due_at, row.problem) == ("ended", None, "410: no")
    asked = len(feeds.server.asked)
    await feeds.live(days=30)
    assert len(feeds.server.asked) == asked
    assert await feeds.told() == ["The Example is not asked any more: 410: no"]


async def test_a_feed_that_fails_for_a_day_is_told_once_and_so_is_its_return(feeds):
    feed = await followed(feeds)
    feeds.server.fail(URL, no(404))
    await feeds.live(hours=20)
    assert await feeds.told() == []
    await feeds.live(days=2)
    assert ((await feeds.row(feed)).state, await feeds.told()) == (
        "active",
        ["The Example could not be read for a day: 404: no"],
    )
    await feeds.live(days=7)
    assert ((await feeds.row(feed)).state, len(await feeds.told())) == ("dead", 1)
    feeds.server.put(URL, rss((2, 1)))
    await feeds.live(days=3)
    assert (await feeds.told())[1:] == ["The Example can be read again."]


async def test_a_feed_that_fails_for_a_week_is_dead_and_its_return_is_told_once(feeds):
    feed = await followed(feeds)
    feeds.server.fail(URL, no(404))
    await feeds.live(days=5)
    assert (await feeds.row(feed)).state == "active"
    await feeds.live(days=5)
    assert (await feeds.row(feed)).state == "dead"
    await feeds.live(days=10)
    assert len(await feeds.told()) == 1
    failures = (await feeds.row(feed)).failures
    await feeds.live(days=10)
    assert 8 <= (await feeds.row(feed)).failures - failures <= 10  # once a day
    feeds.server.put(URL, rss((3, 2, 1)))
    await feeds.live(days=3)
    assert (await feeds.row(feed)).state == "active"
    assert (await feeds.told())[1:] == ["The Example can be read again."]
    assert await alerts(feeds.world) == ["News 3"]


async def test_a_feed_that_fails_for_an_hour_is_nobodys_business(feeds):
    feed = await followed(feeds)
    feeds.server.fail(URL, TooSlow(20, address=URL))
    await feeds.live(hours=3)
    row = await feeds.row(feed)
    assert row.failures >= 3
    assert row.problem == "no complete answer within 20 s"
    feeds.server.put(URL, rss((2, 1)))
    await feeds.live(days=1)
    assert (await feeds.row(feed)).problem is None
    assert await feeds.told() == []


async def test_a_server_that_asks_us_to_wait_is_left_alone_with_all_its_feeds(feeds):
    other = "https://example.org/other.xml"
    feeds.server.put(other, rss((1,), title="Other"))
    feed = await followed(feeds)
    feeds.server.fail(URL, no(429, 1800))
    await feeds.ask(feed)
    began = feeds.clock()
    await feeds.add(other)
    feeds.server.asked.clear()
    await feeds.live(minutes=29)
    assert feeds.server.asked == []
    await feeds.live(minutes=10)
    assert {url for url, _ in feeds.server.asked} == {URL, other}
    assert feeds.clock() - began >= timedelta(minutes=30)


async def test_a_page_for_browsers_is_named_as_such(feeds):
    feed = await followed(feeds)
    feeds.server.fail(
        URL, Refused(403, "403: Cloudflare wants a browser", address=URL, challenge=True)
    )
    row = await feeds.ask(feed)
    assert row.problem == "403: Cloudflare wants a browser"


async def test_a_permanent_redirect_is_followed_for_good_the_third_time(feeds):
    feed = await followed(feeds)
    feeds.server.put(MOVED, rss((2, 1)))
    feeds.server.move(URL, MOVED)
    for expected in (URL, URL, MOVED):
        assert (await feeds.ask(feed)).address == expected
    feeds.server.put(MOVED, rss((3, 2, 1)))
    row = await feeds.ask(feed)
    assert (row.host, row.address) == ("new.example.org", MOVED)
    assert await alerts(feeds.world) == ["News 3"]


SITE = b"""<html><head><title>The Example</title>
<link rel="alternate" type="application/rss+xml" title="Comments on The Example" href="/comments.xml">
<link rel="alternate" type="application/rss+xml" title="The Example" href="%s"></head></html>"""


async def test_a_lost_feed_is_found_again_on_its_site_and_alerts_nothing_twice(feeds):
    feed = await followed(feeds)
    feeds.server.fail(URL, no(404))
    feeds.server.put("https://example.org/", SITE % MOVED.encode(), content_type="text/html")
    feeds.server.put(MOVED, rss((3, 2, 1), key="new-{}"))
    await feeds.live(hours=3)
    row = await feeds.row(feed)
    assert (row.address, row.problem, row.state) == (MOVED, None, "active")
    assert await alerts(feeds.world) == ["News 3"]
    assert await feeds.told() == []


async def test_another_servers_etag_is_not_sent_to_the_new_one(feeds):
    feed = await followed(feeds)
    feeds.server.fail(URL, no(410))
    feeds.server.put("https://example.org/", SITE % MOVED.encode(), content_type="text/html")
    feeds.server.put(MOVED, rss((3, 2, 1)))
    await feeds.ask(feed)
    await feeds.ask(feed)
    assert all(known.etag is None for url, known in feeds.server.asked if url == MOVED)


async def test_a_feed_of_comments_is_nobodys_new_address(feeds):
    feed = await followed(feeds)
    page = SITE.replace(b'title="The Example" href="%s"', b'title="no feed" href="/nothing"')
    feeds.server.put("https://example.org/", page, content_type="text/html")
    feeds.server.put("https://example.org/comments.xml", rss((7,), title="Comments"))
    feeds.server.fail(URL, no(410))
    row = await feeds.ask(feed)
    assert (row.state, row.address) == ("ended", URL)


async def test_a_feed_that_breaks_us_waits_like_any_other_and_holds_up_nobody(feeds, monkeypatch):
    feed = await followed(feeds)
    feeds.server.put(URL, rss((3, 2, 1)))

    async def broken(*_: object) -> None:
        raise ValueError("a fault of ours")

    monkeypatch.setattr("bot.feed_look.poll_feed", broken)
    row = await feeds.ask(feed)
    assert "something broke in Tocsin" in row.problem
    assert row.due_at >= feeds.clock() + timedelta(minutes=5)


async def test_a_crash_in_the_midst_loses_nothing(feeds, monkeypatch):
    feed = await followed(feeds)
    feeds.server.put(URL, rss((3, 2, 1)))

    async def killed(*_: object) -> None:
        raise asyncio.CancelledError

    feeds.clock.turn(hours=2)
    with monkeypatch.context() as patch:
        patch.setattr("bot.ingest.write_cursor", killed)
        await feeds.watch.step()
        await feeds.watch._asking.settled()
    assert await alerts(feeds.world) == []
    feeds.clock.turn(seconds=LEASE.total_seconds())
    await feeds.watch.finish()
    assert await alerts(feeds.world) == ["News 3"]
    assert (await feeds.row(feed)).problem is None


async def test_a_slow_feed_holds_up_no_other(world):
    slow, quick = "https://slow.org/feed", "https://quick.org/feed"
    async with Isolation() as isolation:
        gate, answered = asyncio.Event(), asyncio.Event()
        feeds = Feeds(world, isolation)

        async def fetch(url, **more):
            if url == slow:
                await gate.wait()
            else:
                answered.set()
            return await feeds.server(url, **more)

        feeds = Feeds(world, isolation, fetch)
        for url in (slow, quick):
            feeds.server.put(url, rss((1,)))
            await feeds.add(url)
        assert await feeds.watch.step()
        await answered.wait()
        gate.set()
        await feeds.watch.finish()
        assert len(await _cursors(feeds)) == 2


async def test_a_start_with_many_feeds_of_one_host_is_no_stampede(feeds):
    for number in range(20):
        address = f"https://many.org/{number}"
        feeds.server.put(address, rss((1,)))
        await feeds.add(address)
    began = feeds.clock()
    await feeds.watch.finish()
    assert len(feeds.server.asked) == 20
    assert feeds.clock() - began >= timedelta(seconds=19)  # one a second


async def test_hosts_are_forgotten_when_nobody_asks_them(feeds):
    feed = await followed(feeds)
    await feeds.ask(feed)
    feeds.clock.turn(minutes=11)
    await feeds.watch.step()
    async with feeds.world.database.reading() as connection:
        assert (await connection.execute(text("SELECT count(*) FROM hosts"))).scalar() == 0


async def test_closing_ends_what_is_under_way(world):
    async with Isolation() as isolation:
        begun = asyncio.Event()

        async def never(url, **more):
            begun.set()
            await asyncio.Event().wait()

        feeds = Feeds(world, isolation, never)
        await feeds.add()
        await feeds.watch.step()
        await begun.wait()
        await feeds.watch.close()
        assert not feeds.watch._asking


async def _cursors(feeds):
    async with feeds.world.database.reading() as connection:
        rows = await list_feeds(connection, most=99)
        return [await read_cursor(connection, row.id) for row in rows]
