"""`tocsin backup FILE` and `tocsin restore FILE`: the whole database as one file, and back.

    SQLite ───── a copy of one moment ─────► FILE ── written into the file ──► SQLite
    PostgreSQL ─ moved, in one snapshot ───►  (SQLite) ── moved ─────────────► PostgreSQL

Whichever database it comes from, the file is one of SQLite: it can be put back into either. A backup is
made beside a running Tocsin; to put one back, it has to be stopped.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from bot.cli.moving import only_here, opened, require_alone, require_file
from bot.cli.progress import ProgressLine
from bot.errors import MisuseError, StoreError, TransferError
from bot.settings import Address, Settings, address_of_file, sqlite_file_of
from bot.store import Database, migrate
from bot.store.backup import check_file, copy_in, copy_out, make_one_file, revision_of, sync
from bot.store.transfer import begun_from, empty, transfer, what_is_in

_MEGABYTE: Final = 1_000_000


def backup(settings: Settings, name: str) -> int:
    """Write all that the database holds to a file, and see that it is whole; the exit code.

    Raises:
        MisuseError: the file is something else.
        StoreError: the database cannot be read, or the file not be written.
    """
    origin, goal = settings.database, Path(name)
    require_file(origin)
    _require_own(goal, origin)
    part = goal.with_name(f"{goal.name}.part")
    part.unlink(missing_ok=True)
    try:
        if (file := sqlite_file_of(origin)) is not None:
            revision_of(file)
            copy_out(file, part)
        else:
            part.touch(mode=0o600)
            asyncio.run(_move_out(origin, part))
            make_one_file(part)
        check_file(part)
        size = part.stat().st_size / _MEGABYTE
        part.replace(goal)
        sync(goal)
    finally:
        for rest in ("", "-wal", "-shm", "-journal"):
            Path(f"{part}{rest}").unlink(missing_ok=True)
    print(f"{size:,.1f} MB written to {goal}, and checked", file=sys.stderr)
    return 0


def restore(settings: Settings, name: str, *, overwrite: bool) -> int:
    """Make the configured database what the file is; the exit code.

    Raises:
        MisuseError: there is something in the database, and nobody said to overwrite it.
        TransferError: the file is no backup, or another Tocsin works on the database.
    """
    file, goal = Path(name), settings.database
    revision = revision_of(file)
    check_file(file)
    with only_here(goal):
        if (there := sqlite_file_of(goal)) is not None:
            _put_back(file, there, goal, overwrite=overwrite)
        else:
            _move_in(settings, file, goal, overwrite=overwrite)
    print(f"restored from {file}, schema {revision}; start Tocsin", file=sys.stderr)
    return 0


async def _move_out(origin: Address, part: Path) -> None:
    """From a server, beside whoever works on it: all of it is read in one snapshot."""
    progress = ProgressLine()
    async with opened(origin) as source, opened(address_of_file(part)) as target:
        try:
            await transfer(source, target, name=source.shown, progress=progress)
        finally:
            progress.close()


def _put_back(file: Path, there: Path, goal: Address, *, overwrite: bool) -> None:
    if there.exists() and there.samefile(file):
        raise MisuseError(f"{file} is the database itself")
    if there.exists() and not overwrite:
        asyncio.run(_see_whether_empty(goal))
    progress = ProgressLine()

    def copied(done: int, total: int) -> None:
        progress("restored", "pages", done, total)

    try:
        copy_in(file, there, copied=copied)
    except StoreError as error:
        raise TransferError(
            f"{there} cannot be written anew ({error.what}); move it away and try again",
            error.detail,
        ) from error
    finally:
        progress.close()


def _move_in(settings: Settings, file: Path, goal: Address, *, overwrite: bool) -> None:
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="restore-", dir=settings.data_dir) as folder:
        # A copy, so that the backup stays as it is: it may be of an older schema.
        copy = Path(folder) / "copy.sqlite3"
        copy_in(file, copy)
        asyncio.run(_move_copy(copy, goal, name=str(file.resolve()), overwrite=overwrite))


async def _move_copy(copy: Path, goal: Address, *, name: str, overwrite: bool) -> None:
    progress = ProgressLine()
    async with opened(address_of_file(copy)) as source, opened(goal) as target:
        await migrate(source)
        await require_alone(target)
        begun = await begun_from(target)
        if begun != name and overwrite:
            await empty(target)
        elif begun is None:
            await _require_empty(target)
        try:
            await transfer(source, target, name=name, progress=progress)
        finally:
            progress.close()


async def _see_whether_empty(goal: Address) -> None:
    async with opened(goal) as database:
        await _require_empty(database)


async def _require_empty(database: Database) -> None:
    if await what_is_in(database):
        raise MisuseError(
            f"there is something in {database.shown}; --overwrite puts the backup in its place"
        )


def _require_own(goal: Path, origin: Address) -> None:
    """Raises `MisuseError` where a backup would take the place of something else."""
    if not goal.parent.is_dir():
        raise MisuseError(f"there is no folder {goal.parent}")
    if goal.is_dir():
        raise MisuseError(f"{goal} is a folder; give a file")
    file = sqlite_file_of(origin)
    if not goal.exists():
        return
    if file is not None and goal.samefile(file):
        raise MisuseError(f"{goal} is the database itself; give another file")
    try:
        revision_of(goal)
    except StoreError as error:
        raise MisuseError(f"{goal} is there and is no backup; give another file") from error
