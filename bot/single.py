"""One process a SQLite file: a second start is refused."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from bot.errors import AlreadyRunning, StoreReadOnly


@contextmanager
def only_process(path: Path | None) -> Iterator[None]:
    """Hold the database for this process while the block runs; the system lets go of it on any end.

    ``path`` is the SQLite file; a server serves many processes and needs no such thing.

    Raises:
        AlreadyRunning: another process holds it.
        StoreReadOnly: the folder may not be written.
    """
    if path is None:
        yield
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(f"{path}.lock", timeout=0)
        lock.acquire()
    except Timeout as error:
        raise AlreadyRunning(str(path)) from error
    except OSError as error:
        raise StoreReadOnly(f"{path.parent} may not be written ({error.strerror})") from error
    try:
        yield
    finally:
        lock.release()
