"""What a folder's cursor remembers: which file was read, and which words were which Item.

Two kinds of entry, told apart by their first character:

    /path/in/folder ─► when the file was read, what it said, and which Item it is
    =digest         ─► which Item these words are, and which file speaks for it

So a file that is touched, moved, copied or restored is the Item it was; one whose words change is an
update of it; and a copy that is then rewritten is news of its own.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Stamp:
    """What the file system says of a file: equal stamps mean nothing was written."""

    modified: int  # nanoseconds since the epoch
    size: int  # bytes


@dataclass(frozen=True, slots=True)
class Seen:
    """A file as it was read. ``digest`` and ``key`` are empty where it could not be used."""

    stamp: Stamp
    digest: str = ""
    key: str = ""
    copy: bool = False

    def to_text(self) -> str:
        """For the cursor."""
        row = [self.stamp.modified, self.stamp.size, self.digest, self.key, int(self.copy)]
        return json.dumps(row, separators=(",", ":"))

    @classmethod
    def from_text(cls, text: str) -> Seen:
        """From the cursor."""
        modified, size, digest, key, copy = json.loads(text)
        return cls(Stamp(modified, size), digest, key, bool(copy))


@dataclass(frozen=True, slots=True)
class Known:
    """Which Item certain words are (``key``), and the file that speaks for it (``name``)."""

    key: str
    name: str

    def to_text(self) -> str:
        """For the cursor."""
        return json.dumps([self.key, self.name], separators=(",", ":"))

    @classmethod
    def from_text(cls, text: str) -> Known:
        """From the cursor."""
        key, name = json.loads(text)
        return cls(key, name)


def path_entry(name: str) -> str:
    """The cursor's name for a file."""
    return f"/{name}"


def words_entry(digest: str) -> str:
    """The cursor's name for what a file said."""
    return f"={digest}"


def seen_file(cursor: Mapping[str, str | None], name: str) -> Seen | None:
    """The file ``name`` as it was last read, if it was."""
    text = cursor.get(path_entry(name))
    return Seen.from_text(text) if text else None


def known_words(cursor: Mapping[str, str | None], digest: str) -> Known | None:
    """The Item that said these words before, if one did."""
    text = cursor.get(words_entry(digest))
    return Known.from_text(text) if text else None
