"""Which documents of a folder have just changed: the system's own notices, as they come."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from watchfiles import Change, awatch

from watchers.sources.folder import is_document_name

_QUIET_MS: Final = 30  # notices that come closer together than this are told at once
_LONGEST_MS: Final = 250  # a steady stream of notices is told this often
_MENDING_SECONDS: Final = 2.0  # until a watch that broke is set up anew
_LOOK_MS: Final = 500  # how often we look whether the folder is still the one we watch


async def folder_changes(
    root: Path, *, stop: asyncio.Event
) -> AsyncIterator[frozenset[str] | None]:
    """Names that changed under ``root``, relative to it; ``None`` means: look at everything.

    ``None`` comes first, whenever the watch (re)starts, and when the folder has returned. Where the
    system has no notices left to give, watchfiles falls back to looking by itself. Ends on ``stop``.
    """
    missed = False
    while not stop.is_set():
        identity = await asyncio.to_thread(_identity, root)
        if identity is None:
            if not missed:
                missed = True
                yield None  # whoever looks is told what is wrong with it
            await _pause(stop, _LOOK_MS / 1000)
            continue
        missed = False
        yield None
        watched = False
        notices = awatch(
            root,
            watch_filter=None,
            debounce=_LONGEST_MS,
            step=_QUIET_MS,
            stop_event=stop,
            rust_timeout=_LOOK_MS,
            yield_on_timeout=True,
            ignore_permission_denied=True,
        )
        try:
            async for changes in notices:
                if not watched:
                    # What came between the first look and the watch had no notice.
                    watched = True
                    yield None
                names = frozenset(_names(root, (path for _, path in changes)))
                if names:
                    yield names
                # A folder that is made anew may get the number of the one that is gone.
                gone = any(
                    kind is Change.deleted and _is_root(root, path) for kind, path in changes
                )
                if gone or await asyncio.to_thread(_identity, root) != identity:
                    break
        except* (OSError, RuntimeError):
            # It vanished before the watch stood, or a file name that is no text broke the watch:
            # the next one begins with a look at everything.
            await _pause(stop, _MENDING_SECONDS)
        await _pause(stop, 0.05)


def _names(root: Path, paths: Iterable[str]) -> Iterator[str]:
    for path in paths:
        name = os.path.relpath(path, root).replace(os.sep, "/")
        if is_document_name(name):
            yield name


def _is_root(root: Path, path: str) -> bool:
    return os.path.relpath(path, root) == "."


def _identity(root: Path) -> tuple[int, int] | None:
    """Which folder stands at this path: another one after a removal, a move or a mount."""
    try:
        found = root.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)
