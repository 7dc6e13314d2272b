"""Poll a folder of documents.

    scan ──► names whose stamp changed ──► complete? ──► read ──► same words? ──► items
                                              │                       │
                                     wait and poll again    touched, moved, copied: no item

Reading blocks on the disk, so `poll` runs it in a thread. State comes in as a cursor (see
`folder_cursor`) and its changes go out with the items.
"""

from __future__ import annotations

import asyncio
import os
import stat
from collections import ChainMap
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from math import inf
from pathlib import Path
from time import monotonic
from typing import Final, cast

from watchers.errors import DocumentError, OversizedDocument, SourceMissingError, UnreadableDocument
from watchers.item import Item
from watchers.sources.document import MAX_DOCUMENT_BYTES, draft_to_item, initial_digest, with_key
from watchers.sources.document_process import read_document_safely
from watchers.sources.folder_cursor import (
    PROBLEM_MARK,
    ContentRecord,
    FileRecord,
    FileStamp,
    content_record,
    current_digest,
    digest_entry,
    file_record,
    is_path_entry,
    is_utf8_name,
    item_entry,
    path_entry,
    problem_entry,
    seconds_until_complete,
)
from watchers.sources.source import Cursor, PollResult, Problem, Source

MAX_BATCH_DOCUMENTS: Final = 100
"""Documents per poll. One poll is stored in one transaction."""

MAX_DEPTH: Final = 32
"""Folders inside one another. Documents below are reported and not read."""

# Bounds the memory of one batch.
_MAX_BATCH_CHARS: Final = 4_000_000
# A slow batch ends early, so that its first alert is not late.
_MAX_BATCH_SECONDS: Final = 1.0
_TEMPORARY_SUFFIXES: Final = (
    "~",
    ".tmp",
    ".temp",
    ".part",
    ".partial",
    ".crdownload",
    ".swp",
    ".lock",
)


async def poll(  # noqa: PLR0913 - each option is independent
    source: Source,
    cursor: Cursor,
    names: Sequence[str] | None = None,
    *,
    now: datetime,
    label: str | None = None,
    overdue: Collection[str] = (),
    started_at: datetime | None = None,
    follows_links: bool = False,
) -> PollResult:
    """Return what is new in ``source`` since ``cursor``.

    ``names`` limits the poll to the changed documents of a folder or to the ``remaining`` names of an
    earlier poll; ``None`` scans everything. ``label`` is the name of the folder as a source, by default
    the last part of its path. ``now`` is the current time with a time zone. The names in
    ``overdue`` have waited long enough and are read even if a process is still writing them. Documents
    that appeared after ``started_at`` are news even if the folder was never read before. Links that lead
    out of the folder are refused unless ``follows_links`` is true.

    Raises:
        SourceError: the source as a whole cannot be read; its cursor stays unchanged.
    """
    return await asyncio.to_thread(
        read_folder,
        Path(source.address),
        cursor,
        names,
        now=now,
        label=label,
        overdue=overdue,
        started_at=started_at,
        follows_links=follows_links,
    )


def read_folder(  # noqa: PLR0913 - each option is independent
    root: Path,
    cursor: Mapping[str, str],
    names: Sequence[str] | None,
    *,
    now: datetime,
    label: str | None = None,
    overdue: Collection[str] = (),
    started_at: datetime | None = None,
    follows_links: bool = False,
) -> PollResult:
    """Return what is new under ``root``: in ``names``, or anywhere if they are ``None``.

    Names are paths relative to ``root`` with forward slashes. The names in ``overdue`` are read even
    if a process is still writing them. ``label`` and ``started_at``: see `poll`.

    Raises:
        SourceMissingError: the folder does not exist. Its cursor is kept: the folder may return.
    """
    _require_folder(root)
    source_name = label or root.name or root.resolve().name
    reader = _FolderReader(root, source_name, cursor, now, overdue, started_at)
    reader.follows_links = follows_links
    if names is None:
        return reader.run(_changed_names(root, cursor, cursor_changes=reader.changes))
    documents = {
        inner for name in names[:MAX_BATCH_DOCUMENTS] for inner in _documents_under(root, name)
    }
    # The oldest file comes first, as in a full scan: a file that was moved away is read before
    # another file that has taken its place.
    return reader.run(
        sorted(documents, key=partial(_age_order, root)), deferred=names[MAX_BATCH_DOCUMENTS:]
    )


def is_document_name(name: str) -> bool:
    """Return True unless ``name`` is the relative path of a hidden or temporary file."""
    parts = name.split("/")
    return not any(part.startswith(".") for part in parts) and not name.endswith(
        _TEMPORARY_SUFFIXES
    )


def _require_folder(root: Path) -> None:
    try:
        with os.scandir(root):
            return
    except OSError as error:
        raise SourceMissingError(str(root), error.strerror or str(error)) from error


