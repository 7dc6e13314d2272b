from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.errors import UserError
from bot.ingest.page_reader import PageReader
from bot.store.items.pages import cache_page, find_page
from bot.store.llm_cache import (
    ALL_CHATS,
    Usage,
    cache_summary,
    consume_budget,
    get_cached_summary,
    read_usage,
)
from watchers import Item
from watchers.errors import EmptyDocument, InvalidResponse, Unreachable
from watchers.process_pool import SandboxPool
from watchers.sources.page import Page
from watchers.text.access_barriers import AccessBarrier

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
ITEM = Item(
    key="k",
    title="Dams",
    url="https://a.example/x",
    source="a.example",
    published=NOW,
    lead="A lead.",
    text="A text.",
    language="en",
    author="Ana Kos",
    tags=("water",),
)


async def test_a_page_is_kept_as_it_was_for_an_hour(database):
    async with database.writing() as connection:
        await cache_page(connection, "a.example/x", ITEM, now=NOW)
        assert await find_page(connection, "a.example/x", now=NOW + timedelta(minutes=59)) == ITEM
        assert await find_page(connection, "a.example/x", now=NOW + timedelta(minutes=61)) is None
        assert await find_page(connection, "a.example/y", now=NOW) is None


async def test_a_page_that_is_read_again_says_what_it_says_now(database):
    async with database.writing() as connection:
        await cache_page(connection, "a.example/x", ITEM, now=NOW)
        newer = Item(key="k", title="New")
        await cache_page(connection, "a.example/x", newer, now=NOW + timedelta(hours=2))
        found = await find_page(connection, "a.example/x", now=NOW + timedelta(hours=2))
    assert found == newer


async def test_what_was_written_is_found_for_a_month(database):
    async with database.writing() as connection:
        await cache_summary(connection, "k", ["", "One."], now=NOW)
        assert await get_cached_summary(connection, "k") == ("", "One.")
        await cache_summary(connection, "other", ["Two."], now=NOW + timedelta(days=31))
        assert await get_cached_summary(connection, "k") is None


async def test_requests_are_counted_by_day_for_the_chat_and_for_all(database):
    async with database.writing() as connection:
        limits: dict[str, Any] = {"chat_budget": 2, "total_budget": 3, "now": NOW}
        took = [await consume_budget(connection, chat, **limits) for chat in (1, 1, 1, 2, 2)]
        assert took == [True, True, False, True, False]
        assert await read_usage(connection, ALL_CHATS, now=NOW) == Usage(3, 0)
        assert await read_usage(connection, 1, now=NOW + timedelta(days=1)) == Usage()


class Reads:
    """What `read_page` would give, and how often it was asked."""

    def __init__(self, outcome: Page | Exception) -> None:
        self.outcome = outcome
        self.asked = 0

    async def __call__(self, *_: object, **__: object) -> Page:
        self.asked += 1
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


@pytest.fixture
def reader(database, clock, monkeypatch):
    def make(outcome: Page | Exception) -> tuple[PageReader, Reads]:
        reads = Reads(outcome)
        monkeypatch.setattr("bot.ingest.page_reader.read_page", reads)
        return PageReader(None, SandboxPool(), clock, database), reads

    return make


async def test_a_page_is_fetched_once_for_all_who_ask(reader):
    pages, reads = reader(Page(item=ITEM))
    assert (await pages.page("https://A.example/x#top")).item == ITEM
    assert (await pages.page("https://a.example/x?utm_source=feed")).item == ITEM
    assert reads.asked == 1


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("https://alice:pw@a.example/x", "https://a.example/x"),
        ("https://alice:pw@a.example/x", "https://alice:pw@a.example/x"),
        ("https://a.example/x?token=abc", "https://a.example/x?token=abc"),
        ("https://a.example/x", "http://a.example/x"),
        ("https://a.example/x", "https://www.a.example/x"),
        ("https://a.example/x", "https://a.example:8443/x"),
        ("https://a.example/x-1", "https://a.example/x-1/amp"),
        ("https://google.com/amp/s/a.example/x-1", "https://a.example/x-1"),
        ("https://google.evil.example/amp/s/a.example/x-1", "https://a.example/x-1"),
    ],
)
async def test_another_request_or_credentials_do_not_use_the_cache(reader, first, second):
    pages, reads = reader(Page(item=ITEM))
    await pages.page(first)
    await pages.page(second)
    assert reads.asked == 2


async def test_a_page_behind_a_wall_is_not_kept(reader):
    pages, reads = reader(Page(item=ITEM, barrier=AccessBarrier("paywall")))
    assert (await pages.page("https://a.example/x")).barrier == AccessBarrier("paywall")
    await pages.page("https://a.example/x")
    assert reads.asked == 2


async def test_what_cannot_be_read_is_told_in_words(reader):
    pages, _ = reader(EmptyDocument("no article was found on it", address="u", name="u"))
    with pytest.raises(UserError, match="no article"):
        await pages.page("https://a.example/x")


@pytest.mark.parametrize(
    "error",
    [
        Unreachable("no connection: connection refused", address="u"),
        InvalidResponse("the response violates HTTP: bad status line 'SSH-2.0'", address="u"),
    ],
)
async def test_failed_connections_get_the_same_answer(reader, error):
    pages, _ = reader(error)
    with pytest.raises(UserError, match=r"^https://a\.example/x cannot be reached$"):
        await pages.page("https://a.example/x")


async def test_a_page_that_never_answers_is_given_up(database, clock, monkeypatch):
    import asyncio

    async def never(*_: object, **__: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr("bot.ingest.page_reader.read_page", never)
    pages = PageReader(None, SandboxPool(), clock, database, timeout_seconds=0.01)
    with pytest.raises(UserError, match="no complete answer within"):
        await pages.page("https://a.example/x")
