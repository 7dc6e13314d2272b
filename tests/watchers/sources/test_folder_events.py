import asyncio
import os
import shutil
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import cast

import pytest

from watchers.sources.folder_events import folder_changes

# Only a failing test waits this long.
TIMEOUT_SECONDS = 60


class Watch:
    """The changes of a folder."""

    def __init__(self, root):
        self.stop = asyncio.Event()
        self._changes = folder_changes(root, stop=self.stop)

    async def next(self):
        async with asyncio.timeout(TIMEOUT_SECONDS):
            return await anext(self._changes)

    async def wait_until_started(self):
        """Wait for the full scans before and after the start of the watch."""
        assert await self.next() is None
        assert await self.next() is None

    async def names(self, *expected):
        """Return all names that are reported until the expected ones are."""
        names: set[str] = set()
        while not names.issuperset(expected):
            names |= await self.next() or set()
        return names

    async def wait_for_change(self, path):
        """Wait for an event of this file, which is written again after each full scan."""
        names = None
        while names is None:
            path.write_text("words")
            names = await self.next()
        assert path.name in names


@asynccontextmanager
async def watching(root):
    watch = Watch(root)
    try:
        yield watch
    finally:
        watch.stop.set()
        await cast("AsyncGenerator", watch._changes).aclose()


@pytest.fixture
def root(tmp_path):
    folder = tmp_path / "seeds"
    folder.mkdir()
    return folder


async def test_a_written_file_is_reported(root):
    async with watching(root) as watch:
        await watch.wait_until_started()
        (root / "a.txt").write_text("words")
        assert await watch.names("a.txt") == {"a.txt"}


async def test_every_operation_on_a_file_is_reported(root):
    (root / "a.txt").write_text("words")
    async with watching(root) as watch:
        await watch.wait_until_started()
        os.utime(root / "a.txt", (1, 1))
        await watch.names("a.txt")
        (root / "a.txt").rename(root / "b.txt")
        await watch.names("a.txt", "b.txt")
        (root / "b.txt").write_text("other words")
        await watch.names("b.txt")
        (root / "b.txt").unlink()
        await watch.names("b.txt")


async def test_hidden_and_temporary_files_are_not_reported(root):
    async with watching(root) as watch:
        await watch.wait_until_started()
        for name in (".a.txt", "a.txt~", "a.tmp", "a.part"):
            (root / name).write_text("words")
        (root / "z.txt").write_text("words")
        assert await watch.names("z.txt") == {"z.txt"}


async def test_a_nested_file_is_reported_with_its_path(root):
    (root / "a" / "b").mkdir(parents=True)
    async with watching(root) as watch:
        await watch.wait_until_started()
        (root / "a" / "b" / "c.txt").write_text("words")
        assert "a/b/c.txt" in await watch.names("a/b/c.txt")


async def test_a_folder_that_is_moved_in_is_reported_and_watched(root, tmp_path):
    (tmp_path / "drafts").mkdir()
    (tmp_path / "drafts" / "a.txt").write_text("words")
    async with watching(root) as watch:
        await watch.wait_until_started()
        (tmp_path / "drafts").rename(root / "drafts")
        await watch.names("drafts")
        (root / "drafts" / "b.txt").write_text("words")
        await watch.names("drafts/b.txt")


async def test_many_files_at_once_are_all_reported(root):
    names = {f"{number}.txt" for number in range(500)}
    async with watching(root) as watch:
        await watch.wait_until_started()
        for name in names:
            (root / name).write_text("words")
        assert await watch.names(*names) == names


async def test_the_folder_can_be_a_link_or_a_relative_path(root, tmp_path, monkeypatch):
    (tmp_path / "link").symlink_to(root)
    monkeypatch.chdir(tmp_path)
    for path in (tmp_path / "link", root.relative_to(tmp_path)):
        async with watching(path) as watch:
            await watch.wait_until_started()
            (root / f"{path.name}.txt").write_text("words")
            await watch.names(f"{path.name}.txt")


async def test_a_folder_that_is_created_later_is_watched(tmp_path):
    root = tmp_path / "later"
    async with watching(root) as watch:
        # The scan reports that the folder is missing.
        assert await watch.next() is None
        root.mkdir()
        assert await watch.next() is None
        await watch.wait_for_change(root / "a.txt")


async def test_a_folder_that_returns_is_scanned_and_watched(root, tmp_path):
    async with watching(root) as watch:
        await watch.wait_until_started()
        root.rename(tmp_path / "away")
        root.mkdir()
        assert await watch.next() is None
        await watch.wait_for_change(root / "a.txt")


async def test_a_folder_that_is_removed_and_recreated_at_once_is_watched(root):
    async with watching(root) as watch:
        await watch.wait_until_started()
        # The new folder often gets the inode number of the old one.
        for name in ("a.txt", "b.txt"):
            shutil.rmtree(root)
            root.mkdir()
            # The deletion of the folder also reports its files.
            while await watch.next() is not None:
                pass
            await watch.wait_for_change(root / name)


async def test_the_watch_ends_on_stop(root):
    for folder in (root, root / "not there"):
        watch = Watch(folder)
        if folder == root:
            await watch.wait_until_started()
        watch.stop.set()
        assert [names async for names in watch._changes] == []
