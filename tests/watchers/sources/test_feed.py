import json
from datetime import UTC, datetime, timedelta

import pytest

from tests.watchers.sources.made_feeds import FeedServer, rss
from watchers.errors import BrokenFeed, HttpStatusError, NotAFeedError
from watchers.fetching.result import FetchResult
from watchers.process_pool import SandboxPool
from watchers.sources.feed import PollOptions, poll_feed, read_pushed
from watchers.sources.source import Source

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
URL = "https://example.org/feed.xml"
MINUTE = timedelta(minutes=1)


class FeedPoller:
    """Polls one feed and stores its cursor, as the bot does."""

    def __init__(self, pool: SandboxPool) -> None:
        self.server = FeedServer()
        self.pool = pool
        self.cursor: dict[str, str] = {}
        self.now = NOW
        self.address = URL

    def options(self, **options) -> PollOptions:
        return PollOptions(now=self.now, fetch=self.server, sandbox=self.pool, jitter=0, **options)

    async def poll(self, **options):
        polled = await poll_feed(Source("feed", self.address), self.cursor, self.options(**options))
        self.store(polled)
        return polled

    async def push(self, body: bytes):
        fetched = FetchResult(url=self.address, body=body, content_type="application/rss+xml")
        options = self.options(has_push=True)
        polled = await read_pushed(Source("feed", self.address), self.cursor, options, fetched)
        self.store(polled)
        return polled

    def store(self, polled) -> None:
        self.cursor |= {name: value for name, value in polled.cursor.items() if value is not None}
        for name, value in polled.cursor.items():
            if value is None:
                self.cursor.pop(name, None)

    def show(self, *numbers: int, **channel) -> None:
        self.server.put(self.address, rss(numbers, now=NOW, **channel))


def titles(polled) -> list[str]:
    return [item.title for item in polled.items]


@pytest.fixture
async def poller():
    async with SandboxPool() as pool:
        poller = FeedPoller(pool)
        poller.show(3, 2, 1)
        yield poller


async def test_items_are_in_chronological_order(poller):
    assert titles(await poller.poll()) == ["News 1", "News 2", "News 3"]


async def test_the_next_poll_returns_only_new_items(poller):
    await poller.poll()
    poller.show(4, 3, 2, 1)
    assert titles(await poller.poll()) == ["News 4"]
    assert titles(await poller.poll()) == []


async def test_validators_are_sent_and_an_unchanged_feed_gives_no_items(poller):
    await poller.poll()
    polled = await poller.poll()
    assert poller.server.requests[-1][1].etag is not None
    assert (polled.items, polled.cursor) == ((), {})
    assert polled.due_at == NOW + 5 * MINUTE


async def test_a_last_modified_date_in_the_future_is_not_sent_back(poller):
    poller.server.validates = False
    poller.server.last_modified = "Fri, 01 Nov 2041 10:00:00 GMT"
    poller.show(2, 1)
    await poller.poll()
    poller.show(3, 2, 1)
    assert titles(await poller.poll()) == ["News 3"]
    assert poller.server.requests[-1][1].last_modified is None


async def test_a_feed_that_answers_304_for_too_long_is_read_completely(poller):
    await poller.poll()
    poller.show(4, 3, 2, 1)
    # The server sends the validators of the old content and believes that nothing has changed.
    poller.server.stuck = True
    poller.now += timedelta(hours=2)
    assert titles(await poller.poll()) == []
    poller.now += timedelta(days=1)
    assert titles(await poller.poll()) == ["News 4"]


async def test_the_same_bytes_are_not_parsed_again(poller, monkeypatch):
    poller.server.validates = False
    await poller.poll()

    async def read(*_: object, **__: object) -> None:
        raise AssertionError("the feed was read")

    monkeypatch.setattr("watchers.sources.feed.read_feed", read)
    assert (await poller.poll()).items == ()


