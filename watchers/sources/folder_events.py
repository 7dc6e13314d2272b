"""Report the documents of a folder that have just changed, from file system events."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from watchers.sources.folder import is_document_name

# Events that arrive within this time are reported together.
_EVENT_GAP_MS: Final = 30
# A steady stream of events is reported at this interval.
_MAX_DELAY_MS: Final = 250
# How often to check that the path still names the same folder.
_FOLDER_CHECK_MS: Final = 500
_RESTART_SECONDS: Final = 2.0
# A folder that is replaced again and again must not make this loop spin.
_MIN_RESTART_SECONDS: Final = 0.05


async def folder_changes(
    root: Path, *, stop: asyncio.Event
) -> AsyncIterator[frozenset[str] | None]:
    """Yield sets of changed names relative to ``root``; ``None`` requests a full scan.

    ``None`` comes first, whenever the watch starts or restarts, and when the folder exists again. On
    systems without file events, watchfiles polls instead. The iteration ends on ``stop``.
    """
    # Only a process that watches a folder needs watchfiles.
    from watchfiles import Change, awatch  # noqa: PLC0415

    is_missing = False
    while not stop.is_set():
        identity = await asyncio.to_thread(_folder_identity, root)
        if identity is None:
            if not is_missing:
                is_missing = True
                # The scan of the missing folder reports the error.
                yield None
            await _wait_for_stop(stop, _FOLDER_CHECK_MS / 1000)
            continue
        is_missing = False
        yield None
        is_first_batch = True
        batches = awatch(
            root,
            watch_filter=None,
            debounce=_MAX_DELAY_MS,
            step=_EVENT_GAP_MS,
            stop_event=stop,
            rust_timeout=_FOLDER_CHECK_MS,
            yield_on_timeout=True,
            ignore_permission_denied=True,
        )
        try:
            async for changes in batches:
                if is_first_batch:
                    # Changes between the first scan and the start of the watch caused no event.
                    is_first_batch = False
                    yield None
                names = frozenset(_document_names(root, (path for _, path in changes)))
                if names:
                    yield names
                # A new folder may get the inode number of a deleted one, so equal identities do
                # not prove that the watch still works: a deletion ends it as well.
                is_deleted = any(
                    kind is Change.deleted and _is_root(root, path) for kind, path in changes
                )
                if is_deleted or await asyncio.to_thread(_folder_identity, root) != identity:
                    break
        except* (OSError, RuntimeError):
            # The folder disappeared before the watch started, or watchfiles failed on a file name
            # that is not text. The next watch begins with a full scan.
            await _wait_for_stop(stop, _RESTART_SECONDS)
        await _wait_for_stop(stop, _MIN_RESTART_SECONDS)


def _document_names(root: Path, paths: Iterable[str]) -> Iterator[str]:
    for path in paths:
        name = os.path.relpath(path, root).replace(os.sep, "/")
        if is_document_name(name):
            yield name


def _is_root(root: Path, path: str) -> bool:
    return os.path.relpath(path, root) == "."


def _folder_identity(root: Path) -> tuple[int, int] | None:
    """Return the device and inode of ``root``, which change after a removal, a move or a mount."""
    try:
        status = root.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


async def _wait_for_stop(stop: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)
