"""Keep the files of Tocsin private to its user: topics, texts and tokens must not be readable by others."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

PRIVATE_UMASK: Final = 0o077
"""Files that are created from now on are private."""

_FOLDER_MODE: Final = 0o700
_FILE_MODE: Final = 0o600
_OTHERS: Final = 0o077
_DATABASE_SUFFIXES: Final = ("", "-wal", "-shm", "-journal")


def restrict_permissions(data_dir: Path, database: Path | None) -> list[Path]:
    """Make the data folder, its files and the database private. Return the changed ones.

    The folder is not changed if it contains more than the files of Tocsin could need: the current
    folder, the home folder or the root.
    """
    changed = []
    for path, mode in _private_paths(data_dir, database):
        try:
            status = os.lstat(path)
            if stat.S_ISLNK(status.st_mode) or not status.st_mode & _OTHERS:
                continue
            path.chmod(mode)
        except OSError:
            # It does not exist, or another user owns it: a volume of an orchestrator.
            continue
        changed.append(path)
    return changed


def _private_paths(data_dir: Path, database: Path | None) -> Iterator[tuple[Path, int]]:
    folder = data_dir.absolute()
    if folder not in {Path.cwd(), Path.home(), Path(folder.anchor)}:
        yield folder, _FOLDER_MODE
        if folder.is_dir():
            yield from ((path, _FILE_MODE) for path in folder.iterdir() if path.is_file())
    if database is not None:
        for suffix in _DATABASE_SUFFIXES:
            yield database.with_name(database.name + suffix), _FILE_MODE
