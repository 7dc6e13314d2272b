"""Verify that only an empty installation receives the documents of the package."""

import pytest

from bot.app import starter_documents as subject
from bot.settings import Settings
from bot.store import Database, migrate


@pytest.fixture
def settings(tmp_path, monkeypatch):
    packaged = tmp_path / "package"
    packaged.mkdir()
    (packaged / "a.txt").write_text("Title\n\nText.")
    (packaged / "b.md").write_text("# Title\n\nText.")
    monkeypatch.setattr(subject, "_PACKAGED_FOLDER", packaged)
    return Settings(data_dir=tmp_path / "data", seeds_dir=tmp_path / "new" / "seeds")


@pytest.fixture
async def database(settings):
    database = Database(settings.database)
    yield database
    await database.close()


async def test_documents_are_copied_once(settings, database):
    assert await subject.copy_starter_documents(settings, database) == 2
    assert sorted(path.name for path in settings.seeds_dir[0].iterdir()) == ["a.txt", "b.md"]
    assert list(settings.seeds_dir[0].parent.iterdir()) == [settings.seeds_dir[0]]
    assert await subject.copy_starter_documents(settings, database) == 0


async def test_an_existing_folder_is_left_alone(settings, database):
    settings.seeds_dir[0].mkdir(parents=True)
    assert await subject.copy_starter_documents(settings, database) == 0
    assert list(settings.seeds_dir[0].iterdir()) == []


async def test_a_folder_that_is_missing_after_the_first_start_is_not_created(settings, database):
    await migrate(database)
    assert await subject.copy_starter_documents(settings, database) == 0
    assert not settings.seeds_dir[0].exists()


async def test_a_link_to_a_missing_folder_is_left_alone(settings, database, tmp_path):
    settings.seeds_dir[0].parent.mkdir()
    settings.seeds_dir[0].symlink_to(tmp_path / "unmounted")
    assert await subject.copy_starter_documents(settings, database) == 0
    assert settings.seeds_dir[0].is_symlink()


async def test_a_folder_that_cannot_be_created_does_not_prevent_the_start(settings, database):
    settings.seeds_dir[0].parent.write_text("a file, where the parent folder should be")
    assert await subject.copy_starter_documents(settings, database) == 0


async def test_without_packaged_documents_nothing_is_created(settings, database, monkeypatch):
    monkeypatch.setattr(subject, "_PACKAGED_FOLDER", settings.data_dir / "none")
    assert await subject.copy_starter_documents(settings, database) == 0
    assert not settings.seeds_dir[0].exists()