def _changed_names(
    root: Path, cursor: Mapping[str, str], *, cursor_changes: dict[str, str | None]
) -> Sequence[str]:
    """Return the names whose stamp differs from the cursor, oldest first.

    Files that have disappeared are deleted from the cursor by way of ``cursor_changes``.
    """
    stamps: dict[str, FileStamp] = dict(_scan(root))
    entries = set(map(path_entry, stamps))
    cursor_changes.update(
        (entry, None) for entry in cursor if is_path_entry(entry) and entry not in entries
    )
    problem_entries = set(map(problem_entry, stamps))
    cursor_changes.update(
        (entry, None)
        for entry in cursor
        if entry.startswith(PROBLEM_MARK) and entry not in problem_entries
    )
    changed: list[tuple[int, str]] = []
    for name, stamp in stamps.items():
        if not _is_known(cursor, name, file_record(cursor, name), stamp):
            changed.append((stamp.modified_ns, name))
    return [name for _, name in sorted(changed)]


def _is_known(
    cursor: Mapping[str, str | None], name: str, record: FileRecord | None, stamp: FileStamp
) -> bool:
    """Return True if the file was read with this stamp, and its reason is stored if it is unusable."""
    if record is None or record.stamp != stamp:
        return False
    return bool(record.digest) or cursor.get(problem_entry(name)) is not None


def _age_order(root: Path, name: str) -> tuple[int, str]:
    stamp = _read_stamp(root / name)
    return stamp.modified_ns if stamp else 0, name


def _documents_under(root: Path, name: str) -> Iterator[str]:
    """Yield ``name``, or the documents inside it: a folder that is moved in causes a single event.

    Links to folders are not followed, here and in `_scan`: they may lead in circles.
    """
    if not is_utf8_name(name) or not (root / name).is_dir():
        yield name
        return
    if (root / name).is_symlink():
        return
    yield from (inner for inner, _ in _scan(root, root / name))


def _scan(root: Path, start: Path | None = None) -> Iterator[tuple[str, FileStamp]]:
    for folder, subfolders, files in os.walk(start or root):
        # os.walk descends into the names that are left in this list.
        subfolders[:] = sorted(name for name in subfolders if not name.startswith("."))
        relative = os.path.relpath(folder, root).replace(os.sep, "/")
        prefix = "" if relative == "." else f"{relative}/"
        if prefix.count("/") >= MAX_DEPTH:
            # Each of them is reported like a document that cannot be read.
            files.extend(subfolders)
            subfolders.clear()
        for file in files:
            name = prefix + file
            if is_document_name(name):
                stamp = _read_stamp(root / name)
                if stamp is not None:
                    yield name, stamp


def _read_stamp(path: Path) -> FileStamp | None:
    """Return the stamp of a file, or of a dangling link itself; None if the file is gone."""
    for read_status in (os.stat, os.lstat):
        try:
            status = read_status(path)
        except (OSError, ValueError):
            # The file does not exist, or its name is not valid on this system.
            continue
        return FileStamp.from_stat(status)
    return None


