import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from bot.ingest.feed_poll import FeedPollContext
from bot.ingest.fulltext_fetcher import MAX_ATTEMPTS, MAX_WAIT, FullTextFetcher
from bot.ingest.pipeline import IngestPipeline, Matcher
from bot.store.feeds.feeds import FeedRow
from bot.store.items.pending_fulltext import PAGE_LEASE
from bot.store.tables import items, pending_items
from tests.bot.ingest.feed_world import URL, FeedWorld
from tests.watchers.sources.made_feeds import rss
from watchers import TopicIndex
from watchers.errors import HttpStatusError, Unreachable
from watchers.process_pool import SandboxPool

pytestmark = pytest.mark.process


PAGE = "https://pages.example.org/{}"
TEXT = "The council met on Monday and spoke of zirconium for a whole hour, as its chair reports. "


@pytest.fixture(params=["sqlite"])
def database_url(request, sqlite_url):
    """Fetching pages does not depend on the kind of database: the tests of the store run on both."""
    return sqlite_url


class Pages:
    """A feed whose items have only titles, and the fetcher of their pages."""

    def __init__(self, world, isolation) -> None:
        world.ingest = IngestPipeline(
            world.database, Matcher(TopicIndex()), world.clock, min_text_chars=200
        )
        self.world = world
        self.feeds = FeedWorld(world, isolation, self.fetch)
        self.server = self.feeds.server
        self.context = FeedPollContext(self.fetch, isolation, sleep=self._sleep)
        self.gate: asyncio.Event | None = None
        self.fetcher = self.start()
        self.feed: FeedRow | None = None

    def start(self, *, reads: bool = True) -> FullTextFetcher:
        """Return the fetcher of a new process."""
        world = self.world
        return FullTextFetcher(
            world.database,
            world.ingest,
            self.context,
            world.clock,
            on_news=lambda: None,
            is_enabled=reads,
        )

    async def fetch(self, url, **options):
        if self.gate is not None and url != URL:
            await self.gate.wait()
        return await self.server(url, **options)

    async def _sleep(self, seconds: float) -> None:
        self.world.clock.advance(seconds=seconds)

    def write(self, number: int, text: str = TEXT) -> None:
        body = f"<html><head><title>News {number}</title></head><body><article><h1>News {number}"
        body += "</h1>" + f"<p>{text}</p>" * 4 + "</article></body></html>"
        self.server.put(PAGE.format(number), body.encode(), content_type="text/html")

    def request_count(self, number: int) -> int:
        return [url for url, _ in self.server.requests].count(PAGE.format(number))

    async def new_alerts(self) -> list[str]:
        before = len(self.world.chat.sent)
        await self.world.run_pipeline()
        return self.world.chat.titles()[before:]

    async def pending_count(self) -> int:
        async with self.world.database.reading() as connection:
            return await connection.scalar(select(func.count()).select_from(pending_items))

    async def text_of(self, title: str) -> str:
        async with self.world.database.reading() as connection:
            return await connection.scalar(select(items.c.text).where(items.c.title == title))


@pytest.fixture
async def pages(world):
    async with SandboxPool(1) as isolation:
        pages = Pages(world, isolation)
        pages.server.put(URL, rss((1,), body="Thin.", link=PAGE))
        await world.send_command("/subscribe zirconium")
        pages.feed = await pages.feeds.add()
        await pages.feeds.poll(pages.feed)
        assert await pages.new_alerts() == []
        yield pages
        await pages.fetcher.close()


async def publish(pages, *numbers: int, body: str = "Thin.") -> None:
    pages.server.put(URL, rss(sorted(numbers, reverse=True), body=body, link=PAGE))
    await pages.feeds.poll(pages.feed)


async def test_a_pending_item_is_matched_with_its_full_text(pages):
    pages.write(2)
    await publish(pages, 2)
    assert (await pages.new_alerts(), await pages.pending_count()) == ([], 1)
    await pages.fetcher.finish()
    assert (await pages.new_alerts(), await pages.pending_count()) == (["News 2"], 0)
    assert "zirconium" in await pages.text_of("News 2")
    assert (await pages.feeds.row(pages.feed)).news_at is not None


async def test_items_of_the_first_poll_are_not_fetched(pages):
    await pages.fetcher.finish()
    assert pages.request_count(1) == 0
    assert await pages.text_of("News 1") == ""


async def test_other_items_do_not_wait_for_a_page(pages):
    pages.gate = asyncio.Event()
    pages.write(2)
    long = "A long description that speaks of zirconium. " * 8
    end = b"</channel></rss>"
    thin = rss((2,), body="Thin.", link=PAGE).partition(b"<item>")[2]
    pages.server.put(URL, rss((3,), body=long, link=PAGE).removesuffix(end) + b"<item>" + thin)
    await pages.feeds.poll(pages.feed)
    await pages.fetcher.step()
    assert await pages.new_alerts() == ["News 3"]
    pages.gate.set()
    await pages.fetcher.finish()
    assert await pages.new_alerts() == ["News 2"]


