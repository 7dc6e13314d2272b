import json
from datetime import UTC, datetime, timedelta

import pytest

from tests.watchers.sources.made_feeds import Server, rss
from watchers.errors import BrokenFeed, NotAFeed, Refused
from watchers.fetching.fetched import Fetched
from watchers.isolation import Isolation
from watchers.sources.feed import Look, poll_feed, read_pushed
from watchers.sources.source import Source

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
URL = "https://example.org/feed.xml"
MINUTE = timedelta(minutes=1)


class Follower:
    """Polls one feed and keeps its cursor, as the bot does."""

    def __init__(self, isolation: Isolation) -> None:
        self.server = Server()
        self.isolation = isolation
        self.cursor: dict[str, str] = {}
        self.now = NOW
        self.address = URL

    def look(self, **more) -> Look:
        return Look(now=self.now, fetch=self.server, isolation=self.isolation, chance=0, **more)

    async def poll(self, **more):
        polled = await poll_feed(Source("feed", self.address), self.cursor, self.look(**more))
        self.keep(polled)
        return polled

    async def push(self, body: bytes):
        fetched = Fetched(url=self.address, body=body, content_type="application/rss+xml")
        look = self.look(pushed=True)
        polled = await read_pushed(Source("feed", self.address), self.cursor, look, fetched)
        self.keep(polled)
        return polled

    def keep(self, polled) -> None:
        self.cursor |= {name: value for name, value in polled.cursor.items() if value is not None}
        for name, value in polled.cursor.items():
            if value is None:
                self.cursor.pop(name, None)

    def show(self, *numbers: int, **channel) -> None:
        self.server.put(self.address, rss(numbers, now=NOW, **channel))


def titles(polled) -> list[str]:
    return [item.title for item in polled.items]


@pytest.fixture
async def follower():
    async with Isolation() as isolation:
        made = Follower(isolation)
        made.show(3, 2, 1)
        yield made


async def test_items_come_in_the_order_in_which_things_happened(follower):
    assert titles(await follower.poll()) == ["News 1", "News 2", "News 3"]


async def test_only_what_is_new_comes_the_next_time(follower):
    await follower.poll()
    follower.show(4, 3, 2, 1)
    assert titles(await follower.poll()) == ["News 4"]
    assert titles(await follower.poll()) == []


async def test_validators_are_sent_back_and_an_unchanged_feed_brings_nothing(follower):
    await follower.poll()
    polled = await follower.poll()
    assert follower.server.asked[-1][1].etag is not None
    assert (polled.items, polled.cursor) == ((), {})
    assert polled.due == NOW + 5 * MINUTE


async def test_the_same_bytes_are_not_read_again(follower, monkeypatch):
    follower.server.validates = False
    await follower.poll()

    async def read(*_: object, **__: object) -> None:
        raise AssertionError("the feed was read")

    monkeypatch.setattr("watchers.sources.feed.read_feed", read)
    assert (await follower.poll()).items == ()


async def test_a_silent_feed_is_asked_less_and_less_also_by_304(follower):
    await follower.poll()
    follower.now += timedelta(hours=12)
    assert (await follower.poll()).due - follower.now > timedelta(minutes=50)


async def test_the_cursor_stays_as_it_is_where_the_feed_cannot_be_read(follower):
    await follower.poll()
    before = dict(follower.cursor)
    for body, error in ((b"<html><body>Sign in", NotAFeed), (b"", BrokenFeed)):
        follower.server.put(URL, body)
        with pytest.raises(error):
            await follower.poll()
    follower.server.fail(URL, Refused(500, "500", address=URL))
    with pytest.raises(Refused):
        await follower.poll()
    assert follower.cursor == before


async def test_a_feed_without_dates_is_known_by_when_its_entries_were_first_seen(follower):
    follower.server.put(URL, rss((1,), dated=False))
    await follower.poll()
    for number in range(2, 6):
        follower.now += 20 * MINUTE
        follower.server.put(URL, rss(range(number, 0, -1), dated=False))
        polled = await follower.poll()
    assert polled.due - follower.now == 10 * MINUTE


