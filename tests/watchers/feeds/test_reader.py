import asyncio
import os
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.watchers.feeds.feed_samples import NOW, URL, atom, rss
from watchers.errors import BrokenFeed, NotAFeedError, SandboxTimeout
from watchers.feeds import Entry, MarkupText, entries_to_items, read_feed, reader
from watchers.process_pool import SandboxPool

ITEM = "<title>%s</title><guid>1</guid><link>https://e.org/1</link>"
SUITE = os.environ.get("TOCSIN_FEEDPARSER_SUITE")


pytestmark = [pytest.mark.process, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def isolation() -> AsyncIterator[SandboxPool]:
    async with SandboxPool(workers=1) as pool:
        yield pool


class TimeoutPool(SandboxPool):
    """A pool without workers: every call is counted and ends with a timeout."""

    calls = 0

    async def run(self, function: Any, *arguments: Any, seconds: float) -> Any:  # type: ignore[override]
        self.calls += 1
        raise SandboxTimeout(seconds)


async def read(body, isolation, content_type=""):
    return await read_feed(body, content_type=content_type, url=URL, now=NOW, sandbox=isolation)


def make_large_feed(count, item=ITEM):
    inner = "".join(f"<item>{item % number}</item>" for number in range(count)).encode()
    return rss().replace(b"</channel>", inner + b"</channel>")


async def test_small_and_medium_feeds_need_no_worker():
    pool = TimeoutPool()
    item = "<title>%d</title><link>/a</link><description>" + "word " * 50 + "</description>"
    for count in (1, 3_000):
        body = make_large_feed(count, item)
        assert (await read(body, pool)).entries
    assert len(body) > reader.MAX_INLINE_BYTES
    assert pool.calls == 0


async def test_broken_and_very_large_feeds_are_parsed_in_a_worker(isolation, monkeypatch):
    broken = await read(rss(ITEM % "a < b"), isolation)
    assert (broken.was_damaged, broken.entries[0].title.value) == (True, "a < b")
    monkeypatch.setattr(reader, "MAX_THREAD_BYTES", 10)
    monkeypatch.setattr(reader, "MAX_INLINE_BYTES", 10)
    valid = await read(rss(ITEM % "t"), isolation)
    assert (valid.was_damaged, valid.entries[0].key) == (False, "1")


async def test_a_feed_that_takes_too_long_is_a_broken_feed():
    with pytest.raises(BrokenFeed, match=f"{URL}: .*15 seconds"):
        await read(rss(ITEM % "a < b"), TimeoutPool())


@pytest.mark.parametrize(
    ("body", "error", "keyword"),
    [
        (b"", BrokenFeed, "empty"),
        (
            b"<html><title>Log in</title>",
            NotAFeedError,
            "titled “Log in”, not a feed; .*site",
        ),
        (b"{}", NotAFeedError, "this is JSON"),
        (b"<rss><channel", BrokenFeed, "nothing"),
    ],
)
async def test_every_error_names_the_feed(body, error, keyword, isolation):
    with pytest.raises(error, match=keyword) as caught:
        await read(body, isolation)
    assert caught.value.address == URL
    assert str(caught.value).startswith(URL)


JSON_ITEMS = b'{"version": "https://jsonfeed.org/version/1", "items": '


def make_flood() -> bytes:
    return b"<item %b>" % b" ".join(b"a%d='1'" % number for number in range(100_000))


# A body is created for its test only: together they take much memory.
HOSTILE = {
    "a tag with 100,000 attributes": lambda: rss(ITEM % "t").replace(b"<item>", make_flood()),
    "a broken tag with 100,000 attributes": lambda: rss(ITEM % "a < b").replace(b"<item>", make_flood()),
    "the same attribute 100,000 times": lambda: rss(ITEM).replace(b"<item", b"<item" + b" a='1'" * 100_000),
    "200,000 nested elements": lambda: rss(ITEM % "t" + "<b>" * 200_000),
    "nested entries": lambda: rss("<item>" * 100_000),
    "30,000 entries": lambda: make_large_feed(30_000),
    "100,000 names": lambda: rss(ITEM % "t" + "".join(f"<x{n}/>" for n in range(100_000))),
    "a million ampersands": lambda: rss(ITEM % ("&" * 1_000_000)),
    "a million brackets": lambda: rss(ITEM % ("<" * 1_000_000)),
    "200,000 bases": lambda: atom("<id>1</id><title>t</title>" + "<link xml:base='x/' href='y'/>" * 50_000),
    "deeply nested JSON": lambda: JSON_ITEMS + b"[" * 500_000,
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
async def test_hostile_bodies_end_before_the_timeout(name, isolation, monkeypatch):
    async with asyncio.timeout(60):
        with monkeypatch.context() as patch:
            patch.setattr(reader, "PARSE_TIMEOUT_SECONDS", 0.5)
            try:
                feed = await read(HOSTILE[name](), isolation)
            except BrokenFeed as error:
                assert error.address == URL
            else:
                assert len(feed.entries) <= 2_000
        assert (await read(rss(ITEM % "t"), isolation)).entries  # the pool still works


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


async def test_empty_entries_become_no_items(isolation):
    feed = await read(rss(ITEM % "A &amp;amp; B" + "<description>Words.</description>"), isolation)
    empty = Entry(key="2")
    (item,) = await entries_to_items([*feed.entries, empty], feed, url=URL, sandbox=isolation)
    assert (item.key, item.title, item.lead) == ("1", "A & B", "Words.")


async def test_large_bodies_are_converted_in_a_thread_or_a_worker(isolation, monkeypatch):
    feed = await read(rss(ITEM % "t"), isolation)
    markup = MarkupText("<p>Some words of it.</p>" * 2_000, "html")
    entries = [replace(entry, content=markup) for entry in feed.entries]
    (item,) = await entries_to_items(entries, feed, url=URL, sandbox=TimeoutPool())
    monkeypatch.setattr(reader, "MAX_THREAD_BYTES", 10)
    assert await entries_to_items(entries, feed, url=URL, sandbox=isolation) == [item]
    with pytest.raises(BrokenFeed, match="entries could not be read"):
        await entries_to_items(entries, feed, url=URL, sandbox=TimeoutPool())


@pytest.mark.skipif(
    SUITE is None, reason="TOCSIN_FEEDPARSER_SUITE does not name the tests of feedparser"
)
async def test_the_cases_of_feedparser_are_read_correctly():
    from benchmarks.feeds.feedparser_suite import damage, find_error, read_cases

    def share_without_error(errors):
        return sum(not error for error in errors) / len(errors)

    wellformed = list(read_cases(Path(SUITE, "wellformed")))
    illformed = [*read_cases(Path(SUITE, "illformed")), *map(damage, wellformed)]
    assert share_without_error([find_error(case) for case in wellformed]) >= 0.98
    assert share_without_error([find_error(case) for case in illformed]) >= 0.95