async def test_a_silent_feed_is_polled_less_often_even_after_304(poller):
    await poller.poll()
    poller.now += timedelta(hours=12)
    assert (await poller.poll()).due_at - poller.now > timedelta(minutes=50)


async def test_a_failed_poll_leaves_the_cursor_unchanged(poller):
    await poller.poll()
    before = dict(poller.cursor)
    for body, error in ((b"<html><body>Sign in", NotAFeedError), (b"", BrokenFeed)):
        poller.server.put(URL, body)
        with pytest.raises(error):
            await poller.poll()
    poller.server.fail(URL, HttpStatusError(500, "500", address=URL))
    with pytest.raises(HttpStatusError):
        await poller.poll()
    assert poller.cursor == before


async def test_a_feed_without_dates_is_scheduled_by_discovery_times(poller):
    poller.server.put(URL, rss((1,), dated=False))
    await poller.poll()
    for number in range(2, 6):
        poller.now += 20 * MINUTE
        poller.server.put(URL, rss(range(number, 0, -1), dated=False))
        polled = await poller.poll()
    assert polled.due_at - poller.now == 10 * MINUTE


async def test_dates_equal_to_the_request_time_are_ignored(poller):
    for number in range(3, 8):
        poller.server.put(URL, rss(range(number, 0, -1), now=poller.now, gap=0))
        polled = await poller.poll()
        poller.now += timedelta(hours=2)
    assert polled.due_at - poller.now + timedelta(hours=2) == timedelta(hours=1)


async def test_the_metadata_of_a_feed_is_returned(poller):
    channel = (
        '<atom:link xmlns:atom="http://www.w3.org/2005/Atom" rel="hub" href="https://hub.example/"/>'
        '<atom:link xmlns:atom="http://www.w3.org/2005/Atom" rel="self" href="https://example.org/self"/>'
    )
    poller.server.put(URL, rss((1,), channel=channel))
    about = (await poller.poll()).feed_info
    assert (about.title, about.site) == ("The Example", "https://example.org/")
    assert (about.hubs, about.topic) == (("https://hub.example/",), "https://example.org/self")


async def test_link_headers_come_before_links_in_the_feed(poller):
    links = {"hub": ("https://header.example/",), "self": ("https://example.org/h",)}
    poller.server.put(URL, rss((1,)), links=links)
    about = (await poller.poll()).feed_info
    assert (about.hubs, about.topic) == (("https://header.example/",), "https://example.org/h")


async def test_a_permanent_redirect_counts_after_three_polls(poller):
    new_url = "https://new.example.org/feed"
    poller.server.move(URL, new_url)
    poller.server.put(new_url, rss((1,), now=NOW))
    assert [(await poller.poll()).moved_to for _ in range(3)] == [None, None, new_url]


async def test_an_interrupted_redirect_does_not_count(poller):
    new_url = "https://portal.example/"
    poller.server.put(new_url, rss((1,), now=NOW))
    for _ in range(4):
        poller.server.move(URL, new_url)
        assert (await poller.poll()).moved_to is None
        assert (await poller.poll()).moved_to is None
        poller.server.move(URL, None)
        assert (await poller.poll()).moved_to is None


NEW_ADDRESS = (
    '<itunes:new-feed-url xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd">'
    "https://new.example.org/feed</itunes:new-feed-url>"
)


async def test_an_announced_new_address_counts_if_it_is_a_feed(poller):
    poller.server.put("https://new.example.org/feed", rss((1,)))
    poller.show(1, channel=NEW_ADDRESS)
    assert (await poller.poll()).moved_to == "https://new.example.org/feed"


async def test_an_announced_address_without_a_feed_is_checked_once(poller):
    for number in (1, 2, 3):
        poller.show(number, channel=NEW_ADDRESS)
        assert (await poller.poll()).moved_to is None
    requested = [url for url, _ in poller.server.requests]
    assert requested.count("https://new.example.org/feed") == 1


