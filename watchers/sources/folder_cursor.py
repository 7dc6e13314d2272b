"""The cursor of a folder, and the check that a file is completely written.

Kinds of cursor entries, distinguished by their first character:

    /path/in/folder ─► FileRecord: file times, digest of the words, key of the item
    ?quoted path    ─► the same for a file whose name is not valid UTF-8
    =digest         ─► ContentRecord: the item with these words, and the file that represents it
    #key            ─► the current digest of an item, if it differs from the first one
    !/path or !?…   ─► the reason why the file cannot be used

So a file that is touched, moved, copied or restored keeps its item, and a file whose words change
updates its item. A copy that is edited later becomes a new item: it never represented the first one.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, unquote

from watchers.sources.document import initial_digest

PROBLEM_MARK: Final = "!"
"""The first character of the cursor entry of a problem."""

FILE_MARKS: Final = ("/", "?")
"""The first characters of the cursor entries of files."""

# ── Cursor entries ────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class FileStamp:
    """The file system data of a file: equal stamps mean that nothing changed."""

    modified_ns: int
    size_bytes: int
    # The change time also moves with a rename, new permissions, and an edit that restores the
    # modification time.
    ctime_ns: int

    @classmethod
    def from_stat(cls, status: os.stat_result) -> FileStamp:
        """Return the stamp of a result of `os.stat`."""
        return cls(status.st_mtime_ns, status.st_size, status.st_ctime_ns)

    def same_content_as(self, other: FileStamp) -> bool:
        """Return True if both were written at the same time: a move keeps that time."""
        return (self.modified_ns, self.size_bytes) == (other.modified_ns, other.size_bytes)


@dataclass(frozen=True, slots=True)
class FileRecord:
    """A file at its last read. ``digest`` and ``key`` are empty if it cannot be used."""

    stamp: FileStamp
    digest: str = ""
    key: str = ""

    def to_text(self) -> str:
        """Return the cursor value."""
        stamp = self.stamp
        row = [stamp.modified_ns, stamp.size_bytes, stamp.ctime_ns, self.digest, self.key]
        return json.dumps(row, separators=(",", ":"))

    @classmethod
    def from_text(cls, text: str) -> FileRecord:
        """Return the record of a cursor value."""
        modified_ns, size_bytes, ctime_ns, digest, key = json.loads(text)
        return cls(FileStamp(modified_ns, size_bytes, ctime_ns), digest, key)


@dataclass(frozen=True, slots=True)
class ContentRecord:
    """The item of certain words (``key``), and the file that represents it (``name``)."""

    key: str
    name: str

    def to_text(self) -> str:
        """Return the cursor value."""
        return json.dumps([self.key, self.name], separators=(",", ":"))

    @classmethod
    def from_text(cls, text: str) -> ContentRecord:
        """Return the record of a cursor value."""
        key, name = json.loads(text)
        return cls(key, name)


def path_entry(name: str) -> str:
    """Return the name of the cursor entry of a file."""
    return f"/{name}" if is_utf8_name(name) else f"?{quote(os.fsencode(name))}"


def is_path_entry(entry: str) -> bool:
    """Return True if ``entry`` is the cursor entry of a file."""
    return entry.startswith(FILE_MARKS)


def is_utf8_name(name: str) -> bool:
    """Return True if a file name can be stored: names in other encodings cannot."""
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    # PostgreSQL refuses NUL in text.
    return "\0" not in name


def problem_entry(name: str) -> str:
    """Return the name of the cursor entry of the reason why a file cannot be used."""
    return f"{PROBLEM_MARK}{path_entry(name)}"


def problem_file_name(entry: str) -> str:
    """Return the file name of a `problem_entry`, as it is shown to people."""
    name = entry.removeprefix(PROBLEM_MARK)
    return unquote(name[1:]) if name.startswith("?") else name[1:]


def digest_entry(digest: str) -> str:
    """Return the name of the cursor entry of a content digest."""
    return f"={digest}"


def item_entry(key: str) -> str:
    """Return the name of the cursor entry of an item."""
    return f"#{key}"


def file_record(cursor: Mapping[str, str | None], name: str) -> FileRecord | None:
    """Return the file ``name`` as of its last read, or None if it was never read."""
    text = cursor.get(path_entry(name))
    return FileRecord.from_text(text) if text else None


def content_record(cursor: Mapping[str, str | None], digest: str) -> ContentRecord | None:
    """Return the item that had these words before, or None."""
    text = cursor.get(digest_entry(digest))
    return ContentRecord.from_text(text) if text else None


def current_digest(cursor: Mapping[str, str | None], key: str) -> str:
    """Return the digest of the current words of the item ``key``."""
    return cursor.get(item_entry(key)) or initial_digest(key)


# ── Completely written files ──────────────────────────────────────────────────────────────────────

SETTLE_SECONDS: Final = 0.15
"""Time after the last write before a file counts as complete."""

MAX_OPEN_FILE_WAIT_SECONDS: Final = 60.0
"""Seconds after the last write at which a file is read although a process keeps it open."""


def seconds_until_complete(descriptor: int, *, now: float) -> float:
    """Return the seconds to wait before reading the open file ``descriptor``; 0 if it is complete.

    ``now`` is in seconds since the epoch, like file times. A modification time in the future (a wrong
    clock, a restored archive) gives no information about writing, so it causes no delay.
    """
    age = now - os.fstat(descriptor).st_mtime
    if 0 <= age < SETTLE_SECONDS:
        return SETTLE_SECONDS - age
    if 0 <= age < MAX_OPEN_FILE_WAIT_SECONDS and _is_open_for_writing(descriptor):
        return SETTLE_SECONDS
    return 0.0


def _is_open_for_writing(descriptor: int) -> bool:
    """Return True if a process has the file open for writing. Only Linux supports this check.

    The kernel grants a read lease only for a file that no process has open for writing (fcntl(2),
    F_SETLEASE). The lease is released at once. If a writer opens the file in between, the kernel sends
    a signal; SIGURG is ignored by default.
    """
    if sys.platform != "linux":
        return False
    import fcntl  # noqa: PLC0415 - POSIX only

    try:
        fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    except BlockingIOError:
        return True
    except OSError:
        # Another user owns the file, or the file system has no leases: only the settling time
        # protects against incomplete files.
        return False
    fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    return False