class _FolderReader:
    """One poll of a folder: collects items, problems and cursor changes."""

    def __init__(
        self,
        root: Path,
        label: str,
        cursor: Mapping[str, str],
        now: datetime,
        overdue: Collection[str],
        started_at: datetime | None,
    ) -> None:
        self.root = root
        self.follows_links = False
        self._label = label
        self._started_ns = started_at.timestamp() * 1e9 if started_at is not None else inf
        self._news_keys: set[str] = set()
        self._overdue = overdue
        self.now = now
        self.changes: dict[str, str | None] = {}
        # Lookups see the changes of this poll first: two copies in one batch are one item.
        self._cursor = ChainMap[str, str | None](self.changes, cast(dict[str, str | None], cursor))
        self._items: dict[str, Item] = {}
        self._batch_chars = 0
        self._problems: list[Problem] = []
        self._wait_seconds: dict[str, float] = {}

    def run(self, names: Sequence[str], *, deferred: Sequence[str] = ()) -> PollResult:
        """Read as many of ``names`` as fit into one batch; return the others as remaining."""
        started = monotonic()
        read_count = 0
        for read_count, name in enumerate(names):
            is_late = read_count and monotonic() - started > _MAX_BATCH_SECONDS
            if read_count >= MAX_BATCH_DOCUMENTS or is_late or self._batch_chars > _MAX_BATCH_CHARS:
                break
            self._read_name(name)
        else:
            read_count = len(names)
        ready = (*names[read_count:], *deferred)
        return PollResult(
            items=tuple(self._items.values()),
            news_keys=frozenset(self._news_keys),
            cursor=self.changes,
            problems=tuple(self._problems),
            remaining=(*ready, *self._wait_seconds),
            retry_after_seconds=0.0 if ready else min(self._wait_seconds.values(), default=0.0),
        )

    def _read_name(self, name: str) -> None:
        record = file_record(self._cursor, name)
        stamp = _read_stamp(self.root / name)
        if stamp is None:
            self.changes[path_entry(name)] = None
            self._clear_problem(name)
            return
        if _is_known(self._cursor, name, record, stamp):
            return
        try:
            data, stamp = self._read_file(name)
            if data is not None:
                self._add_document(name, record, stamp, self._to_item(data, name, stamp))
                self._clear_problem(name)
        except DocumentError as error:
            # The record keeps its item: an editor may empty a file before it writes the new text.
            new_record = replace(record, stamp=stamp) if record is not None else FileRecord(stamp)
            self.changes[path_entry(name)] = new_record.to_text()
            self.changes[problem_entry(name)] = error.reason
            printable_name = name.encode("utf-8", "backslashreplace").decode()
            self._problems.append(Problem(printable_name, error.reason))

    def _clear_problem(self, name: str) -> None:
        entry = problem_entry(name)
        if self._cursor.get(entry) is not None:
            self.changes[entry] = None

    def _read_file(self, name: str) -> tuple[bytes | None, FileStamp]:
        """Return the bytes and the stamp of a file; the bytes are None while it is being written."""
        if not is_utf8_name(name):
            raise UnreadableDocument("its name is not valid UTF-8; rename it")
        try:
            if name.count("/") >= MAX_DEPTH:
                raise UnreadableDocument(f"it is inside more than {MAX_DEPTH} folders; move it up")
            if not self.follows_links and self._leads_outside(name):
                raise UnreadableDocument(
                    "it is a link out of the folder; copy the file, or set TOCSIN_SEEDS_LINKS=follow"
                )
            # Without O_NONBLOCK, opening a named pipe would block until a writer opens it.
            descriptor = os.open(self.root / name, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        except FileNotFoundError as error:
            raise UnreadableDocument("it is a link to a file that does not exist") from error
        except OSError as error:
            raise UnreadableDocument(f"it cannot be opened: {error.strerror}") from error
        status = os.fstat(descriptor)
        stamp = FileStamp.from_stat(status)
        if not stat.S_ISREG(status.st_mode):
            os.close(descriptor)
            raise UnreadableDocument("it is not a regular file")
        with os.fdopen(descriptor, "rb") as file:
            if stamp.size_bytes > MAX_DOCUMENT_BYTES:
                raise OversizedDocument(stamp.size_bytes, MAX_DOCUMENT_BYTES)
            wait_seconds = seconds_until_complete(file.fileno(), now=datetime.now(UTC).timestamp())
            if wait_seconds and name not in self._overdue:
                self._wait_seconds[name] = wait_seconds
                return None, stamp
            try:
                # One byte over the limit proves that a growing file is too large, and the read
                # stays bounded.
                return file.read(MAX_DOCUMENT_BYTES + 1), stamp
            except OSError as error:
                raise UnreadableDocument(f"it cannot be read: {error.strerror}") from error

    def _leads_outside(self, name: str) -> bool:
        """Return True if a link, at the name or at one of its folders, leads out of the folder."""
        root = os.path.realpath(self.root)
        target = os.path.realpath(self.root / name)
        return not target.startswith(root.rstrip(os.sep) + os.sep)

    def _to_item(self, data: bytes, name: str, stamp: FileStamp) -> Item:
        modified = datetime.fromtimestamp(min(stamp.modified_ns / 1e9, self.now.timestamp()), UTC)
        draft = read_document_safely(data, name, now=self.now)
        return draft_to_item(draft, f"{self._label}/{name}", fallback_date=modified)

    def _add_document(
        self, name: str, record: FileRecord | None, stamp: FileStamp, item: Item
    ) -> None:
        digest = item.digest
        if record is not None and record.digest == digest:
            # Only the stamp changed.
            self.changes[path_entry(name)] = replace(record, stamp=stamp).to_text()
            return
        content = content_record(self._cursor, digest)
        if content is not None:
            key = content.key
        elif record is not None and self._represents_item(record, name):
            key = record.key
        else:
            key = item.key
        self.changes[path_entry(name)] = FileRecord(stamp, digest, key).to_text()
        if content is not None:
            if content.name != name and not self._has_moved(content, stamp):
                # A copy of a file that still exists.
                return
            if content.name == name and current_digest(self._cursor, key) == digest:
                # The file was deleted and restored.
                return
        self.changes[digest_entry(digest)] = ContentRecord(key, name).to_text()
        if current_digest(self._cursor, key) != digest:
            self.changes[item_entry(key)] = digest if digest != initial_digest(key) else None
        self._items[key] = with_key(item, key)
        # A copy may keep its modification time; the change time is that of the copy.
        if stamp.ctime_ns >= self._started_ns:
            self._news_keys.add(key)
        self._batch_chars += item.length

    def _represents_item(self, record: FileRecord, name: str) -> bool:
        content = content_record(self._cursor, record.digest)
        return content is not None and content.name == name

    def _has_moved(self, content: ContentRecord, stamp: FileStamp) -> bool:
        """Return True if the file that represented these words is now the one with ``stamp``."""
        old_record = file_record(self._cursor, content.name)
        current_stamp = _read_stamp(self.root / content.name)
        if old_record is None or old_record.key != content.key or current_stamp is None:
            # The old name is free, or another document has taken it.
            return True
        return old_record.stamp.same_content_as(stamp) and not old_record.stamp.same_content_as(
            current_stamp
        )
