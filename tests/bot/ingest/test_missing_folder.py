"""A missing folder: the operators get one notice after a day, and one when the folder is back."""

import shutil

import pytest
from sqlalchemy import select

from bot.ingest.folder_watcher import FolderWatcher
from bot.store.feeds.sources import list_sources
from bot.store.tables import announcements


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "seeds"
    path.mkdir()
    (path / "a.txt").write_text("Sanctions on cheese begin.\n\nThe council met.")
    return path


@pytest.fixture
def start(world, folder):
    return lambda: FolderWatcher(
        folder, world.database, world.ingest, world.clock, on_news=lambda: None
    )


async def scan(watcher) -> None:
    watcher.request_full_scan()
    while await watcher.step():
        pass


async def notices(world) -> list[str]:
    async with world.database.reading() as connection:
        return list((await connection.execute(select(announcements.c.text))).scalars())


async def test_the_operators_get_one_notice_after_a_day_and_one_at_the_return(world, folder, start):
    watcher = start()
    await scan(watcher)
    shutil.rmtree(folder)
    for hours in (0, 12, 11):
        world.clock.advance(hours=hours)
        await scan(watcher)
        assert await notices(world) == []
    for _ in range(4):
        world.clock.advance(hours=20)
        await scan(watcher)
    (text,) = await notices(world)
    assert str(folder) in text
    assert "a day" in text
    folder.mkdir()
    for _ in range(2):
        await scan(watcher)
    (text,) = (await notices(world))[1:]
    assert str(folder) in text
    assert "again" in text
    async with world.database.reading() as connection:
        assert [source.problem for source in await list_sources(connection)] == [None]


async def test_a_restart_neither_loses_nor_repeats_the_notice(world, folder, start):
    await scan(start())
    shutil.rmtree(folder)
    await scan(start())
    for _ in range(3):
        world.clock.advance(hours=25)
        await scan(start())
    assert len(await notices(world)) == 1
    folder.mkdir()
    await scan(start())
    await scan(start())
    assert len(await notices(world)) == 2


async def test_a_folder_that_is_back_within_a_day_causes_no_notice(world, folder, start):
    watcher = start()
    for _ in range(5):
        await scan(watcher)
        shutil.rmtree(folder)
        await scan(watcher)
        world.clock.advance(hours=12)
        await scan(watcher)
        folder.mkdir()
    assert await notices(world) == []
