"""`tocsin migrate --from … --to …`: everything to another database, from SQLite to PostgreSQL or back.

Both are kept for this process while it works: the lock of a SQLite file, and on PostgreSQL a look at
who else is connected, before and after.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, asynccontextmanager
from time import monotonic
from typing import Final

from bot.cli.progress import ProgressLine
from bot.errors import MisuseError, TransferError
from bot.settings import Address, Settings, read_address, sqlite_file_of
from bot.single import only_process
from bot.store import Database
from bot.store.transfer import others_on, transfer

_PATIENCE: Final = 5.0  # seconds until the server notices that a process was killed
_BETWEEN: Final = 0.5


async def move(settings: Settings, given_from: str | None, given_to: str | None) -> int:
    """Move everything; the exit code. Which of the two is not given is the configured database.

    Raises:
        SettingsError: an address cannot be used.
        MisuseError: the two are one.
        TransferError: they do not fit, or somebody else works on one of them.
    """
    origin = read_address(given_from, "--from") if given_from else settings.database
    goal = read_address(given_to, "--to") if given_to else settings.database
    if _is_same(origin, goal):
        raise MisuseError("--from and --to are the same database; give two")
    require_file(origin)
    with only_here(origin), only_here(goal):
        async with opened(origin) as source, opened(goal) as target:
            await require_alone(source)
            await require_alone(target)
            progress = ProgressLine()
            try:
                moved = await transfer(source, target, name=named(origin), progress=progress)
            finally:
                progress.close()
            await require_alone(source, since="meanwhile: what it wrote was not moved")
            where = target.shown
    again = ", from where it was broken off" if moved.resumed else ""
    print(f"{moved.total:,} rows moved and compared{again}", file=sys.stderr)
    print(f"set TOCSIN_DATABASE_URL to {where} and start; the old database is as it was")
    return 0


def named(url: Address) -> str:
    """What a move from a database goes by: its address, wherever the command is started."""
    file = sqlite_file_of(url)
    return str(file.resolve()) if file else url.render_as_string(hide_password=True)


def require_file(url: Address) -> None:
    """Raises `TransferError` where a SQLite file is meant and none is there: none is made."""
    file = sqlite_file_of(url)
    if file is None and url.get_backend_name() == "sqlite":
        raise TransferError("a SQLite database in memory has nothing to move; give a file")
    if file is not None and not file.is_file():
        raise TransferError(f"there is no file {file}")


def only_here(url: Address) -> AbstractContextManager[None]:
    """Keep a SQLite file for this process."""
    return only_process(sqlite_file_of(url))


@asynccontextmanager
async def opened(url: Address) -> AsyncIterator[Database]:
    """A database, while the block runs."""
    try:
        database = Database(url)
    except ImportError as error:
        raise TransferError("its driver is missing: pip install 'tocsin[postgres]'") from error
    try:
        yield database
    finally:
        await database.close()


async def require_alone(database: Database, since: str = "stop it first") -> None:
    """Raises `TransferError` where another Tocsin works on it; waits for one that has just died."""
    until = monotonic() + _PATIENCE
    while True:
        async with database.reading() as connection:
            others = await others_on(connection)
        if not others:
            return
        if monotonic() > until:
            names = ", ".join(others)
            raise TransferError(f"another Tocsin works on {database.shown} ({names}); {since}")
        await asyncio.sleep(_BETWEEN)


def _is_same(one: Address, other: Address) -> bool:
    files = sqlite_file_of(one), sqlite_file_of(other)
    if files[0] and files[1]:
        return files[0].resolve() == files[1].resolve()
    plain = [url.set(password=None, query={}) for url in (one, other)]
    return plain[0] == plain[1] and one.query.get("host") == other.query.get("host")
