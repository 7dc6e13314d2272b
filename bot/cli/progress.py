"""How far a long command has come, on standard error: a line that changes, or a line now and then."""

from __future__ import annotations

import sys
from time import monotonic
from typing import Final

_NOW_AND_THEN: Final = 5.0  # seconds between two lines where they are kept
_OFTEN: Final = 0.1  # and where the line changes


class ProgressLine:
    """Call it with what is done, of which part, how much so far, and of how much: it tells at times."""

    def __init__(self) -> None:
        self._changes = sys.stderr.isatty()
        self._told = monotonic()
        self._open = False

    def __call__(self, done: str, part: str, so_far: int, total: int) -> None:
        """Tell, if it is time."""
        if monotonic() - self._told < (_OFTEN if self._changes else _NOW_AND_THEN):
            return
        self._told = monotonic()
        line = f"{done:<9} {part}: {so_far:,} of {total:,}"
        if self._changes:
            print(f"\r\x1b[K{line}", end="", file=sys.stderr, flush=True)
            self._open = True
        else:
            print(line, file=sys.stderr, flush=True)

    def close(self) -> None:
        """Wipe the line that changes: what follows says how it ended."""
        if self._open:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
            self._open = False
