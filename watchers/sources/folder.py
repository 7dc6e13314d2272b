"""A folder of documents as a source.

    walk ──► names whose stamp changed ──► whole? ──► read ──► same words? ──► Items
                                             │                    │
                                     wait, look again     touched, moved, copied: no news

Everything here blocks on the disk: `watchers.poll` runs it in a thread. The state comes in as a
cursor (see seen.py) and what changed in it goes out with the Items.
"""

from __future__ import annotations

import os
import stat
from collections import ChainMap
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Final, cast

from watchers.errors import DocumentError, OversizedDocument, SourceGone, UnreadableDocument
from watchers.item import Item
from watchers.sources.document import MAX_BYTES, draft_to_item, first_words, with_key
from watchers.sources.isolated import read_guarded
from watchers.sources.seen import (
    Known,
    Seen,
    Stamp,
    current_words,
    is_path_entry,
    is_text,
    item_entry,
    known_words,
    path_entry,
    seen_file,
    words_entry,
)
from watchers.sources.source import Polled, Problem
from watchers.sources.whole import seconds_to_wait

BATCH: Final = 100
"""Documents read in one poll at most: what one transaction holds."""

_BATCH_LENGTH: Final = 4_000_000  # characters of one batch: what it may cost in memory
_BATCH_SECONDS: Final = (
    1.0  # a slow batch is handed over early, so that its first alert is not late
)
_TEMPORARY: Final = ("~", ".tmp", ".temp", ".part", ".partial", ".crdownload", ".swp", ".lock")


def read_folder(
    root: Path,
    cursor: Mapping[str, str],
    names: Sequence[str] | None,
    *,
    now: datetime,
    impatient: Collection[str] = (),
) -> Polled:
    """Read what is new under ``root``: of ``names``, or of everything when they are ``None``.

    Names are paths relative to ``root`` with forward slashes.

    Those that are ``impatient`` are read as they are, though somebody may still be writing them.

    Raises:
        SourceGone: the folder is not there. Nothing is forgotten: it may return.
    """
    _require_folder(root)
    reading = _Reading(root, cursor, now, impatient)
    if names is None:
        return reading.run(_changed(root, cursor, reading.changes))
    first = {inner for name in names[:BATCH] for inner in _documents_under(root, name)}
    # The oldest first, as in a look at everything: a file that was moved away comes before another
    # that has taken its place.
    return reading.run(sorted(first, key=partial(_age, root)), later=names[BATCH:])


def is_document_name(name: str) -> bool:
    """Whether a path inside the folder may be a document: hidden and temporary files never are."""
    parts = name.split("/")
    return not any(part.startswith(".") for part in parts) and not name.endswith(_TEMPORARY)


def _require_folder(root: Path) -> None:
    try:
        with os.scandir(root):
            return
    except OSError as error:
        raise SourceGone(str(root), error.strerror or str(error)) from error


def _changed(
    root: Path, cursor: Mapping[str, str], changes: dict[str, str | None]
) -> Sequence[str]:
    """The names whose stamp is not the one in the cursor, oldest first; the vanished are dropped."""
    found: dict[str, Stamp] = dict(_walk(root))
    entries = set(map(path_entry, found))
    changes.update((e, None) for e in cursor if is_path_entry(e) and e not in entries)
    changed: list[tuple[int, str]] = []
    for name, stamp in found.items():
        seen = seen_file(cursor, name)
        if seen is None or seen.stamp != stamp:
            changed.append((stamp.modified, name))
    return [name for _, name in sorted(changed)]


def _age(root: Path, name: str) -> tuple[int, str]:
    stamp = _stamp_of(root / name)
    return stamp.modified if stamp else 0, name


def _documents_under(root: Path, name: str) -> Iterator[str]:
    """``name``, or what is in it: a folder that was moved in is told by its own name only.

    Links to folders are not followed, here as in `_walk`: they may lead in circles.
    """
    if not is_text(name) or not (root / name).is_dir():
        yield name
        return
    if (root / name).is_symlink():
        return
    yield from (found for found, _ in _walk(root, root / name))


def _walk(root: Path, start: Path | None = None) -> Iterator[tuple[str, Stamp]]:
    for folder, folders, files in os.walk(start or root):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        inside = os.path.relpath(folder, root).replace(os.sep, "/")
        prefix = "" if inside == "." else f"{inside}/"
        for file in files:
            name = prefix + file
            if is_document_name(name):
                stamp = _stamp_of(root / name)
                if stamp is not None:
                    yield name, stamp


def _stamp_of(path: Path) -> Stamp | None:
    """A file's stamp; a link that leads nowhere has its own; ``None`` when it has just gone."""
    for look in (os.stat, os.lstat):
        try:
            found = look(path)
        except (OSError, ValueError):  # not there; or no name for a file
            continue
        return Stamp.of(found)
    return None


