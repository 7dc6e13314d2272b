"""How far a long command has come, on standard error: a line that changes, or a line now and then."""

from __future__ import annotations

import sys
from time import monotonic
from typing import Final

_NOW_AND_THEN: Final = 5.0  # seconds between two lines where they are kept
_OFTEN: Final = 0.1  # and where the line changes


class ProgressLines:
    """Tells of steps: call it with what is done, of which step, how many rows so far, of how many."""

    def __init__(self) -> None:
        self._changes = sys.stderr.isatty()
        self._told = 0.0
        self._open = False

    def __call__(self, done: str, step: str, so_far: int, total: int) -> None:
        """Tell, if it is time."""
        is_last = so_far >= total
        every = _OFTEN if self._changes else _NOW_AND_THEN
        if not is_last and monotonic() - self._told < every:
            return
        self._told = monotonic()
        line = f"{done:<9} {step}: {so_far:,} of {total:,}"
        if self._changes:
            print(f"\r\x1b[K{line}", end="\n" if is_last else "", file=sys.stderr, flush=True)
            self._open = not is_last
        else:
            print(line, file=sys.stderr, flush=True)

    def close(self) -> None:
        """End a line that is still open."""
        if self._open:
            print(file=sys.stderr)
            self._open = False
