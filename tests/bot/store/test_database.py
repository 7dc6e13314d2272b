import asyncio
import os
import sys

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url

from bot.errors import StoreError, StoreFull, StoreReadOnly, StoreUnreachable
from bot.store import Database, migrate
from bot.store.sources import ensure_source
from watchers import Source


async def test_a_failed_block_changes_nothing(database: Database, clock):
    with pytest.raises(RuntimeError):
        async with database.writing() as connection:
            await ensure_source(connection, Source("folder", "/x"), now=clock())
            raise RuntimeError
    async with database.reading() as connection:
        assert (await connection.execute(text("SELECT count(*) FROM sources"))).scalar() == 0


async def test_no_update_is_lost_when_many_write_at_once(database: Database):
    async with database.writing() as connection:
        await connection.execute(text("INSERT INTO marks (name, value) VALUES ('n', 0)"))

    async def add_one() -> None:
        async with database.writing() as connection:
            lock = "" if database.is_sqlite else " FOR UPDATE"
            read = text(f"SELECT value FROM marks WHERE name = 'n'{lock}")
            value = (await connection.execute(read)).scalar_one()
            write = text("UPDATE marks SET value = :v WHERE name = 'n'")
            await connection.execute(write, {"v": value + 1})

    await asyncio.gather(*(add_one() for _ in range(40)))
    async with database.reading() as connection:
        assert (
            await connection.execute(text("SELECT value FROM marks WHERE name = 'n'"))
        ).scalar() == 40


async def test_a_full_disk_says_so_and_changes_nothing(tmp_path, clock):
    database = Database(make_url(f"sqlite+aiosqlite:///{tmp_path / 'small.sqlite3'}"))
    await migrate(database)
    with pytest.raises(StoreFull, match="no space is left"):
        async with database.writing() as connection:
            pages = (await connection.execute(text("PRAGMA page_count"))).scalar_one()
            await connection.execute(text(f"PRAGMA max_page_count = {pages}"))
            for number in range(2_000):
                address = f"/{number}" * 50
                await ensure_source(connection, Source("folder", address), now=clock())
    async with database.reading() as connection:
        assert (await connection.execute(text("SELECT count(*) FROM sources"))).scalar() == 0
    await database.close()


async def test_a_read_only_database_says_so(tmp_path, clock):
    path = tmp_path / "tocsin.sqlite3"
    database = Database(make_url(f"sqlite+aiosqlite:///{path}"))
    await migrate(database)
    await database.close()
    read_only = Database(make_url(f"sqlite+aiosqlite:///file:{path}?mode=ro&uri=true"))
    with pytest.raises(StoreReadOnly, match="may not be written"):
        async with read_only.writing() as connection:
            await ensure_source(connection, Source("folder", "/x"), now=clock())
    await read_only.close()


async def test_a_database_that_is_not_there_says_so(tmp_path):
    nowhere = make_url(f"postgresql+asyncpg://me:hush@/none?host={tmp_path}")
    database = Database(nowhere)
    with pytest.raises(StoreUnreachable) as caught:
        async with database.reading():
            pass
    assert "hush" not in str(caught.value)
    await database.close()


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")
async def test_a_folder_that_may_not_be_entered_says_so(tmp_path):
    if os.geteuid() == 0:
        path = "/proc/none/tocsin.sqlite3"  # root may do anything but this
    else:
        (tmp_path / "locked").mkdir(mode=0o000)
        path = str(tmp_path / "locked" / "tocsin.sqlite3")
    with pytest.raises((StoreError, OSError)):
        database = Database(make_url(f"sqlite+aiosqlite:///{path}"))
        async with database.reading():
            pass
