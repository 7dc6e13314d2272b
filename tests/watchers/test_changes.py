import asyncio
import os
import shutil
from contextlib import asynccontextmanager

import pytest

from watchers.sources.changes import folder_changes

PATIENCE = 20  # seconds; only a failure takes them


class Watch:
    """Somebody who listens to what changes in a folder."""

    def __init__(self, root):
        self.stop = asyncio.Event()
        self._changes = folder_changes(root, stop=self.stop)

    async def next(self):
        async with asyncio.timeout(PATIENCE):
            return await anext(self._changes)

    async def standing(self):
        """Until the watch stands: it looks at everything before and after."""
        assert await self.next() is None
        assert await self.next() is None

    async def names(self, *expected):
        """All names that were told until the expected ones were."""
        told = set()
        while not told.issuperset(expected):
            told |= await self.next() or set()
        return told

    async def notices(self, path):
        """Until a change of this file is told. A look at everything would find it too, so it is
        written again after each."""
        told = None
        while told is None:
            path.write_text("words")
            told = await self.next()
        assert path.name in told


@asynccontextmanager
async def watching(root):
    watch = Watch(root)
    try:
        yield watch
    finally:
        watch.stop.set()
        await watch._changes.aclose()


@pytest.fixture
def root(tmp_path):
    folder = tmp_path / "seeds"
    folder.mkdir()
    return folder


async def test_a_file_that_is_written_is_told(root):
    async with watching(root) as watch:
        await watch.standing()
        (root / "a.txt").write_text("words")
        assert await watch.names("a.txt") == {"a.txt"}


async def test_whatever_is_done_to_a_file_is_told(root):
    (root / "a.txt").write_text("words")
    async with watching(root) as watch:
        await watch.standing()
        os.utime(root / "a.txt", (1, 1))
        await watch.names("a.txt")
        (root / "a.txt").rename(root / "b.txt")
        await watch.names("a.txt", "b.txt")
        (root / "b.txt").write_text("other words")
        await watch.names("b.txt")
        (root / "b.txt").unlink()
        await watch.names("b.txt")


async def test_hidden_and_temporary_files_are_not_told(root):
    async with watching(root) as watch:
        await watch.standing()
        for name in (".a.txt", "a.txt~", "a.tmp", "a.part"):
            (root / name).write_text("words")
        (root / "z.txt").write_text("words")
        assert await watch.names("z.txt") == {"z.txt"}


async def test_a_file_deep_inside_is_told_with_its_path(root):
    (root / "a" / "b").mkdir(parents=True)
    async with watching(root) as watch:
        await watch.standing()
        (root / "a" / "b" / "c.txt").write_text("words")
        assert "a/b/c.txt" in await watch.names("a/b/c.txt")


async def test_a_folder_that_is_moved_in_is_told_by_its_name_and_watched(root, tmp_path):
    (tmp_path / "drafts").mkdir()
    (tmp_path / "drafts" / "a.txt").write_text("words")
    async with watching(root) as watch:
        await watch.standing()
        (tmp_path / "drafts").rename(root / "drafts")
        await watch.names("drafts")
        (root / "drafts" / "b.txt").write_text("words")
        await watch.names("drafts/b.txt")


async def test_many_files_at_once_are_all_told(root):
    names = {f"{number}.txt" for number in range(500)}
    async with watching(root) as watch:
        await watch.standing()
        for name in names:
            (root / name).write_text("words")
        assert await watch.names(*names) == names


async def test_the_folder_may_be_a_link_or_a_relative_path(root, tmp_path, monkeypatch):
    (tmp_path / "link").symlink_to(root)
    monkeypatch.chdir(tmp_path)
    for way in (tmp_path / "link", root.relative_to(tmp_path)):
        async with watching(way) as watch:
            await watch.standing()
            (root / f"{way.name}.txt").write_text("words")
            await watch.names(f"{way.name}.txt")


async def test_a_folder_that_comes_later_is_watched_when_it_comes(tmp_path):
    root = tmp_path / "later"
    async with watching(root) as watch:
        assert await watch.next() is None  # whoever looks is told what is wrong with it
        root.mkdir()
        assert await watch.next() is None
        await watch.notices(root / "a.txt")


async def test_a_folder_that_vanishes_and_returns_is_looked_at_and_watched(root, tmp_path):
    async with watching(root) as watch:
        await watch.standing()
        root.rename(tmp_path / "away")
        root.mkdir()
        assert await watch.next() is None
        await watch.notices(root / "a.txt")


async def test_a_folder_that_is_removed_and_made_anew_at_once_is_watched(root):
    async with watching(root) as watch:
        await watch.standing()
        for name in ("a.txt", "b.txt"):  # the new folder likes to get the number of the old one
            shutil.rmtree(root)
            root.mkdir()
            while await watch.next() is not None:
                pass  # the files that went with it
            await watch.notices(root / name)


async def test_the_watch_ends_when_it_is_told_to(root):
    for folder in (root, root / "not there"):
        watch = Watch(folder)
        if folder == root:
            await watch.standing()
        watch.stop.set()
        assert [names async for names in watch._changes] == []
