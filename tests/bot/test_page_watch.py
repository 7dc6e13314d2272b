import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.engine import make_url

from bot.feed_look import FeedWorld
from bot.ingest import Ingest
from bot.matcher import Matcher
from bot.page_watch import MOST_TRIES, PATIENCE, PageWatch
from bot.store.tables import items, thin_items
from bot.store.thin_items import LEASE
from tests.bot.feed_world import URL, Feeds
from tests.watchers.sources.made_feeds import rss
from watchers import TopicIndex
from watchers.errors import Refused, Unreachable
from watchers.isolation import Isolation

PAGE = "https://pages.example.org/{}"
TEXT = "The council met on Monday and spoke of zirconium for a whole hour, as its chair reports. "


@pytest.fixture(params=["sqlite"])
def database_url(request, tmp_path):
    """How pages are read does not hang on the kind of database: the store's tests run on both."""
    return make_url(f"sqlite+aiosqlite:///{tmp_path / 'tocsin.sqlite3'}")


class Pages:
    """A feed of titles alone, and the watch over the pages behind them."""

    def __init__(self, world, isolation) -> None:
        world.ingest = Ingest(world.database, Matcher(TopicIndex()), world.clock, thin=200)
        self.world = world
        self.feeds = Feeds(world, isolation, self.fetch)
        self.server = self.feeds.server
        self.around = FeedWorld(self.fetch, isolation, sleep=self._sleep)
        self.gate: asyncio.Event | None = None
        self.watch = self.started()

    def started(self, *, reads: bool = True) -> PageWatch:
        """A process that begins to read pages."""
        world = self.world
        return PageWatch(
            world.database,
            world.ingest,
            self.around,
            world.clock,
            on_news=lambda: None,
            reads=reads,
        )

    async def fetch(self, url, **more):
        if self.gate is not None and url != URL:
            await self.gate.wait()
        return await self.server(url, **more)

    async def _sleep(self, seconds: float) -> None:
        self.world.clock.turn(seconds=seconds)

    def write(self, number: int, text: str = TEXT) -> None:
        body = f"<html><head><title>News {number}</title></head><body><article><h1>News {number}"
        body += "</h1>" + f"<p>{text}</p>" * 4 + "</article></body></html>"
        self.server.put(PAGE.format(number), body.encode(), content_type="text/html")

    def asked(self, number: int) -> int:
        return [url for url, _ in self.server.asked].count(PAGE.format(number))

    async def told(self) -> list[str]:
        before = len(self.world.chat.sent)
        await self.world.spread()
        return self.world.chat.titles()[before:]

    async def waiting(self) -> int:
        async with self.world.database.reading() as connection:
            return await connection.scalar(select(func.count()).select_from(thin_items))

    async def text_of(self, title: str) -> str:
        async with self.world.database.reading() as connection:
            return await connection.scalar(select(items.c.text).where(items.c.title == title))


@pytest.fixture
async def pages(world):
    async with Isolation(1) as isolation:
        made = Pages(world, isolation)
        made.server.put(URL, rss((1,), body="Thin.", link=PAGE))
        await world.say("/subscribe zirconium")
        made.feed = await made.feeds.add()
        await made.feeds.ask(made.feed)
        assert await made.told() == []
        yield made
        await made.watch.close()


async def brings(pages, *numbers: int, body: str = "Thin.") -> None:
    pages.server.put(URL, rss(sorted(numbers, reverse=True), body=body, link=PAGE))
    await pages.feeds.ask(pages.feed)


async def test_a_thin_item_is_matched_with_the_text_of_its_page(pages):
    pages.write(2)
    await brings(pages, 2)
    assert (await pages.told(), await pages.waiting()) == ([], 1)
    await pages.watch.finish()
    assert (await pages.told(), await pages.waiting()) == (["News 2"], 0)
    assert "zirconium" in await pages.text_of("News 2")
    assert (await pages.feeds.row(pages.feed)).news_at is not None


async def test_what_a_feed_brings_first_is_read_as_it_comes(pages):
    await pages.watch.finish()
    assert pages.asked(1) == 0
    assert await pages.text_of("News 1") == ""


async def test_no_other_item_waits_for_a_page(pages):
    pages.gate = asyncio.Event()
    pages.write(2)
    long = "A long description that speaks of zirconium. " * 8
    end = b"</channel></rss>"
    thin = rss((2,), body="Thin.", link=PAGE).partition(b"<item>")[2]
    pages.server.put(URL, rss((3,), body=long, link=PAGE).removesuffix(end) + b"<item>" + thin)
    await pages.feeds.ask(pages.feed)
    await pages.watch.step()
    assert await pages.told() == ["News 3"]
    pages.gate.set()
    await pages.watch.finish()
    assert await pages.told() == ["News 2"]


