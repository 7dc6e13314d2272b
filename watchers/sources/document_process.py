"""Read one document in a subprocess that is killed after a timeout.

A PDF of a few kilobytes can keep a parser busy for hours, and the HTML parser needs quadratic time for
nested elements and for attributes. Small documents are read in this process, others in a subprocess:

    document bytes ── stdin ──► python -m watchers.sources.document_process NAME NOW ── stdout ──► JSON
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path, PurePath
from typing import Any, Final

from watchers.errors import BinaryDocument, DocumentError, EmptyDocument, UnreadableDocument
from watchers.parser_environment import parser_environment
from watchers.sources.document import (
    BINARY_SUFFIXES,
    HTML_SUFFIXES,
    MAX_DOCUMENT_BYTES,
    read_draft,
)
from watchers.text.front_matter import DocumentDraft

PARSE_TIMEOUT_SECONDS: Final = 20.0
"""Time limit of the subprocess."""

MAX_IN_PROCESS_BYTES: Final = 128_000
"""Size of HTML that no nesting makes slow. The plain text formats are read in linear time."""

_MEMORY_LIMIT_BYTES: Final = 1 << 30
# The exit code for a document that was read and cannot be used.
_EXIT_REJECTED: Final = 3
_SOURCE_ROOT: Final = Path(__file__).resolve().parents[2]

# Errors that keep their type on the way from the subprocess; the others become UnreadableDocument.
_ERROR_TYPES: Final[dict[str, type[DocumentError]]] = {
    error_type.__name__: error_type for error_type in (EmptyDocument, BinaryDocument)
}


def read_document_safely(data: bytes, name: str, *, now: datetime) -> DocumentDraft:
    """Return `read_draft`, in a subprocess if the format can make it slow. Blocks."""
    suffix = PurePath(name).suffix.lower()
    is_large_html = suffix in HTML_SUFFIXES and len(data) > MAX_IN_PROCESS_BYTES
    if len(data) <= MAX_DOCUMENT_BYTES and (suffix in BINARY_SUFFIXES or is_large_html):
        return read_in_subprocess(data, name, now=now)
    try:
        return read_draft(data, name, now=now)
    except DocumentError:
        raise
    except Exception as error:
        # An unexpected parser error in one document must not stop the documents after it.
        raise UnreadableDocument(f"its parser failed ({type(error).__name__})") from error


def read_in_subprocess(
    data: bytes, name: str, *, now: datetime, seconds: float = PARSE_TIMEOUT_SECONDS
) -> DocumentDraft:
    """Return `read_draft` from a subprocess. Blocks: call it in a thread.

    Raises:
        DocumentError: as `read_draft`, or the subprocess took more than ``seconds`` or its memory.
    """
    # -P keeps the current folder, which may contain a file "json.py", out of the import path.
    command = [
        sys.executable,
        "-P",
        "-m",
        "watchers.sources.document_process",
        name,
        now.isoformat(),
    ]
    environment = {
        **parser_environment(),
        "PYTHONPATH": str(_SOURCE_ROOT),
        "PYTHONIOENCODING": "utf-8",
    }
    try:
        completed = subprocess.run(  # noqa: S603 - a fixed command without a shell
            command, input=data, capture_output=True, timeout=seconds, check=False, env=environment
        )
    except subprocess.TimeoutExpired as error:
        raise UnreadableDocument(f"reading it took more than {seconds:g} seconds") from error
    if completed.returncode == 0:
        return _draft_from_json(json.loads(completed.stdout))
    if completed.returncode == _EXIT_REJECTED:
        error_name, reason = json.loads(completed.stdout)
        raise _ERROR_TYPES.get(error_name, UnreadableDocument)(reason)
    raise UnreadableDocument("its parser crashed or ran out of memory")


def _draft_from_json(fields: dict[str, Any]) -> DocumentDraft:
    published = fields.pop("published")
    paragraphs, tags = tuple(fields.pop("paragraphs")), tuple(fields.pop("tags"))
    published_at = datetime.fromisoformat(published) if published else None
    return DocumentDraft(paragraphs=paragraphs, tags=tags, published=published_at, **fields)


def main(arguments: list[str]) -> int:
    """Read a document from standard input and write its draft, or the error, as JSON."""
    _limit_memory()
    name, now = arguments
    try:
        draft = read_draft(sys.stdin.buffer.read(), name, now=datetime.fromisoformat(now))
    except DocumentError as error:
        json.dump([type(error).__name__, error.reason], sys.stdout)
        return _EXIT_REJECTED
    published = draft.published.astimezone(UTC).isoformat() if draft.published else None
    json.dump({**asdict(draft), "published": published}, sys.stdout)
    return 0


def _limit_memory() -> None:
    try:
        # POSIX only; on other systems only the timeout applies.
        import resource  # noqa: PLC0415
    except ImportError:
        return
    _, hard_limit = resource.getrlimit(resource.RLIMIT_AS)
    limit = (
        _MEMORY_LIMIT_BYTES
        if hard_limit == resource.RLIM_INFINITY
        else min(_MEMORY_LIMIT_BYTES, hard_limit)
    )
    resource.setrlimit(resource.RLIMIT_AS, (limit, hard_limit))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
