"""Reading one document in a process of its own, which is killed when it takes too long.

A PDF of a few kilobytes can keep a parser busy for hours, and the HTML parser is quadratic in nested
elements and attributes. What is small is read in place; the rest goes here:

    document bytes ── stdin ──► python -m watchers.sources.isolated NAME ── stdout ──► Draft as JSON
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path, PurePath
from typing import Any, Final

from watchers.errors import BinaryDocument, DocumentError, EmptyDocument, UnreadableDocument
from watchers.sources.document import HTML_SUFFIXES, MAX_BYTES, read_draft
from watchers.text.draft import Draft

TIME_LIMIT: Final = 20.0
"""Seconds a document may take to be read."""

_MEMORY_LIMIT: Final = 1 << 30  # bytes of address space for the helper
_REFUSED: Final = 3  # exit code: the document was read and cannot be used
_SOURCE_ROOT: Final = Path(__file__).resolve().parents[2]


LARGEST_IN_PLACE: Final = 128_000
"""Bytes of HTML that no nesting can make slow; the other text formats are read in linear time."""


def read_guarded(data: bytes, name: str, *, now: datetime) -> Draft:
    """`read_draft`, in a process of its own where the format could make it slow. Blocks."""
    suffix = PurePath(name).suffix.lower()
    slow_html = suffix in HTML_SUFFIXES and len(data) > LARGEST_IN_PLACE
    if len(data) <= MAX_BYTES and (suffix == ".pdf" or slow_html):
        return read_isolated(data, name, now=now)
    try:
        return read_draft(data, name, now=now)
    except DocumentError:
        raise
    except Exception as error:  # no document may stop those that come after it
        raise UnreadableDocument(f"it broke its parser ({type(error).__name__})") from error


def read_isolated(data: bytes, name: str, *, now: datetime, seconds: float = TIME_LIMIT) -> Draft:
    """`read_draft` in a process of its own. Blocks: call it in a thread.

    Raises:
        DocumentError: as `read_draft`, or it took longer than ``seconds`` or too much memory.
    """
    command = [sys.executable, "-P", "-m", "watchers.sources.isolated", name, now.isoformat()]
    environment = {**os.environ, "PYTHONPATH": str(_SOURCE_ROOT), "PYTHONIOENCODING": "utf-8"}
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter and module, no shell
            command, input=data, capture_output=True, timeout=seconds, check=False, env=environment
        )
    except subprocess.TimeoutExpired as error:
        raise UnreadableDocument(f"reading it took more than {seconds:g} seconds") from error
    if done.returncode == 0:
        return _draft_from_json(json.loads(done.stdout))
    if done.returncode == _REFUSED:
        kind, reason = json.loads(done.stdout)
        raise {"EmptyDocument": EmptyDocument, "BinaryDocument": BinaryDocument}.get(
            kind, UnreadableDocument
        )(reason)
    raise UnreadableDocument("it broke its parser, or asked for too much memory")


def _draft_from_json(fields: dict[str, Any]) -> Draft:
    published = fields.pop("published")
    paragraphs, tags = tuple(fields.pop("paragraphs")), tuple(fields.pop("tags"))
    moment = datetime.fromisoformat(published) if published else None
    return Draft(paragraphs=paragraphs, tags=tags, published=moment, **fields)


def main(arguments: list[str]) -> int:
    """The helper's own life: read standard input, write one Draft, or the reason there is none."""
    _limit_memory()
    name, now = arguments
    try:
        draft = read_draft(sys.stdin.buffer.read(), name, now=datetime.fromisoformat(now))
    except DocumentError as error:
        json.dump([type(error).__name__, error.reason], sys.stdout)
        return _REFUSED
    published = draft.published.astimezone(UTC).isoformat() if draft.published else None
    json.dump({**asdict(draft), "published": published}, sys.stdout)
    return 0


def _limit_memory() -> None:
    try:
        import resource  # noqa: PLC0415 - POSIX only; elsewhere the time limit has to do
    except ImportError:
        return
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    limit = _MEMORY_LIMIT if hard == resource.RLIM_INFINITY else min(_MEMORY_LIMIT, hard)
    resource.setrlimit(resource.RLIMIT_AS, (limit, hard))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
