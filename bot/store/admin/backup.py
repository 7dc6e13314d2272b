"""Back up and restore SQLite files.

A backup is a snapshot of one moment, also while other processes write: `VACUUM INTO` reads in one
transaction. The backup API of SQLite would start again with every commit of another process. The restore
uses the backup API, which writes the file in one transaction: if it is killed, the file is unchanged.

All functions block: run them in a thread.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from sqlalchemy.engine import URL

from bot.errors import StoreUnavailableError, TransferError
from bot.store.database import translate_errors
from bot.store.migrate import TRANSFER_IN_PROGRESS, known_revisions

ProgressCallback = Callable[[int, int], None]
"""Gets the number of copied pages and the number of all pages."""

_LOCK_TIMEOUT_SECONDS: Final = 10.0
# Pages between two progress calls: 8 MB.
_PAGES_PER_STEP: Final = 2_000
_MAX_REPORTED_PROBLEMS: Final = 3

MAX_CHECKED_BYTES: Final = 256_000_000
"""Size of a database file that is checked at each start, in about a second."""


def read_revision(path: Path) -> str:
    """Return the schema revision of the database in a file.

    Raises:
        TransferError: the file is not a complete Tocsin database, or it is damaged.
        StoreError: the file cannot be read.
    """
    if not path.is_file():
        raise TransferError(f"the file {path} does not exist")
    with _open_file(path, "mode=ro") as file:
        tables = file.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'")
        if tables.fetchone() is None:
            raise TransferError(f"{path} is not a Tocsin database")
        # They would run statements of the author of the file in later transactions.
        program = file.execute(
            "SELECT type, name FROM sqlite_master WHERE type IN ('trigger', 'view')"
        ).fetchone()
        if program is not None:
            raise TransferError(
                f"{path} contains a {program[0]}, which Tocsin never creates: {program[1]}"
            )
        row = file.execute("SELECT version_num FROM alembic_version").fetchone()
    revision = str(row[0]) if row else ""
    if revision == TRANSFER_IN_PROGRESS:
        raise TransferError(f"{path} is incomplete: a transfer to it did not finish")
    if revision not in known_revisions():
        raise TransferError(
            f"{path} has schema {revision}, but this version of Tocsin supports schemas up to"
            f" {known_revisions()[-1]}; install a newer version"
        )
    return revision


def check_file(path: Path) -> None:
    """Read the whole file. Raise `TransferError` if it is damaged."""
    with _open_file(path, "mode=ro") as file:
        check = file.execute(f"PRAGMA quick_check({_MAX_REPORTED_PROBLEMS})")
        problems = [row[0] for row in check]
        if problems != ["ok"]:
            raise TransferError(f"{path} is damaged: {'; '.join(problems)}")
        orphan = file.execute("PRAGMA foreign_key_check").fetchone()
        if orphan is not None:
            raise TransferError(f"{path} is damaged: a row of {orphan[0]} refers to a missing row")


def check_at_start(path: Path) -> None:
    """Raise an error if the database file ``path`` is damaged. Large files are not read.

    Raises:
        StoreUnavailableError: the file is damaged; the message states the remedy.
    """
    if not path.is_file() or not 0 < path.stat().st_size <= MAX_CHECKED_BYTES:
        return
    with _open_file(path, "mode=rw") as file:
        problems = [row[0] for row in file.execute("PRAGMA quick_check(1)")]
    if problems != ["ok"]:
        raise StoreUnavailableError(
            f"{path} is damaged; stop Tocsin and restore the last backup: tocsin restore FILE",
            str(problems[0]),
        )


def backup_sqlite(path: Path, to: Path) -> None:
    """Write a snapshot of the database ``path`` to a new file that only its owner can read."""
    to.unlink(missing_ok=True)
    # VACUUM INTO would create the file with default permissions.
    os.close(os.open(to, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    with _open_file(path, "mode=rw") as file:
        file.execute("VACUUM INTO ?", [str(to)])
    sync_to_disk(to)


def restore_sqlite(
    path: Path, to: Path, *, on_progress: ProgressCallback = lambda _done, _total: None
) -> None:
    """Replace the content of the database ``to`` by the file ``path``."""
    to.parent.mkdir(parents=True, exist_ok=True)

    def report(_status: int, remaining: int, total: int) -> None:
        on_progress(total - remaining, total)

    with _open_file(path, "mode=ro") as source, _open_file(to, "mode=rwc") as target:
        target.execute("PRAGMA synchronous=FULL")
        source.backup(target, pages=_PAGES_PER_STEP, progress=report)


def checkpoint_wal(path: Path) -> None:
    """Merge the write-ahead log into the database file. No other process may have it open."""
    with _open_file(path, "mode=rw") as file:
        file.execute("PRAGMA journal_mode=DELETE")
    sync_to_disk(path)


def sync_to_disk(path: Path) -> None:
    """Flush a file and its directory entry to the disk."""
    for target, flags in ((path, os.O_RDWR), (path.parent, os.O_RDONLY)):
        if target is not path and os.name == "nt":
            # Windows cannot open directories.
            continue
        descriptor = os.open(target, flags)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@contextmanager
def _open_file(path: Path, options: str) -> Iterator[sqlite3.Connection]:
    address = f"{path.resolve().as_uri()}?{options}"
    with (
        translate_errors(URL.create("sqlite", database=str(path))),
        closing(
            sqlite3.connect(address, uri=True, timeout=_LOCK_TIMEOUT_SECONDS, isolation_level=None)
        ) as file,
    ):
        yield file
