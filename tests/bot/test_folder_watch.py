"""A seed folder that several processes see: one watches it, and another goes on where it ended."""

import asyncio
import os

import pytest
from sqlalchemy import select

from bot.folder_watch import FolderWatch
from bot.ingest import Ingest
from bot.matcher import Matcher
from bot.store.tables import items
from bot.tenure import Tenure
from watchers import TopicIndex


class Watcher:
    """A process that watches the folder."""

    def __init__(self, world, folder) -> None:
        self.clock = world.clock
        ticks = lambda: world.clock().timestamp()  # noqa: E731
        self.tenure = Tenure(world.database, "folder", world.clock, ticks)
        ingest = Ingest(world.database, Matcher(TopicIndex()), world.clock)
        self.watch = FolderWatch(
            folder, world.database, ingest, world.clock, on_news=lambda: None, tenure=self.tenure
        )

    async def look(self) -> None:
        self.watch.look_everywhere()
        while await self.watch.step():
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


async def test_only_the_one_with_the_lease_reads_it(world, folder):
    write(world, folder / "a.txt", "First report\n\nIt says so.\n")
    first, second = Watcher(world, folder), Watcher(world, folder)
    assert await first.tenure.take()
    assert not await second.tenure.take()
    await second.look()
    assert await titles(world) == []
    await first.look()
    assert await titles(world) == ["First report"]


async def test_another_goes_on_where_the_first_one_ended(world, folder):
    write(world, folder / "a.txt", "First report\n\nIt says so.\n")
    first, second = Watcher(world, folder), Watcher(world, folder)
    await first.tenure.take()
    await first.look()
    write(world, folder / "b.txt", "Second report\n\nIt says that.\n")
    world.clock.turn(seconds=13)  # the first one died
    await second.tenure.take()
    second.watch.begin_anew()
    await second.look()
    assert await titles(world) == ["First report", "Second report"]


async def test_what_a_frozen_process_read_is_not_written_over_what_another_did(
    world, folder, monkeypatch
):
    report = folder / "a.txt"
    write(world, report, "An old report\n\nIt says so.\n")
    first, second = Watcher(world, folder), Watcher(world, folder)
    await first.tenure.take()
    frozen, goes_on = asyncio.Event(), asyncio.Event()
    ask = first.watch._ingest.take

    async def freeze(*given, **more):
        frozen.set()
        await goes_on.wait()
        return await ask(*given, **more)

    monkeypatch.setattr(first.watch._ingest, "take", freeze)
    looking = asyncio.ensure_future(first.look())
    await asyncio.wait_for(frozen.wait(), 10)
    world.clock.turn(seconds=13)
    await second.tenure.take()
    write(world, report, "A new report\n\nIt says something else by now.\n")
    await second.look()
    goes_on.set()
    await asyncio.wait_for(looking, 10)
    assert await titles(world) == ["A new report"]
