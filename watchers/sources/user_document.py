"""Read a document that a user sent, in a worker process.

bytes ── SandboxPool, as a task of the chat ──► read_document ──► item with a bounded text
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Final

from watchers.errors import SandboxError, UnreadableDocument
from watchers.item import Item
from watchers.process_pool import SandboxPool
from watchers.sources.document import read_document

PARSE_TIMEOUT_SECONDS: Final = 10.0
"""Time limit of one document. A PDF of 100 pages takes about two seconds."""

MAX_TEXT_CHARS: Final = 400_000
"""Characters of a document that are kept: a long book. The end of a longer text is dropped."""


async def read_user_document(
    data: bytes, name: str, sandbox: SandboxPool, *, now: datetime
) -> Item:
    """Return the item of a document; see `read_document`.

    Raises:
        DocumentError: as `read_document`, or the document takes too much time or memory.
    """
    try:
        return await sandbox.run(_read, data, name, now, seconds=PARSE_TIMEOUT_SECONDS)
    except SandboxError as error:
        raise UnreadableDocument(f"reading it failed: {error}") from error


def _read(data: bytes, name: str, now: datetime) -> Item:
    item = read_document(data, name, now=now)
    return replace(item, text=item.text[:MAX_TEXT_CHARS])
