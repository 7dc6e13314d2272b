"""A lock that allows one process per SQLite file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from bot.errors import AlreadyRunningError, StoreReadOnlyError


@contextmanager
def exclusive_process(path: Path | None) -> Iterator[None]:
    """Lock the SQLite file ``path`` for this process during the block.

    The operating system releases the lock when the process ends in any way. ``path`` is None for a
    database server, which needs no lock.

    Raises:
        AlreadyRunningError: another process has the lock.
        StoreReadOnlyError: the folder cannot be written.
    """
    if path is None:
        yield
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(f"{path}.lock", timeout=0)
        lock.acquire()
    except Timeout as error:
        raise AlreadyRunningError(str(path)) from error
    except OSError as error:
        raise StoreReadOnlyError(f"{path.parent} cannot be written ({error.strerror})") from error
    try:
        yield
    finally:
        lock.release()
