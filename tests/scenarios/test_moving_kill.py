"""`tocsin migrate --from … --to …` is killed again and again, and goes on each time.

KILLS=30 kills it thirty times; the everyday run does so three times.
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

from bot.settings import address_of_file
from bot.store import Database, migrate
from tests.bot.store.test_transfer import everything
from tests.fakes.filled_database import fill

ROOT = Path(__file__).parents[2]
KILLS = int(os.environ.get("KILLS", "3"))
EACH = 1_000
WRITTEN = "SELECT coalesce(sum(written), 0) FROM tocsin_moves"


def plain(database):
    url = database.url
    return url.set(drivername=url.get_backend_name()).render_as_string(hide_password=False)


def begin(source, target, home):
    return subprocess.Popen(
        [sys.executable, "-m", "bot", "migrate", "--from", plain(source), "--to", plain(target)],
        cwd=home,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


async def written(target):
    """How many rows the move has committed so far, asked by somebody who is no Tocsin."""
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
        return 0  # not begun yet


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_a_move_that_is_killed_at_any_moment_goes_on_and_loses_nothing(
    kind, tmp_path, empty_postgres
):
    source = Database(address_of_file(tmp_path / "source.sqlite3"))
    target = Database(
        address_of_file(tmp_path / "target.sqlite3") if kind == "sqlite" else await empty_postgres()
    )
    await migrate(source)
    total = await fill(source, EACH)
    for kill in range(KILLS):
        process = begin(source, target, tmp_path)
        enough = total * (kill + 1) // (KILLS + 1)
        deadline = monotonic() + 60
        while process.poll() is None and await written(target) < enough:
            assert monotonic() < deadline
            await asyncio.sleep(0.01)
        assert process.poll() is None, process.stderr.read()
        process.kill()
        process.communicate()
    process = begin(source, target, tmp_path)
    out, err = await asyncio.to_thread(process.communicate, timeout=100)
    assert process.returncode == 0, err
    assert f"{total:,} rows moved and compared, from where it was broken off" in err
    assert "set TOCSIN_DATABASE_URL to" in out
    assert await everything(target) == await everything(source)
    await source.close()
    await target.close()
