"""`tocsin backup FILE` and `tocsin restore FILE`: copy the database to one file and back.

    SQLite ───── online backup ────────────► FILE ── copied ──────────► SQLite
    PostgreSQL ─ transfer in one snapshot ─►  (SQLite) ── transferred ─► PostgreSQL

The file is always a SQLite database, so a backup can be restored to either engine. `backup` may run
beside a running service; `restore` requires that the service is stopped.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from bot.cli.migrate import (
    ProgressLine,
    exclusive_sqlite,
    open_database,
    require_file,
    require_no_other_clients,
)
from bot.errors import StoreError, TransferError, UserError
from bot.settings import DatabaseUrl, Settings, sqlite_path, sqlite_url
from bot.store import Database, migrate
from bot.store.admin.backup import (
    backup_sqlite,
    check_file,
    checkpoint_wal,
    read_revision,
    restore_sqlite,
    sync_to_disk,
)
from bot.store.admin.transfer import (
    drop_all_tables,
    non_empty_tables,
    transfer,
    unfinished_transfer_source,
)

_BYTES_PER_MEGABYTE: Final = 1_000_000


def backup(settings: Settings, name: str) -> int:
    """Copy the database to a file, check the file and return the exit code.

    Raises:
        UserError: the file exists and is not a backup.
        StoreError: the database cannot be read, or the file cannot be written.
    """
    origin, goal = settings.database, Path(name)
    require_file(origin)
    _require_own(goal, origin)
    # Written beside the goal and renamed at the end: an interrupted backup never replaces a good one.
    part = goal.with_name(f"{goal.name}.part")
    part.unlink(missing_ok=True)
    try:
        if (file := sqlite_path(origin)) is not None:
            read_revision(file)
            backup_sqlite(file, part)
        else:
            # Topics and chat IDs are private, so other users of the machine must not read the file.
            part.touch(mode=0o600)
            asyncio.run(_backup_server_database(origin, part))
            checkpoint_wal(part)
        # Checked before the rename: a damaged copy must not replace the previous backup.
        check_file(part)
        size = part.stat().st_size / _BYTES_PER_MEGABYTE
        part.replace(goal)
        # Without this, a power failure could lose both the old and the new file.
        sync_to_disk(goal)
    finally:
        # SQLite leaves these files beside a database whose process was interrupted.
        for suffix in ("", "-wal", "-shm", "-journal"):
            Path(f"{part}{suffix}").unlink(missing_ok=True)
    print(f"{size:,.1f} MB written to {goal} and checked", file=sys.stderr)
    return 0


def restore(settings: Settings, name: str, *, overwrite: bool) -> int:
    """Replace the configured database with a backup and return the exit code.

    Raises:
        UserError: the database is not empty and ``overwrite`` is False.
        TransferError: the file is not a backup, or another process uses the database.
    """
    file, goal = Path(name), settings.database
    # Before the lock: a wrong file name must not disturb a running service.
    revision = read_revision(file)
    check_file(file)
    with exclusive_sqlite(goal):
        if (target_file := sqlite_path(goal)) is not None:
            _restore_file(file, target_file, goal, overwrite=overwrite)
        else:
            _restore_into_server(settings, file, goal, overwrite=overwrite)
    print(f"restored from {file}, schema {revision}; start Tocsin", file=sys.stderr)
    return 0


async def _backup_server_database(origin: DatabaseUrl, part: Path) -> None:
    """Copy a PostgreSQL database in one snapshot, so that other processes may keep using it."""
    progress = ProgressLine()
    async with open_database(origin) as source, open_database(sqlite_url(part)) as target:
        try:
            await transfer(source, target, source_name=source.display_url, progress=progress)
        finally:
            progress.close()


def _restore_file(file: Path, target_file: Path, goal: DatabaseUrl, *, overwrite: bool) -> None:
    if target_file.exists() and target_file.samefile(file):
        raise UserError(f"{file} is the configured database; give the backup file")
    if target_file.exists() and not overwrite:
        asyncio.run(_require_empty_database(goal))
    progress = ProgressLine()

    def report_pages(done: int, total: int) -> None:
        progress("restored", "pages", done, total)

    try:
        restore_sqlite(file, target_file, on_progress=report_pages)
    except StoreError as error:
        raise TransferError(
            f"{target_file} cannot be overwritten ({error.message}); move it away and try again",
            error.detail,
        ) from error
    finally:
        progress.close()


def _restore_into_server(
    settings: Settings, file: Path, goal: DatabaseUrl, *, overwrite: bool
) -> None:
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="restore-", dir=settings.data_dir) as folder:
        # Migrate a copy: the backup may have an older schema and must not change.
        copy = Path(folder) / "copy.sqlite3"
        restore_sqlite(file, copy)
        asyncio.run(_move_copy(copy, goal, name=str(file.resolve()), overwrite=overwrite))


async def _move_copy(copy: Path, goal: DatabaseUrl, *, name: str, overwrite: bool) -> None:
    progress = ProgressLine()
    async with open_database(sqlite_url(copy)) as source, open_database(goal) as target:
        await migrate(source)
        # Another process would write into the database that is about to be replaced.
        await require_no_other_clients(target)
        interrupted_from = await unfinished_transfer_source(target)
        # An interrupted transfer of the same file continues, also without --overwrite.
        if interrupted_from != name and overwrite:
            await drop_all_tables(target)
        elif interrupted_from is None:
            await _require_empty(target)
        try:
            await transfer(source, target, source_name=name, progress=progress)
        finally:
            progress.close()


async def _require_empty_database(goal: DatabaseUrl) -> None:
    async with open_database(goal) as database:
        await _require_empty(database)


async def _require_empty(database: Database) -> None:
    if await non_empty_tables(database):
        raise UserError(
            f"{database.display_url} is not empty; use --overwrite to replace its content"
        )


def _require_own(goal: Path, origin: DatabaseUrl) -> None:
    """Raise UserError if the backup would overwrite a file that is not a backup."""
    if not goal.parent.is_dir():
        raise UserError(f"the folder {goal.parent} does not exist")
    if goal.is_dir():
        raise UserError(f"{goal} is a folder; give a file name")
    file = sqlite_path(origin)
    if not goal.exists():
        return
    if file is not None and goal.samefile(file):
        raise UserError(f"{goal} is the configured database; give another file name")
    try:
        read_revision(goal)
    except StoreError as error:
        raise UserError(f"{goal} exists and is not a backup; give another file name") from error