@pytest.mark.parametrize("status", [403, 404, 410])
async def test_where_the_page_refuses_the_item_goes_on_as_it_came(pages, status):
    pages.server.fail(PAGE.format(2), Refused(status, "no", address=PAGE.format(2)))
    await brings(pages, 2, body="Zirconium.")
    await pages.watch.finish()
    assert (await pages.told(), pages.asked(2)) == (["News 2"], 1)


async def test_a_page_that_does_not_answer_is_asked_again_and_the_item_comes_all_the_same(pages):
    pages.server.fail(PAGE.format(2), Unreachable("no connection", address=PAGE.format(2)))
    await brings(pages, 2, body="Zirconium.")
    await pages.watch.finish()
    assert (await pages.told(), pages.asked(2)) == ([], 1)
    for _ in range(MOST_TRIES - 1):
        pages.world.clock.turn(minutes=2)
        await pages.watch.finish()
    assert (await pages.told(), pages.asked(2)) == (["News 2"], MOST_TRIES)


async def test_a_page_that_answers_the_second_time_is_read(pages):
    pages.server.fail(PAGE.format(2), Refused(503, "later", address=PAGE.format(2)))
    await brings(pages, 2)
    await pages.watch.finish()
    pages.write(2)
    pages.world.clock.turn(minutes=1)
    await pages.watch.finish()
    assert await pages.told() == ["News 2"]


async def test_a_process_that_dies_while_it_reads_loses_no_item(pages):
    pages.gate = asyncio.Event()
    pages.write(2)
    await brings(pages, 2)
    await pages.watch.step()
    await pages.watch.close()
    pages.gate.set()
    after = pages.started()
    pages.world.clock.turn(seconds=LEASE.total_seconds() + 1)
    await after.finish()
    assert await pages.told() == ["News 2"]


async def test_a_page_that_kills_whoever_reads_it_is_given_up(pages):
    pages.gate = asyncio.Event()
    await brings(pages, 2, body="Zirconium.")
    for _ in range(MOST_TRIES):
        dying = pages.started()
        await dying.step()
        await dying.close()
        pages.world.clock.turn(seconds=LEASE.total_seconds() + 1)
    await pages.watch.finish()
    assert await pages.told() == ["News 2"]


async def test_no_item_waits_for_longer_than_patience(pages):
    many = range(2, 40)
    await brings(pages, *many, body="Zirconium {}.")
    pages.world.clock.turn(seconds=PATIENCE.total_seconds())
    assert await pages.watch.step()
    assert len(await pages.told()) == len(many)
    assert sum(map(pages.asked, many)) == 0


async def test_what_waits_goes_on_as_it_came_where_it_was_switched_off(pages):
    await brings(pages, 2, body="Zirconium.")
    await pages.started(reads=False).finish()
    assert (await pages.told(), pages.asked(2)) == (["News 2"], 0)


async def test_an_edit_while_it_waits_is_what_comes(pages):
    pages.gate = asyncio.Event()
    pages.write(2)
    await brings(pages, 2)
    await pages.watch.step()
    pages.world.clock.turn(seconds=5)
    pages.server.put(URL, rss((2,), body="Thin.", word="Corrected", link=PAGE))
    await pages.feeds.ask(pages.feed)
    pages.gate.set()
    await pages.watch.finish()
    pages.world.clock.turn(seconds=LEASE.total_seconds() + 1)
    await pages.watch.finish()
    assert await pages.waiting() == 0
    assert await pages.text_of("Corrected 2") != ""


async def test_what_came_in_full_meanwhile_is_not_undone_by_the_page(pages):
    pages.gate = asyncio.Event()
    pages.write(2)
    await brings(pages, 2)
    await pages.watch.step()
    pages.world.clock.turn(seconds=5)
    full = "Said in full by now: the zirconium mine is open. " * 8
    pages.server.put(URL, rss((2,), body=full, word="Corrected", link=PAGE))
    await pages.feeds.ask(pages.feed)
    assert await pages.told() == ["Corrected 2"]
    pages.gate.set()
    await pages.watch.finish()
    assert await pages.told() == []
    assert await pages.text_of("News 2") is None


async def test_an_edit_whose_page_cannot_be_read_keeps_the_text_that_is_known(pages):
    pages.write(2)
    await brings(pages, 2)
    await pages.watch.finish()
    assert await pages.told() == ["News 2"]
    pages.server.fail(PAGE.format(2), Refused(404, "no", address=PAGE.format(2)))
    pages.server.put(URL, rss((2,), body="Thin.", word="Corrected", link=PAGE))
    await pages.feeds.ask(pages.feed)
    await pages.watch.finish()
    assert "zirconium" in await pages.text_of("Corrected 2")


async def test_pages_of_one_host_are_asked_one_after_another(pages):
    for number in (2, 3, 4):
        pages.write(number)
    await brings(pages, 2, 3, 4)
    began = pages.world.clock()
    await pages.watch.finish()
    assert pages.world.clock() - began >= timedelta(seconds=2)
    assert len(await pages.told()) >= 1
