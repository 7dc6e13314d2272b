import asyncio
import os
import sys

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url

from bot.errors import DiskFullError, StoreError, StoreReadOnlyError, StoreUnavailableError
from bot.store import Database, migrate
from bot.store.feeds.sources import get_or_create_source
from watchers import Source


async def test_a_failed_transaction_changes_nothing(database: Database, clock):
    with pytest.raises(RuntimeError):
        async with database.writing() as connection:
            await get_or_create_source(connection, Source("folder", "/x"), now=clock())
            raise RuntimeError
    async with database.reading() as connection:
        assert (await connection.execute(text("SELECT count(*) FROM sources"))).scalar() == 0


async def test_concurrent_writes_lose_no_update(database: Database):
    async with database.writing() as connection:
        await connection.execute(text("INSERT INTO counters (name, value) VALUES ('n', 0)"))

    async def add_one() -> None:
        async with database.writing() as connection:
            lock = "" if database.is_sqlite else " FOR UPDATE"
            read = text(f"SELECT value FROM counters WHERE name = 'n'{lock}")
            value = (await connection.execute(read)).scalar_one()
            write = text("UPDATE counters SET value = :v WHERE name = 'n'")
            await connection.execute(write, {"v": value + 1})

    await asyncio.gather(*(add_one() for _ in range(40)))
    async with database.reading() as connection:
        assert (
            await connection.execute(text("SELECT value FROM counters WHERE name = 'n'"))
        ).scalar() == 40


async def test_a_full_disk_raises_an_error_and_changes_nothing(sqlite_url, clock):
    database = Database(sqlite_url)
    with pytest.raises(DiskFullError, match="no space is left"):
        async with database.writing() as connection:
            pages = (await connection.execute(text("PRAGMA page_count"))).scalar_one()
            await connection.execute(text(f"PRAGMA max_page_count = {pages}"))
            for number in range(2_000):
                address = f"/{number}" * 50
                await get_or_create_source(connection, Source("folder", address), now=clock())
    async with database.reading() as connection:
        assert (await connection.execute(text("SELECT count(*) FROM sources"))).scalar() == 0
    await database.close()


async def test_a_write_to_a_read_only_database_raises_an_error(tmp_path, clock):
    path = tmp_path / "tocsin.sqlite3"
    database = Database(make_url(f"sqlite+aiosqlite:///{path}"))
    await migrate(database)
    await database.close()
    read_only = Database(make_url(f"sqlite+aiosqlite:///file:{path}?mode=ro&uri=true"))
    with pytest.raises(StoreReadOnlyError, match="is not writable"):
        async with read_only.writing() as connection:
            await get_or_create_source(connection, Source("folder", "/x"), now=clock())
    await read_only.close()


async def test_an_unavailable_database_raises_an_error_without_the_password(tmp_path):
    url = make_url(f"postgresql+asyncpg://me:hush@/none?host={tmp_path}")
    database = Database(url)
    with pytest.raises(StoreUnavailableError) as error:
        async with database.reading():
            pass
    assert "hush" not in str(error.value)
    await database.close()


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")
async def test_an_inaccessible_folder_raises_an_error(tmp_path):
    if os.geteuid() == 0:
        path = "/proc/none/tocsin.sqlite3"  # root may write everywhere else
    else:
        (tmp_path / "locked").mkdir(mode=0o000)
        path = str(tmp_path / "locked" / "tocsin.sqlite3")
    with pytest.raises((StoreError, OSError)):
        database = Database(make_url(f"sqlite+aiosqlite:///{path}"))
        async with database.reading():
            pass