@pytest.mark.parametrize("status", [403, 404, 410])
async def test_an_item_is_ingested_without_its_page_after_a_final_error(pages, status):
    pages.server.fail(PAGE.format(2), HttpStatusError(status, "no", address=PAGE.format(2)))
    await publish(pages, 2, body="Zirconium.")
    await pages.fetcher.finish()
    assert (await pages.new_alerts(), pages.request_count(2)) == (["News 2"], 1)


async def test_an_item_is_ingested_without_its_page_after_all_retries(pages):
    pages.server.fail(PAGE.format(2), Unreachable("no connection", address=PAGE.format(2)))
    await publish(pages, 2, body="Zirconium.")
    await pages.fetcher.finish()
    assert (await pages.new_alerts(), pages.request_count(2)) == ([], 1)
    for _ in range(MAX_ATTEMPTS - 1):
        pages.world.clock.advance(minutes=2)
        await pages.fetcher.finish()
    assert (await pages.new_alerts(), pages.request_count(2)) == (["News 2"], MAX_ATTEMPTS)


async def test_a_page_that_answers_at_the_retry_is_used(pages):
    pages.server.fail(PAGE.format(2), HttpStatusError(503, "later", address=PAGE.format(2)))
    await publish(pages, 2)
    await pages.fetcher.finish()
    pages.write(2)
    pages.world.clock.advance(minutes=1)
    await pages.fetcher.finish()
    assert await pages.new_alerts() == ["News 2"]


async def test_a_process_that_dies_during_a_fetch_loses_no_item(pages):
    pages.gate = asyncio.Event()
    pages.write(2)
    await publish(pages, 2)
    await pages.fetcher.step()
    await pages.fetcher.close()
    pages.gate.set()
    next_fetcher = pages.start()
    pages.world.clock.advance(seconds=PAGE_LEASE.total_seconds() + 1)
    await next_fetcher.finish()
    assert await pages.new_alerts() == ["News 2"]


async def test_a_page_that_ends_every_process_is_given_up(pages):
    pages.gate = asyncio.Event()
    await publish(pages, 2, body="Zirconium.")
    for _ in range(MAX_ATTEMPTS):
        dying = pages.start()
        await dying.step()
        await dying.close()
        pages.world.clock.advance(seconds=PAGE_LEASE.total_seconds() + 1)
    await pages.fetcher.finish()
    assert await pages.new_alerts() == ["News 2"]


async def test_no_item_waits_longer_than_the_limit(pages):
    numbers = range(2, 40)
    await publish(pages, *numbers, body="Zirconium {}.")
    pages.world.clock.advance(seconds=MAX_WAIT.total_seconds())
    assert await pages.fetcher.step()
    assert len(await pages.new_alerts()) == len(numbers)
    assert sum(map(pages.request_count, numbers)) == 0


async def test_pending_items_are_ingested_without_pages_if_fetching_is_off(pages):
    await publish(pages, 2, body="Zirconium.")
    await pages.start(reads=False).finish()
    assert (await pages.new_alerts(), pages.request_count(2)) == (["News 2"], 0)


async def test_an_edit_replaces_the_pending_item(pages):
    pages.gate = asyncio.Event()
    pages.write(2)
    await publish(pages, 2)
    await pages.fetcher.step()
    pages.world.clock.advance(seconds=5)
    pages.server.put(URL, rss((2,), body="Thin.", word="Corrected", link=PAGE))
    await pages.feeds.poll(pages.feed)
    pages.gate.set()
    await pages.fetcher.finish()
    pages.world.clock.advance(seconds=PAGE_LEASE.total_seconds() + 1)
    await pages.fetcher.finish()
    assert await pages.pending_count() == 0
    assert await pages.text_of("Corrected 2") != ""


async def test_a_newer_complete_version_is_not_overwritten_by_the_page(pages):
    pages.gate = asyncio.Event()
    pages.write(2)
    await publish(pages, 2)
    await pages.fetcher.step()
    pages.world.clock.advance(seconds=5)
    full = "Said in full by now: the zirconium mine is open. " * 8
    pages.server.put(URL, rss((2,), body=full, word="Corrected", link=PAGE))
    await pages.feeds.poll(pages.feed)
    assert await pages.new_alerts() == ["Corrected 2"]
    pages.gate.set()
    await pages.fetcher.finish()
    assert await pages.new_alerts() == []
    assert await pages.text_of("News 2") is None


async def test_an_edit_without_a_page_keeps_the_stored_full_text(pages):
    pages.write(2)
    await publish(pages, 2)
    await pages.fetcher.finish()
    assert await pages.new_alerts() == ["News 2"]
    pages.server.fail(PAGE.format(2), HttpStatusError(404, "no", address=PAGE.format(2)))
    pages.server.put(URL, rss((2,), body="Thin.", word="Corrected", link=PAGE))
    await pages.feeds.poll(pages.feed)
    await pages.fetcher.finish()
    assert "zirconium" in await pages.text_of("Corrected 2")


async def test_pages_of_one_host_are_fetched_one_per_second(pages):
    for number in (2, 3, 4):
        pages.write(number)
    await publish(pages, 2, 3, 4)
    start = pages.world.clock()
    await pages.fetcher.finish()
    assert pages.world.clock() - start >= timedelta(seconds=2)
    assert len(await pages.new_alerts()) >= 1
