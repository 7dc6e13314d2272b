"""What a folder's cursor remembers: which file was read, and which words were which Item.

Kinds of entry, told apart by their first character:

    /path/in/folder ─► when the file was read, what it said, and which Item it is
    ?quoted path    ─► the same for a file whose name is no text
    =digest         ─► which Item these words are, and which file speaks for it
    #key            ─► what an Item says now, where that is not what it said at first

So a file that is touched, moved, copied or restored is the Item it was; one whose words change is an
update of it; and a copy that is then rewritten is news of its own: it never spoke for the Item.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from watchers.sources.document import first_words


@dataclass(frozen=True, slots=True)
class Stamp:
    """What the file system says of a file: equal stamps mean nothing was done to it."""

    modified: int  # nanoseconds since the epoch
    size: int  # bytes
    touched: int  # nanoseconds: also moved by a rename and by new permissions

    @classmethod
    def of(cls, found: os.stat_result) -> Stamp:
        """The stamp in what `os.stat` answered."""
        return cls(found.st_mtime_ns, found.st_size, found.st_ctime_ns)

    def same_writing(self, other: Stamp) -> bool:
        """Whether it was written when ``other`` was: a file keeps that when it is moved."""
        return (self.modified, self.size) == (other.modified, other.size)


@dataclass(frozen=True, slots=True)
class Seen:
    """A file as it was read. ``digest`` and ``key`` are empty where it could not be used."""

    stamp: Stamp
    digest: str = ""
    key: str = ""

    def to_text(self) -> str:
        """For the cursor."""
        stamp = self.stamp
        row = [stamp.modified, stamp.size, stamp.touched, self.digest, self.key]
        return json.dumps(row, separators=(",", ":"))

    @classmethod
    def from_text(cls, text: str) -> Seen:
        """From the cursor."""
        modified, size, touched, digest, key = json.loads(text)
        return cls(Stamp(modified, size, touched), digest, key)


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
    return f"/{name}" if is_text(name) else f"?{quote(os.fsencode(name))}"


def is_path_entry(entry: str) -> bool:
    """Whether this is the cursor's name for a file."""
    return entry.startswith(("/", "?"))


def is_text(name: str) -> bool:
    """Whether a file's name can be written down: one in another encoding than UTF-8 cannot."""
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return "\0" not in name


def words_entry(digest: str) -> str:
    """The cursor's name for what a file said."""
    return f"={digest}"


def item_entry(key: str) -> str:
    """The cursor's name for an Item."""
    return f"#{key}"


def seen_file(cursor: Mapping[str, str | None], name: str) -> Seen | None:
    """The file ``name`` as it was last read, if it was."""
    text = cursor.get(path_entry(name))
    return Seen.from_text(text) if text else None


def known_words(cursor: Mapping[str, str | None], digest: str) -> Known | None:
    """The Item that said these words before, if one did."""
    text = cursor.get(words_entry(digest))
    return Known.from_text(text) if text else None


def current_words(cursor: Mapping[str, str | None], key: str) -> str:
    """The digest of what the Item ``key`` says now."""
    return cursor.get(item_entry(key)) or first_words(key)