class _Reading:
    """One poll of a folder: collects Items, problems and the cursor's changes."""

    def __init__(
        self, root: Path, cursor: Mapping[str, str], now: datetime, impatient: Collection[str]
    ) -> None:
        self.root = root
        self._impatient = impatient
        self.now = now
        self.changes: dict[str, str | None] = {}
        # What this very poll found counts already: two copies in one batch are one Item.
        self._cursor = ChainMap[str, str | None](self.changes, cast(dict[str, str | None], cursor))
        self._items: dict[str, Item] = {}
        self._length = 0
        self._problems: list[Problem] = []
        self._waiting: dict[str, float] = {}

    def run(self, names: Sequence[str], *, later: Sequence[str] = ()) -> Polled:
        """Look at ``names``, as many as one batch may hold; ``later`` is for the next poll."""
        started = monotonic()
        done = 0
        for done, name in enumerate(names):
            late = done and monotonic() - started > _BATCH_SECONDS
            if done >= BATCH or late or self._length > _BATCH_LENGTH:
                break
            self._look_at(name)
        else:
            done = len(names)
        ready = (*names[done:], *later)
        return Polled(
            items=tuple(self._items.values()),
            cursor=self.changes,
            problems=tuple(self._problems),
            rest=(*ready, *self._waiting),
            wait=0.0 if ready else min(self._waiting.values(), default=0.0),
        )

    def _look_at(self, name: str) -> None:
        before = seen_file(self._cursor, name)
        stamp = _stamp_of(self.root / name)
        if stamp is None:
            self.changes[path_entry(name)] = None
            return
        if before is not None and before.stamp == stamp:
            return
        try:
            data, stamp = self._read(name)
            if data is not None:
                self._take(name, before, stamp, self._to_item(data, name, stamp))
        except DocumentError as error:
            # An Item it was before it stays: an editor may have emptied the file to write it anew.
            kept = replace(before, stamp=stamp) if before is not None else Seen(stamp)
            self.changes[path_entry(name)] = kept.to_text()
            shown = name.encode("utf-8", "backslashreplace").decode()
            self._problems.append(Problem(shown, error.reason))

    def _read(self, name: str) -> tuple[bytes | None, Stamp]:
        """The file's bytes and stamp; ``None`` for bytes while it is still being written."""
        if not is_text(name):
            raise UnreadableDocument("its name is not valid UTF-8; rename it")
        try:
            # A named pipe would block an ordinary open for ever.
            descriptor = os.open(self.root / name, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        except FileNotFoundError as error:
            raise UnreadableDocument("it is a link that leads nowhere") from error
        except OSError as error:
            raise UnreadableDocument(f"it cannot be opened: {error.strerror}") from error
        found = os.fstat(descriptor)
        stamp = Stamp.of(found)
        if not stat.S_ISREG(found.st_mode):
            os.close(descriptor)
            raise UnreadableDocument("it is no regular file")
        with os.fdopen(descriptor, "rb") as file:
            if stamp.size > MAX_BYTES:
                raise OversizedDocument(stamp.size, MAX_BYTES)
            wait = seconds_to_wait(file.fileno(), now=datetime.now(UTC).timestamp())
            if wait and name not in self._impatient:
                self._waiting[name] = wait
                return None, stamp
            try:
                # One byte over the limit is enough to know, and no file can exhaust the memory.
                return file.read(MAX_BYTES + 1), stamp
            except OSError as error:
                raise UnreadableDocument(f"it cannot be read: {error.strerror}") from error

    def _to_item(self, data: bytes, name: str, stamp: Stamp) -> Item:
        modified = datetime.fromtimestamp(min(stamp.modified / 1e9, self.now.timestamp()), UTC)
        title = f"{self.root.name or self.root.resolve().name}/{name}"
        draft = read_guarded(data, name, now=self.now)
        return draft_to_item(draft, title, fallback_date=modified)

    def _take(self, name: str, before: Seen | None, stamp: Stamp, item: Item) -> None:
        digest = item.digest
        if before is not None and before.digest == digest:  # touched, no more
            self.changes[path_entry(name)] = replace(before, stamp=stamp).to_text()
            return
        known = known_words(self._cursor, digest)
        if known is None:
            speaks = before is not None and self._speaks_for_its_item(before, name)
            key = before.key if before is not None and speaks else item.key
        else:
            key = known.key
        self.changes[path_entry(name)] = Seen(stamp, digest, key).to_text()
        if known is not None:
            if known.name != name and not self._has_moved(known, stamp):
                return  # a mere copy
            if known.name == name and current_words(self._cursor, key) == digest:
                return  # it was away for a while
        self.changes[words_entry(digest)] = Known(key, name).to_text()
        if current_words(self._cursor, key) != digest:
            self.changes[item_entry(key)] = digest if digest != first_words(key) else None
        self._items[key] = with_key(item, key)
        self._length += item.length

    def _speaks_for_its_item(self, seen: Seen, name: str) -> bool:
        known = known_words(self._cursor, seen.digest)
        return known is not None and known.name == name

    def _has_moved(self, known: Known, stamp: Stamp) -> bool:
        """Whether the file that spoke for these words is now the one with this ``stamp``."""
        there, now = seen_file(self._cursor, known.name), _stamp_of(self.root / known.name)
        if there is None or there.key != known.key or now is None:
            return True  # nothing stands in its place, or something else
        return there.stamp.same_writing(stamp) and not there.stamp.same_writing(now)
