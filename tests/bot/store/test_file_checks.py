"""Database files that are damaged or contain programs are refused; passwords in addresses are hidden."""

import sqlite3
from contextlib import closing

import pytest
from sqlalchemy.engine import make_url

from bot.errors import StoreUnavailableError, TransferError
from bot.store.admin.backup import check_at_start, read_revision
from bot.store.database import display_url
from bot.store.migrate import known_revisions


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "tocsin.sqlite3"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE alembic_version (version_num TEXT)")
        connection.execute("INSERT INTO alembic_version VALUES (?)", known_revisions()[-1:])
        connection.execute("CREATE TABLE texts (text TEXT)")
        connection.executemany("INSERT INTO texts VALUES (?)", [("x" * 900,)] * 200)
        connection.commit()
    return path


@pytest.mark.parametrize(
    "program",
    [
        "CREATE TRIGGER t AFTER INSERT ON texts BEGIN DELETE FROM texts; END",
        "CREATE VIEW v AS SELECT * FROM texts",
    ],
)
def test_a_file_with_a_trigger_or_a_view_is_refused(file, program):
    assert read_revision(file) == known_revisions()[-1]
    with closing(sqlite3.connect(file)) as connection:
        connection.execute(program)
    with pytest.raises(TransferError, match="which Tocsin never creates"):
        read_revision(file)


def test_a_damaged_file_is_reported_with_the_remedy(file):
    check_at_start(file)
    data = bytearray(file.read_bytes())
    data[4096 * 3 : 4096 * 6] = b"\xff" * (4096 * 3)
    file.write_bytes(data)
    with pytest.raises(StoreUnavailableError, match="restore the last backup"):
        check_at_start(file)


def test_a_missing_or_empty_file_is_not_checked(tmp_path):
    check_at_start(tmp_path / "missing")
    (tmp_path / "empty").touch()
    check_at_start(tmp_path / "empty")


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+asyncpg://me:s3cret@db/tocsin",
        "postgresql+asyncpg://me@db/tocsin?password=s3cret",
        "postgresql+asyncpg://me@db/tocsin?ssl=require&sslpassword=s3cret",
    ],
)
def test_a_shown_address_contains_no_password(url):
    shown = display_url(make_url(url))
    assert "s3cret" not in shown
    assert "db/tocsin" in shown
