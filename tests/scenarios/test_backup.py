"""A backup during the writes of another process is a snapshot of one moment."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from bot.cli.parser import main

ROOT = Path(__file__).parents[2]


@pytest.fixture
def address(database_url, tmp_path, monkeypatch):
    """The configured database of this test, brought to its schema."""
    kind = database_url.get_backend_name()
    url = database_url.set(drivername=kind).render_as_string(hide_password=False)
    monkeypatch.setenv("TOCSIN_DATABASE_URL", url)
    monkeypatch.chdir(tmp_path)
    assert main(["migrate"]) == 0
    return url


@contextmanager
def writer(address):
    """Run a process that writes until the block ends."""
    script = Path(__file__).with_name("writing.py")
    process = subprocess.Popen(
        [sys.executable, str(script), address],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:

        def wait_for_row(number: int) -> None:
            """Wait until the process has committed the row with this number."""
            while int(process.stdout.readline()) < number:
                pass

        wait_for_row(20)
        yield wait_for_row
    finally:
        process.kill()
        process.wait(10)
        process.stdout.close()


def count_rows(path):
    with closing(sqlite3.connect(path)) as file:
        return [
            file.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            for table in ("items", "stories")
        ]


def test_a_backup_during_writes_is_consistent_and_can_be_restored(address, tmp_path, capsys):
    seen = []
    with writer(address) as wait_for_row:
        for number in range(3):
            assert main(["backup", f"{number}.bak"]) == 0
            items, stories = count_rows(tmp_path / f"{number}.bak")
            # The writer commits an item and its story together.
            assert items == stories
            seen.append(items)
            wait_for_row(items + 1)
    assert 20 <= seen[0] < seen[1] < seen[2]
    # Only the owner may read the private data in a backup.
    assert (tmp_path / "0.bak").stat().st_mode & 0o077 == 0
    assert not list(tmp_path.glob("*.part*"))
    # An existing database is not overwritten by accident.
    assert main(["restore", "1.bak"]) == 2
    assert "--overwrite" in capsys.readouterr().err
    assert main(["restore", "1.bak", "--overwrite"]) == 0
    assert main(["backup", "again.bak"]) == 0
    assert count_rows(tmp_path / "again.bak") == [seen[1], seen[1]]


def test_a_backup_of_one_kind_of_database_is_restored_to_the_other(address, tmp_path, monkeypatch):
    with writer(address):
        pass
    assert main(["backup", "a.bak"]) == 0
    monkeypatch.setenv("TOCSIN_DATABASE_URL", "sqlite:///elsewhere.sqlite3")
    assert main(["restore", "a.bak"]) == 0
    assert main(["backup", "b.bak"]) == 0
    assert count_rows(tmp_path / "b.bak") == count_rows(tmp_path / "a.bak")


def test_a_backup_of_a_released_schema_is_restored(address, tmp_path):
    script = ROOT / "tests" / "bot" / "store" / "released" / "0001.sqlite.sql"
    with closing(sqlite3.connect(tmp_path / "old.bak")) as file:
        file.executescript(script.read_text("utf-8"))
    assert main(["restore", "old.bak"]) == 0
    assert main(["migrate"]) == 0
    assert main(["backup", "new.bak"]) == 0
    assert count_rows(tmp_path / "new.bak") == [3, 4]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["backup", "no/such/folder"], "the folder no/such does not exist"),
        (["backup", "notes.txt"], "notes.txt exists and is not a backup"),
        (["restore", "none"], "the file none does not exist"),
        (["restore", "notes.txt"], "is damaged or not a SQLite database"),
        (["restore", "cut.bak", "--overwrite"], "is damaged"),
    ],
)
def test_wrong_input_is_one_clear_line_and_changes_nothing(
    address, tmp_path, capsys, arguments, message
):
    (tmp_path / "notes.txt").write_text("mine")
    assert main(["backup", "whole.bak"]) == 0
    whole = (tmp_path / "whole.bak").read_bytes()
    (tmp_path / "cut.bak").write_bytes(whole[: len(whole) // 2])
    capsys.readouterr()
    assert main(arguments) == 2
    err = capsys.readouterr().err
    assert message in err
    assert err.count("\n") == 1
    assert (tmp_path / "notes.txt").read_text() == "mine"