async def test_a_push_adds_items_and_forgets_no_entry(poller):
    poller.show(*range(300, 0, -1))
    await poller.poll()
    before = json.loads(poller.cursor["about"])
    polled = await poller.push(rss((301,), now=NOW))
    assert titles(polled) == ["News 301"]
    assert "body" not in polled.cursor
    assert polled.due_at == NOW + timedelta(hours=1)
    after = json.loads(poller.cursor["about"])
    assert len(after["times"]) == len(before["times"])
    poller.show(*range(301, 0, -1))
    assert titles(await poller.poll()) == []


async def test_a_repeated_push_gives_no_items(poller):
    await poller.poll()
    assert titles(await poller.push(rss((4,), now=NOW))) == ["News 4"]
    assert titles(await poller.push(rss((4,), now=NOW))) == []
    poller.show(4, 3, 2, 1)
    assert titles(await poller.poll()) == []


async def test_a_feed_with_thousands_of_entries_is_cut_with_a_problem(poller):
    poller.server.put(URL, rss(range(2_100, 0, -1), now=NOW))
    polled = await poller.poll()
    assert len(polled.items) == 2_000
    assert "2,100" in polled.problems[0].reason


def notices(*parts: tuple[str, str, str]) -> bytes:
    """Return a feed whose items have these guids, links and titles."""
    items = "".join(
        f"<item><guid isPermaLink='false'>{guid}</guid><link>{link}</link><title>{title}</title></item>"
        if guid
        else f"<item><link>{link}</link><title>{title}</title></item>"
        for guid, link, title in parts
    )
    return f"<rss version='2.0'><channel><title>Status</title>{items}</channel></rss>".encode()


async def test_notices_that_share_a_link_are_items_of_their_own(poller):
    page = "https://status.example.org/"
    poller.server.put(URL, notices(*[("", page, title) for title in ("Mail down", "Login slow")]))
    assert len((await poller.poll()).items) == 2
    # The older notices leave the feed; the next one alone is new.
    poller.server.put(URL, notices(*[("", page, title) for title in ("Disk full", "Mail down")]))
    assert titles(await poller.poll()) == ["Disk full"]
    poller.server.put(URL, notices(("", page, "Disk full")))
    assert titles(await poller.poll()) == []
    poller.server.put(URL, notices(("", page, "Site down")))
    assert titles(await poller.poll()) == ["Site down"]


async def test_a_guid_that_is_shared_from_now_on_makes_no_known_entry_new(poller):
    known = [(str(n), f"https://example.org/{n}", f"Known {n}") for n in range(30)]
    poller.server.put(URL, notices(*known))
    first = {item.title: item.key for item in (await poller.poll()).items}
    used_again = ("7", "https://example.org/99", "News 99")
    poller.server.put(URL, notices(used_again, *known))
    second = {item.title: item.key for item in (await poller.poll()).items}
    assert second.pop("News 99") not in first.values()
    # An entry under another key is the same item as before.
    assert second.items() <= first.items()
    poller.server.put(URL, notices(used_again, *known[10:]))
    assert titles(await poller.poll()) == []


@pytest.mark.parametrize("dates", ["old", "constant"])
async def test_a_feed_whose_dates_show_nothing_is_polled_by_discovery_times(poller, dates):
    def show(count: int) -> None:
        gap = 0 if dates == "constant" else 60
        now = NOW - timedelta(days=900)
        poller.server.put(URL, rss(range(count, 0, -1), now=now, gap=gap))

    show(3)
    polled = await poller.poll()
    for count in range(4, 12):
        poller.now += timedelta(hours=1)
        show(count)
        polled = await poller.poll()
        assert titles(polled) == [f"News {count}"]
    assert polled.due_at - poller.now < timedelta(hours=1)
    # An edit of a known entry does not make the old dates count again.
    poller.now += timedelta(minutes=30)
    poller.server.put(URL, rss(range(11, 0, -1), now=NOW - timedelta(days=900), word="Edited"))
    polled = await poller.poll()
    assert polled.due_at - poller.now < timedelta(hours=1)
