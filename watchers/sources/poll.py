"""One look at a source, whatever its kind."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from datetime import datetime
from pathlib import Path

from watchers.sources.folder import read_folder
from watchers.sources.source import Cursor, Polled, Source


async def poll(
    source: Source,
    cursor: Cursor,
    names: Sequence[str] | None = None,
    *,
    now: datetime,
    impatient: Collection[str] = (),
) -> Polled:
    """What is new in ``source`` since ``cursor``.

    ``names`` says where to look, when it is known (a folder's changed documents, the ``rest`` of an
    earlier poll); ``None`` means everywhere. ``now`` is the clock, with a time zone. Names that are
    ``impatient`` have waited long enough to be whole and are read as they are.

    Raises:
        SourceError: the source as a whole cannot be read; its cursor stays as it is.
    """
    return await asyncio.to_thread(
        read_folder, Path(source.address), cursor, names, now=now, impatient=impatient
    )
