"""A folder that vanishes: those who run the bot hear of it after a day, once, and of its return."""

import shutil

import pytest
from sqlalchemy import select

from bot.folder_watch import FolderWatch
from bot.store.sources import list_sources
from bot.store.tables import announcements


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "seeds"
    made.mkdir()
    (made / "a.txt").write_text("Sanctions on cheese begin.\n\nThe council met.")
    return made


@pytest.fixture
def start(world, folder):
    return lambda: FolderWatch(
        folder, world.database, world.ingest, world.clock, on_news=lambda: None
    )


async def look(watch) -> None:
    watch.look_everywhere()
    while await watch.step():
        pass


async def told(world) -> list[str]:
    async with world.database.reading() as connection:
        return list((await connection.execute(select(announcements.c.text))).scalars())


async def test_a_day_without_it_is_told_once_and_so_is_its_return(world, folder, start):
    watch = start()
    await look(watch)
    shutil.rmtree(folder)
    for hours in (0, 12, 11):
        world.clock.turn(hours=hours)
        await look(watch)
        assert await told(world) == []
    for _ in range(4):
        world.clock.turn(hours=20)
        await look(watch)
    (text,) = await told(world)
    assert text.startswith(f"The folder {folder} could not be read for a day: ")
    folder.mkdir()
    for _ in range(2):
        await look(watch)
    assert (await told(world))[1:] == [f"The folder {folder} can be read again."]
    async with world.database.reading() as connection:
        assert [one.problem for one in await list_sources(connection)] == [None]


async def test_a_restart_neither_forgets_nor_repeats_it(world, folder, start):
    await look(start())
    shutil.rmtree(folder)
    await look(start())
    for _ in range(3):
        world.clock.turn(hours=25)
        await look(start())
    assert len(await told(world)) == 1
    folder.mkdir()
    await look(start())
    await look(start())
    assert len(await told(world)) == 2


async def test_a_folder_that_is_back_within_the_day_is_nobodys_business(world, folder, start):
    watch = start()
    for _ in range(5):
        await look(watch)
        shutil.rmtree(folder)
        await look(watch)
        world.clock.turn(hours=12)
        await look(watch)
        folder.mkdir()
    assert await told(world) == []
