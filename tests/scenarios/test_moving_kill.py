"""`tocsin migrate --from … --to …` is killed several times and continues each time.

KILLS=30 kills it thirty times. The default is three times.
"""

import asyncio
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from time import monotonic

import asyncpg
import pytest

from bot.settings import sqlite_url
from bot.store import Database, migrate
from tests.bot.store.test_transfer import digest_rows
from tests.fakes.filled_database import fill

ROOT = Path(__file__).parents[2]
KILLS = int(os.environ.get("KILLS", "3"))
EACH = 1_000
WRITTEN = "SELECT coalesce(sum(written), 0) FROM tocsin_moves"


def address_of(database):
    url = database.url
    return url.set(drivername=url.get_backend_name()).render_as_string(hide_password=False)


def start_transfer(source, target, home):
    return subprocess.Popen(
        [
            sys.executable,
            "-m",
            "bot",
            "migrate",
            "--from",
            address_of(source),
            "--to",
            address_of(target),
        ],
        cwd=home,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


async def written_rows(target):
    """The number of rows that the transfer has committed, read without Tocsin's own code."""
    url = target.url
    try:
        if target.is_sqlite:
            with closing(sqlite3.connect(f"file:{url.database}?mode=ro", uri=True)) as file:
                return file.execute(WRITTEN).fetchone()[0]
        server = await asyncpg.connect(
            host=str(url.query["host"]), user=url.username, database=url.database
        )
        try:
            return await server.fetchval(WRITTEN)
        finally:
            await server.close()
    except (sqlite3.OperationalError, asyncpg.UndefinedTableError):
        # The transfer has not created its journal yet.
        return 0


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_a_transfer_that_is_killed_at_any_moment_continues_without_loss(
    kind, tmp_path, empty_postgres
):
    source = Database(sqlite_url(tmp_path / "source.sqlite3"))
    target = Database(
        sqlite_url(tmp_path / "target.sqlite3") if kind == "sqlite" else await empty_postgres()
    )
    await migrate(source)
    total = await fill(source, EACH)
    rows_before_kill = 0
    for kill in range(KILLS):
        process = start_transfer(source, target, tmp_path)
        row_count = total * (kill + 1) // (KILLS + 1)
        deadline = monotonic() + 60
        while process.poll() is None and (rows := await written_rows(target)) < row_count:
            # The transfer continues: it never falls back to fewer rows. 0: not readable now.
            assert rows == 0 or rows >= rows_before_kill
            assert monotonic() < deadline
            await asyncio.sleep(0.01)
        assert process.poll() is None, process.stderr.read()
        process.kill()
        process.communicate()
        rows_before_kill = await written_rows(target)
        assert rows_before_kill >= row_count
    process = start_transfer(source, target, tmp_path)
    out, err = await asyncio.to_thread(process.communicate, timeout=250)
    assert process.returncode == 0, err
    assert f"{total:,} rows" in err
    assert "set TOCSIN_DATABASE_URL to" in out
    assert await digest_rows(target) == await digest_rows(source)
    await source.close()
    await target.close()
