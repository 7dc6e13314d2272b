"""Files of Tocsin are private to its user, also those of earlier versions."""

import stat

from bot.runtime.file_permissions import restrict_permissions


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_existing_files_become_private_and_are_reported_once(tmp_path):
    folder = tmp_path / "data"
    folder.mkdir(mode=0o755)
    database = folder / "tocsin.sqlite3"
    names = ("tocsin.sqlite3", "tocsin.sqlite3-wal", "tocsin.sqlite3-shm", "export.json")
    for name in names:
        (folder / name).touch()
        (folder / name).chmod(0o644)
    changed = restrict_permissions(folder, database)
    assert set(changed) == {folder, *(folder / name for name in names)}
    assert mode(folder) == 0o700
    assert {mode(folder / name) for name in names} == {0o600}
    assert restrict_permissions(folder, database) == []


def test_the_current_folder_and_missing_files_are_left_alone(tmp_path, monkeypatch):
    tmp_path.chmod(0o755)
    monkeypatch.chdir(tmp_path)
    database = tmp_path / "tocsin.sqlite3"
    database.touch()
    database.chmod(0o644)
    (tmp_path / "notes.txt").touch()
    assert restrict_permissions(tmp_path, database) == [database]
    assert mode(tmp_path) == 0o755
    assert restrict_permissions(tmp_path / "missing", None) == []
