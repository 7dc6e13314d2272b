"""Copy the documents of the package into the watched folder at the first start.

A clone and the image contain a watched folder. An installation from a package index starts in an empty
folder, so that it would have nothing to match.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from pathlib import Path
from typing import Final

import structlog

import bot
from bot.settings import Settings
from bot.store import Database
from bot.store.migrate import current_revision

# The build copies `seeds/` of the repository here; an editable installation has no such folder.
_PACKAGED_FOLDER: Final = Path(bot.__file__).with_name("seeds")
_FOLDER_MODE: Final = 0o755

log = structlog.get_logger(__name__)


async def copy_starter_documents(settings: Settings, database: Database) -> int:
    """Copy the documents of the package if the first watched folder does not exist.

    Return their number. Only an empty database gets the documents: a folder that is missing later may
    be a disk that is not mounted. Call this before the schema is created, so that a start after a crash
    copies them again.
    """
    folder = settings.seeds_dir[0]
    if not starter_documents() or folder.exists() or folder.is_symlink():
        return 0
    if await current_revision(database) is not None:
        return 0
    try:
        return await asyncio.to_thread(_copy, folder)
    except OSError as error:
        # The start continues without documents, for example on a read-only file system.
        log.warning("starter_documents_not_copied", folder=str(folder), error=error.strerror)
        return 0


def starter_documents() -> list[Path]:
    """Return the documents that the package contains, sorted by name."""
    if not _PACKAGED_FOLDER.is_dir():
        return []
    return sorted(path for path in _PACKAGED_FOLDER.iterdir() if path.is_file())


def _copy(folder: Path) -> int:
    documents = starter_documents()
    folder.parent.mkdir(parents=True, exist_ok=True)
    # A rename makes the folder visible with all documents or not at all.
    with tempfile.TemporaryDirectory(prefix=".tocsin-", dir=folder.parent) as temporary:
        complete = Path(temporary) / folder.name
        complete.mkdir()
        complete.chmod(_FOLDER_MODE)
        for document in documents:
            shutil.copyfile(document, complete / document.name)
        complete.rename(folder)
    return len(documents)
