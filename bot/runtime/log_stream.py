"""A stream for log lines that never blocks: a thread writes them, and drops them if it cannot keep up.

log event ──► write ──► queue (bounded) ──► thread ──► file descriptor
└─ full: counted, and reported as soon as lines are written again
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from queue import Full, Queue
from threading import Thread
from typing import Final

_CAPACITY: Final = 2_000
_MAX_LINE_CHARS: Final = 20_000
_CLOSE_TIMEOUT_SECONDS: Final = 1.0


class LogStream:
    """Writes lines to a file descriptor in a thread. `close` writes the last ones, for a limited time."""

    def __init__(self, descriptor: int, *, capacity: int = _CAPACITY) -> None:
        self._descriptor = descriptor
        self._queue: Queue[str | None] = Queue(capacity)
        self._partial_line = ""
        self._dropped = 0
        # A full pipe can block the thread for ever, which must not prevent the end of the process.
        self._thread = Thread(target=self._run, name="log", daemon=True)
        self._thread.start()

    def write(self, text: str) -> int:
        """Add text. A line is written when it is complete."""
        self._partial_line += text
        if text.endswith("\n"):
            line, self._partial_line = self._partial_line, ""
            if len(line) > _MAX_LINE_CHARS:
                line = f"{line[:_MAX_LINE_CHARS]}…\n"
            try:
                self._queue.put_nowait(line)
            except Full:
                self._dropped += 1
        return len(text)

    def flush(self) -> None:
        """Do nothing: the thread writes each line at once."""

    def close(self) -> None:
        """Write the queued lines, for a limited time."""
        with suppress(Full):
            self._queue.put(None, timeout=_CLOSE_TIMEOUT_SECONDS)
        self._thread.join(_CLOSE_TIMEOUT_SECONDS)

    def _run(self) -> None:
        while (line := self._queue.get()) is not None:
            self._write(line)
            if self._dropped and self._queue.empty():
                self._report_dropped()
        if self._dropped:
            self._report_dropped()

    def _report_dropped(self) -> None:
        count, self._dropped = self._dropped, 0
        event = {"event": "log_lines_dropped", "level": "warning", "count": count}
        self._write(json.dumps(event) + "\n")

    def _write(self, line: str) -> None:
        data = line.encode("utf-8", "backslashreplace")
        # A closed pipe: nothing reads the log any more.
        with suppress(OSError):
            while data:
                # Not sys.stderr: its lock, held by a blocked thread, would abort the interpreter at exit.
                data = data[os.write(self._descriptor, data) :]
