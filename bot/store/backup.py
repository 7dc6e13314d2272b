"""SQLite files as wholes: a copy of one that is in use, one that is looked at, one that is put back.

A copy is what the database was at one moment, whoever writes beside: `VACUUM INTO` reads in one
transaction and never begins anew, as SQLite's backup would with every commit of another process.
It is put back by that backup, which writes into the file in one transaction: killed half-way, the file
is what it was before.

All of it blocks: run it in a thread.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from sqlalchemy.engine import URL

from bot.errors import TransferError
from bot.store.database import translated
from bot.store.migrate import MOVING, known_revisions

Copied = Callable[[int, int], None]
"""Is told of how many pages are copied, and of how many."""

_PATIENCE: Final = 10.0  # seconds for another process's lock
_PAGES: Final = 2_000  # copied between two calls: 8 MB


def revision_of(path: Path) -> str:
    """The schema of the database in a file.

    Raises:
        TransferError: it is none of Tocsin's, or not complete, or damaged.
        StoreError: it cannot be read.
    """
    if not path.is_file():
        raise TransferError(f"there is no file {path}")
    with _opened(path, "mode=ro") as file:
        tables = file.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'")
        if tables.fetchone() is None:
            raise TransferError(f"{path} is no database of Tocsin")
        found = file.execute("SELECT version_num FROM alembic_version").fetchone()
    revision = str(found[0]) if found else ""
    if revision == MOVING:
        raise TransferError(f"{path} is not complete: a move to it was not finished")
    if revision not in known_revisions():
        raise TransferError(
            f"{path} has schema {revision}, and this version knows up to {known_revisions()[-1]};"
            " take the newer version of Tocsin"
        )
    return revision


def check_file(path: Path) -> None:
    """Raises `TransferError` where a file is damaged: reads all of it."""
    with _opened(path, "mode=ro") as file:
        found = [row[0] for row in file.execute("PRAGMA quick_check(3)")]
        if found != ["ok"]:
            raise TransferError(f"{path} is damaged: {'; '.join(found)}")
        lost = file.execute("PRAGMA foreign_key_check").fetchone()
        if lost is not None:
            raise TransferError(f"{path} is damaged: a row of {lost[0]} refers to nothing")


def copy_out(path: Path, to: Path) -> None:
    """Write what the database ``path`` is at this moment to a new file, for its owner's eyes alone."""
    to.unlink(missing_ok=True)
    os.close(os.open(to, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    with _opened(path, "mode=rw") as file:
        file.execute("VACUUM INTO ?", [str(to)])
    sync(to)


def copy_in(path: Path, to: Path, *, copied: Copied = lambda _done, _total: None) -> None:
    """Make the database ``to`` what the file ``path`` is; whoever has it open sees that at once."""
    to.parent.mkdir(parents=True, exist_ok=True)

    def told(_status: int, left: int, total: int) -> None:
        copied(total - left, total)

    with _opened(path, "mode=ro") as source, _opened(to, "mode=rwc") as target:
        target.execute("PRAGMA synchronous=FULL")
        source.backup(target, pages=_PAGES, progress=told)


def make_one_file(path: Path) -> None:
    """Let a database that nobody has open be one file, without others beside it."""
    with _opened(path, "mode=rw") as file:
        file.execute("PRAGMA journal_mode=DELETE")
    sync(path)


def sync(path: Path) -> None:
    """Have a file on the disk, and its name in its folder."""
    for one, flags in ((path, os.O_RDWR), (path.parent, os.O_RDONLY)):
        if one is not path and os.name == "nt":
            continue  # a folder cannot be opened there
        descriptor = os.open(one, flags)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@contextmanager
def _opened(path: Path, how: str) -> Iterator[sqlite3.Connection]:
    address = f"{path.resolve().as_uri()}?{how}"
    with (
        translated(URL.create("sqlite", database=str(path))),
        closing(
            sqlite3.connect(address, uri=True, timeout=_PATIENCE, isolation_level=None)
        ) as file,
    ):
        yield file
