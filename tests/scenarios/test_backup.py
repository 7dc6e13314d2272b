"""A backup is made beside a process that writes all the while, and is of one moment each time."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from bot.__main__ import main

ROOT = Path(__file__).parents[2]


@pytest.fixture
def address(database_url, tmp_path, monkeypatch):
    """The configured database of this test, brought to its schema."""
    kind = database_url.get_backend_name()
    told = database_url.set(drivername=kind).render_as_string(hide_password=False)
    monkeypatch.setenv("TOCSIN_DATABASE_URL", told)
    monkeypatch.chdir(tmp_path)
    assert main(["migrate"]) == 0
    return told


@contextmanager
def writer(address):
    """Somebody who writes, until the block ends."""
    script = Path(__file__).with_name("writing.py")
    process = subprocess.Popen(
        [sys.executable, str(script), address],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        for _ in range(20):
            assert process.stdout.readline()
        yield
    finally:
        process.kill()
        process.wait(10)
        process.stdout.close()


def counted(path):
    with closing(sqlite3.connect(path)) as file:
        return [
            file.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            for table in ("items", "stories")
        ]


def test_a_backup_beside_a_writer_is_of_one_moment_and_can_be_put_back(address, tmp_path, capsys):
    seen = []
    with writer(address):
        for number in range(3):
            assert main(["backup", f"{number}.bak"]) == 0
            items, stories = counted(tmp_path / f"{number}.bak")
            assert items == stories  # both of each, or neither
            seen.append(items)
    assert 20 <= seen[0] < seen[1] < seen[2]
    assert (tmp_path / "0.bak").stat().st_mode & 0o077 == 0  # it holds what is private
    assert not list(tmp_path.glob("*.part*"))
    # Back again: what is there is not overwritten by accident.
    assert main(["restore", "1.bak"]) == 2
    assert "--overwrite" in capsys.readouterr().err
    assert main(["restore", "1.bak", "--overwrite"]) == 0
    assert main(["backup", "again.bak"]) == 0
    assert counted(tmp_path / "again.bak") == [seen[1], seen[1]]


def test_a_backup_of_one_database_is_put_back_into_the_other(address, tmp_path, monkeypatch):
    with writer(address):
        pass
    assert main(["backup", "a.bak"]) == 0
    monkeypatch.setenv("TOCSIN_DATABASE_URL", "sqlite:///elsewhere.sqlite3")
    assert main(["restore", "a.bak"]) == 0
    assert main(["backup", "b.bak"]) == 0
    assert counted(tmp_path / "b.bak") == counted(tmp_path / "a.bak")


def test_a_backup_of_a_released_schema_is_put_back(address, tmp_path):
    script = ROOT / "tests" / "bot" / "store" / "released" / "0001.sqlite.sql"
    with closing(sqlite3.connect(tmp_path / "old.bak")) as file:
        file.executescript(script.read_text("utf-8"))
    assert main(["restore", "old.bak"]) == 0
    assert main(["migrate"]) == 0
    assert main(["backup", "new.bak"]) == 0
    assert counted(tmp_path / "new.bak") == [3, 4]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["backup", "no/such/folder"], "there is no folder no/such"),
        (["backup", "notes.txt"], "notes.txt is there and is no backup"),
        (["restore", "none"], "there is no file none"),
        (["restore", "notes.txt"], "is damaged, or no database"),
        (["restore", "cut.bak", "--overwrite"], "is damaged"),
    ],
)
def test_wrong_input_is_one_clear_line_and_changes_nothing(
    address, tmp_path, capsys, arguments, told
):
    (tmp_path / "notes.txt").write_text("mine")
    assert main(["backup", "whole.bak"]) == 0
    whole = (tmp_path / "whole.bak").read_bytes()
    (tmp_path / "cut.bak").write_bytes(whole[: len(whole) // 2])
    capsys.readouterr()
    assert main(arguments) == 2
    err = capsys.readouterr().err
    assert told in err
    assert err.count("\n") == 1
    assert (tmp_path / "notes.txt").read_text() == "mine"