async def test_a_feed_whose_entries_are_all_of_this_moment_has_no_dates(follower):
    for number in range(3, 8):
        follower.server.put(URL, rss(range(number, 0, -1), now=follower.now, gap=0))
        polled = await follower.poll()
        follower.now += timedelta(hours=2)
    assert polled.due - follower.now + timedelta(hours=2) == timedelta(hours=1)


async def test_a_feed_tells_of_itself(follower):
    channel = (
        '<atom:link xmlns:atom="http://www.w3.org/2005/Atom" rel="hub" href="https://hub.example/"/>'
        '<atom:link xmlns:atom="http://www.w3.org/2005/Atom" rel="self" href="https://example.org/self"/>'
    )
    follower.server.put(URL, rss((1,), channel=channel))
    about = (await follower.poll()).about
    assert (about.title, about.site) == ("The Example", "https://example.org/")
    assert (about.hubs, about.topic) == (("https://hub.example/",), "https://example.org/self")


async def test_headers_name_a_hub_before_the_feed_does(follower):
    links = {"hub": ("https://header.example/",), "self": ("https://example.org/h",)}
    follower.server.put(URL, rss((1,)), links=links)
    about = (await follower.poll()).about
    assert (about.hubs, about.topic) == (("https://header.example/",), "https://example.org/h")


async def test_a_permanent_redirect_is_believed_the_third_time(follower):
    moved = "https://new.example.org/feed"
    follower.server.move(URL, moved)
    follower.server.put(moved, rss((1,), now=NOW))
    assert [(await follower.poll()).moved_to for _ in range(3)] == [None, None, moved]


async def test_a_redirect_that_comes_and_goes_is_not_believed(follower):
    moved = "https://portal.example/"
    follower.server.put(moved, rss((1,), now=NOW))
    for _ in range(4):
        follower.server.move(URL, moved)
        assert (await follower.poll()).moved_to is None
        assert (await follower.poll()).moved_to is None
        follower.server.move(URL, None)
        assert (await follower.poll()).moved_to is None


NEW_PLACE = (
    '<itunes:new-feed-url xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd">'
    "https://new.example.org/feed</itunes:new-feed-url>"
)


async def test_a_feed_that_says_where_it_has_gone_is_believed_where_a_feed_is_there(follower):
    follower.server.put("https://new.example.org/feed", rss((1,)))
    follower.show(1, channel=NEW_PLACE)
    assert (await follower.poll()).moved_to == "https://new.example.org/feed"


async def test_an_old_note_of_having_moved_is_checked_once_and_not_followed(follower):
    for number in (1, 2, 3):
        follower.show(number, channel=NEW_PLACE)
        assert (await follower.poll()).moved_to is None
    asked = [url for url, _ in follower.server.asked]
    assert asked.count("https://new.example.org/feed") == 1


async def test_what_a_hub_sends_is_read_and_nothing_is_forgotten_for_it(follower):
    follower.show(*range(300, 0, -1))
    await follower.poll()
    before = json.loads(follower.cursor["about"])
    polled = await follower.push(rss((301,), now=NOW))
    assert titles(polled) == ["News 301"]
    assert "body" not in polled.cursor
    assert polled.due == NOW + timedelta(hours=1)
    after = json.loads(follower.cursor["about"])
    assert len(after["times"]) == len(before["times"])
    follower.show(*range(301, 0, -1))
    assert titles(await follower.poll()) == []


async def test_what_a_hub_sends_twice_is_nothing_new(follower):
    await follower.poll()
    assert titles(await follower.push(rss((4,), now=NOW))) == ["News 4"]
    assert titles(await follower.push(rss((4,), now=NOW))) == []
    follower.show(4, 3, 2, 1)
    assert titles(await follower.poll()) == []


async def test_a_feed_of_thousands_keeps_what_it_can_and_says_so(follower):
    follower.server.put(URL, rss(range(2_100, 0, -1), now=NOW))
    polled = await follower.poll()
    assert len(polled.items) == 2_000
    assert "2,100" in polled.problems[0].reason
