"""Documents named on the command line, read into Items."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

from bot.errors import MisuseError
from watchers import DocumentError, Item
from watchers.sources.document import MAX_BYTES, draft_to_item
from watchers.sources.isolated import read_guarded

STANDARD_INPUT = "-"


def read_named(name: str) -> Item:
    """The document called ``name``, or what stands on standard input for ``-``.

    Raises:
        MisuseError: it cannot be read; says which and why.
    """
    if name.startswith(("http://", "https://")):
        raise MisuseError(f"{name}: this command reads files only; save the page first")
    now = datetime.now(UTC)
    try:
        if name == STANDARD_INPUT:
            data, shown, called = (
                sys.stdin.buffer.read(MAX_BYTES + 1),
                "stdin.txt",
                "standard input",
            )
        else:
            with Path(name).open("rb") as file:
                data, shown, called = file.read(MAX_BYTES + 1), name, name
        return draft_to_item(read_guarded(data, shown, now=now), called)
    except OSError as error:
        raise MisuseError(f"{name}: {error.strerror}") from error
    except DocumentError as error:
        raise MisuseError(f"{name}: {error.reason}") from error
