"""A seed folder that several processes see: one watches it, and the next continues at its cursor."""

import asyncio
import os
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from bot.ingest.folder_watcher import FolderWatcher
from bot.ingest.pipeline import IngestPipeline, Matcher
from bot.runtime.lease import Lease
from bot.store.feeds.sources import get_or_create_source, list_sources
from bot.store.tables import items
from watchers import Source, TopicIndex


class Watcher:
    """A process that watches the folder."""

    def __init__(self, world, folder) -> None:
        self.clock = world.clock
        ticks = lambda: world.clock().timestamp()  # noqa: E731
        self.lease = Lease(world.database, "folder", world.clock, ticks)
        ingest = IngestPipeline(world.database, Matcher(TopicIndex()), world.clock)
        self.watcher = FolderWatcher(
            folder, world.database, ingest, world.clock, on_news=lambda: None, lease=self.lease
        )

    async def scan(self) -> None:
        self.watcher.request_full_scan()
        while await self.watcher.step():
            pass


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "seeds").mkdir()
    return tmp_path / "seeds"


def write(world, path, text: str) -> None:
    """A document that was finished a minute ago."""
    path.write_text(text)
    then = world.clock().timestamp() - 60
    os.utime(path, (then, then))


async def titles(world) -> list[str]:
    async with world.database.reading() as connection:
        return list(
            (await connection.execute(select(items.c.title).order_by(items.c.id))).scalars()
        )


async def test_only_the_holder_of_the_lease_scans_the_folder(world, folder):
    write(world, folder / "a.txt", "First report\n\nIt says so.\n")
    first, second = Watcher(world, folder), Watcher(world, folder)
    assert await first.lease.acquire_or_renew()
    assert not await second.lease.acquire_or_renew()
    await second.scan()
    assert await titles(world) == []
    await first.scan()
    assert await titles(world) == ["First report"]


async def test_the_next_holder_continues_at_the_stored_cursor(world, folder):
    write(world, folder / "a.txt", "First report\n\nIt says so.\n")
    first, second = Watcher(world, folder), Watcher(world, folder)
    await first.lease.acquire_or_renew()
    await first.scan()
    write(world, folder / "b.txt", "Second report\n\nIt says that.\n")
    world.clock.advance(seconds=13)  # the first process has died
    await second.lease.acquire_or_renew()
    second.watcher.reload_cursor()
    await second.scan()
    assert await titles(world) == ["First report", "Second report"]


async def test_a_frozen_process_does_not_overwrite_newer_results(world, folder, monkeypatch):
    report = folder / "a.txt"
    write(world, report, "An old report\n\nIt says so.\n")
    first, second = Watcher(world, folder), Watcher(world, folder)
    await first.lease.acquire_or_renew()
    frozen, resume = asyncio.Event(), asyncio.Event()
    ingest = first.watcher._ingest.ingest

    async def freeze(*args, **kwargs):
        frozen.set()
        await resume.wait()
        return await ingest(*args, **kwargs)

    monkeypatch.setattr(first.watcher._ingest, "ingest", freeze)
    scanning = asyncio.ensure_future(first.scan())
    await asyncio.wait_for(frozen.wait(), 60)
    world.clock.advance(seconds=13)
    await second.lease.acquire_or_renew()
    write(world, report, "A new report\n\nIt says something else by now.\n")
    await second.scan()
    resume.set()
    await asyncio.wait_for(scanning, 60)
    assert await titles(world) == ["A new report"]


async def test_a_document_that_appears_during_the_start_is_news(world, folder):
    await world.send_command("/subscribe report")
    write(world, folder / "old.txt", "An old report\n\nIt was there before.\n")
    old_ns = (folder / "old.txt").stat().st_ctime_ns
    new = folder / "new.txt"
    write(world, new, "A new report\n\nIt came during the start.\n")
    while new.stat().st_ctime_ns == old_ns:
        # The clock of the file system is coarse.
        await asyncio.sleep(0.001)
        new.touch()
    started_at = datetime.fromtimestamp((old_ns + 1_000) / 1e9, UTC)
    watcher = FolderWatcher(
        folder,
        world.database,
        world.ingest,
        world.clock,
        on_news=lambda: None,
        started_at=started_at,
    )
    while await watcher.step():
        pass
    assert sorted(await titles(world)) == ["A new report", "An old report"]
    await world.run_pipeline()
    assert world.chat.titles() == ["A new report"]


async def test_a_kill_during_the_first_scan_makes_no_news_known(world, folder):
    await world.send_command("/subscribe report")
    first_start = datetime.now(UTC)
    source = Source("folder", str(folder.absolute()))
    async with world.database.writing() as connection:
        # The first process created the source and was killed before it read the folder.
        await get_or_create_source(connection, source, now=first_start)
    await asyncio.sleep(0.05)
    write(world, folder / "new.txt", "A new report\n\nIt came before the second start.\n")
    await asyncio.sleep(0.05)
    watcher = FolderWatcher(
        folder,
        world.database,
        world.ingest,
        world.clock,
        on_news=lambda: None,
        started_at=datetime.now(UTC),
    )
    while await watcher.step():
        pass
    await world.run_pipeline()
    assert world.chat.titles() == ["A new report"]


async def test_unreadable_documents_are_listed_until_they_are_corrected(world, folder):
    watcher = Watcher(world, folder)
    await watcher.lease.acquire_or_renew()
    write(world, folder / "good.txt", "A pact.\n\nSigned.")
    write(world, folder / "bad.pdf", "words")
    write(world, folder / "sheet.xlsx", "words")
    await watcher.scan()
    async with world.database.reading() as connection:
        (health,) = await list_sources(connection)
    assert (health.document_count, health.unreadable_count) == (1, 2)
    assert [problem.name for problem in health.unreadable] == ["bad.pdf", "sheet.xlsx"]
    assert "the PDF is broken" in health.unreadable[0].reason
    assert "use one of" in health.unreadable[1].reason
    answer = await world.send_command("/status")
    assert "1 document," in answer
    assert "sheet.xlsx: the format “.xlsx” is not supported" in answer
    (folder / "bad.pdf").unlink()
    write(world, folder / "sheet.xlsx", "other words")
    (folder / "sheet.xlsx").rename(folder / "sheet.txt")
    await watcher.scan()
    async with world.database.reading() as connection:
        (health,) = await list_sources(connection)
    assert (health.document_count, health.unreadable) == (2, ())
