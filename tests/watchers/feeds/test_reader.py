import asyncio
import os
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from tests.watchers.feeds.made import NOW, URL, atom, rss
from watchers.errors import BrokenFeed, IsolationTimeout, NotAFeed
from watchers.feeds import Entry, Words, items_of, read_feed, reader
from watchers.isolation import Isolation

ITEM = "<title>%s</title><guid>1</guid><link>https://e.org/1</link>"
FLOOD = b" ".join(b"a%d='1'" % number for number in range(100_000))
SUITE = os.environ.get("TOCSIN_FEEDPARSER_SUITE")


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def isolation() -> AsyncIterator[Isolation]:
    async with Isolation(workers=1) as made:
        yield made


class NoWorkers(Isolation):
    """Counts the calls that would start a worker, and says that they took too long."""

    calls = 0

    async def run(self, function, *arguments, seconds):
        self.calls += 1
        raise IsolationTimeout(seconds)


async def read(body, isolation, content_type=""):
    return await read_feed(body, content_type=content_type, url=URL, now=NOW, isolation=isolation)


def large(many, item=ITEM):
    inner = "".join(f"<item>{item % number}</item>" for number in range(many)).encode()
    return rss().replace(b"</channel>", inner + b"</channel>")


async def test_small_and_middling_feeds_need_no_worker():
    without = NoWorkers()
    item = "<title>%d</title><link>/a</link><description>" + "word " * 50 + "</description>"
    for many in (1, 3_000):
        body = large(many, item)
        assert (await read(body, without)).entries
    assert len(body) > reader.IN_PLACE
    assert without.calls == 0


async def test_broken_and_very_large_feeds_go_to_a_worker(isolation, monkeypatch):
    broken = await read(rss(ITEM % "a < b"), isolation)
    assert (broken.was_damaged, broken.entries[0].title.value) == (True, "a < b")
    monkeypatch.setattr(reader, "IN_THREAD", 10)
    monkeypatch.setattr(reader, "IN_PLACE", 10)
    whole = await read(rss(ITEM % "t"), isolation)
    assert (whole.was_damaged, whole.entries[0].key) == (False, "1")


async def test_a_feed_that_takes_too_long_is_one_clear_error():
    with pytest.raises(
        BrokenFeed, match=f"{URL}: it could not be read: it took more than 15 seconds"
    ):
        await read(rss(ITEM % "a < b"), NoWorkers())


@pytest.mark.parametrize(
    ("body", "error", "words"),
    [
        (b"", BrokenFeed, "the answer is empty"),
        (b"<html><title>Log in</title>", NotAFeed, "titled “Log in”, not a feed; add its site"),
        (b"{}", NotAFeed, "this is JSON"),
        (b"<rss><channel", BrokenFeed, "nothing in it can be read"),
    ],
)
async def test_every_error_names_the_feed(body, error, words, isolation):
    with pytest.raises(error, match=words) as caught:
        await read(body, isolation)
    assert caught.value.address == URL
    assert str(caught.value).startswith(URL)


HOSTILE = {
    "a tag with 100,000 attributes": rss(ITEM % "t").replace(b"<item>", b"<item %b>" % FLOOD),
    "a broken tag with 100,000 attributes": rss(ITEM % "a < b").replace(b"<item>", b"<item %b>" % FLOOD),
    "the same attribute 100,000 times": rss(ITEM % "t").replace(b"<item", b"<item" + b" a='1'" * 100_000),
    "200,000 elements in one another": rss(ITEM % "t" + "<b>" * 200_000),
    "entries in one another": rss("<item>" * 100_000),
    "30,000 entries": large(30_000),
    "100,000 names": rss(ITEM % "t" + "".join(f"<x{n}/>" for n in range(100_000))),
    "a million ampersands": rss(ITEM % ("&" * 1_000_000)),
    "a million brackets": rss(ITEM % ("<" * 1_000_000)),
    "200,000 bases": atom("<id>1</id><title>t</title>" + "<link xml:base='x/' href='y'/>" * 50_000),
    "a deep JSON": b'{"version": "https://jsonfeed.org/version/1", "items": ' + b"[" * 500_000,
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
async def test_hostile_bodies_end_in_bounded_time(name, isolation, monkeypatch):
    monkeypatch.setattr(reader, "SECONDS", 0.5)
    async with asyncio.timeout(60):
        try:
            feed = await read(HOSTILE[name], isolation)
        except BrokenFeed as error:
            assert error.address == URL
        else:
            assert len(feed.entries) <= 2_000
        assert (await read(rss(ITEM % "t"), isolation)).entries  # others are unaffected


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))


@pytest.mark.parametrize(
    "subset",
    [
        f'<!ENTITY l0 "lol">{LAUGHS}',
        "<!ENTITY l11 SYSTEM 'file:///etc/hostname'>",
        "<!ENTITY l11 SYSTEM 'http://127.0.0.1:9/x'>",
        "<!ENTITY % p SYSTEM 'file:///etc/hostname'> %p;",
        "<!ENTITY % p '<!ENTITY l11 \"expanded\">'> %p;",
    ],
)
async def test_entities_are_neither_expanded_nor_fetched(subset, isolation):
    body = rss(ITEM % "before &l11; after").replace(
        b"<rss", f"<!DOCTYPE rss [{subset}]><rss".encode()
    )
    (entry,) = (await read(body, isolation)).entries
    assert "lollol" not in entry.title.value
    assert "expanded" not in entry.title.value
    assert len(entry.title.value) < 100
    assert entry.title.value.replace("&l11;", "").split() == ["before", "after"]


async def test_items_are_made_of_those_entries_that_say_something(isolation):
    feed = await read(rss(ITEM % "A &amp;amp; B" + "<description>Words.</description>"), isolation)
    nothing = Entry(key="2")
    (item,) = await items_of([*feed.entries, nothing], feed, url=URL, isolation=isolation)
    assert (item.key, item.title, item.lead) == ("1", "A & B", "Words.")


async def test_large_bodies_become_items_in_a_thread_or_a_worker(isolation, monkeypatch):
    feed = await read(rss(ITEM % "t"), isolation)
    words = Words("<p>Some words of it.</p>" * 2_000, "html")
    entries = [replace(entry, content=words) for entry in feed.entries]
    (one,) = await items_of(entries, feed, url=URL, isolation=NoWorkers())
    monkeypatch.setattr(reader, "IN_THREAD", 10)
    assert await items_of(entries, feed, url=URL, isolation=isolation) == [one]
    with pytest.raises(BrokenFeed, match="its entries could not be read"):
        await items_of(entries, feed, url=URL, isolation=NoWorkers())


@pytest.mark.skipif(
    SUITE is None, reason="TOCSIN_FEEDPARSER_SUITE names no folder with feedparser's tests"
)
async def test_feedparser_s_own_suite_comes_out_right():
    from benchmarks.feeds.suite import cases, damaged, is_right

    def share(problems):
        return sum(not problem for problem in problems) / len(problems)

    wellformed = list(cases(Path(SUITE, "wellformed")))
    illformed = [*cases(Path(SUITE, "illformed")), *map(damaged, wellformed)]
    assert share([is_right(case) for case in wellformed]) >= 0.98
    assert share([is_right(case) for case in illformed]) >= 0.95
