"""`tocsin match QUERY [FILE…]`: print the documents and lines that match a topic, like grep."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from bot.errors import UserError
from watchers import DocumentError, Item, Query, QuerySyntaxError, Span, parse_query
from watchers.sources.document import MAX_DOCUMENT_BYTES, draft_to_item
from watchers.sources.document_process import read_document_safely

STANDARD_INPUT = "-"


def read_named(name: str) -> Item:
    """Read the file ``name``, or standard input for ``-``, and return it as an item.

    Raises:
        UserError: the file cannot be read. The message names the file and the reason.
    """
    if name.startswith(("http://", "https://")):
        raise UserError(f"{name}: this command reads only files; save the page to a file first")
    now = datetime.now(UTC)
    try:
        if name == STANDARD_INPUT:
            data = sys.stdin.buffer.read(MAX_DOCUMENT_BYTES + 1)
            file_name, label = "stdin.txt", "standard input"
        else:
            with Path(name).open("rb") as file:
                data = file.read(MAX_DOCUMENT_BYTES + 1)
            file_name = label = name
        return draft_to_item(read_document_safely(data, file_name, now=now), label)
    except OSError as error:
        raise UserError(f"{name}: {error.strerror}") from error
    except DocumentError as error:
        raise UserError(f"{name}: {error.reason}") from error


def read_topic(text: str) -> Query:
    """Parse a topic. The module `bot.conversation.topics` also replaces aliases, but imports the store.

    Raises:
        UserError: the topic cannot be parsed.
    """
    try:
        return parse_query(text)
    except QuerySyntaxError as error:
        raise UserError(f"this topic cannot be read: {error}") from error


_TITLE_WEIGHT = 3
_MATCH, _RESET = "\x1b[1;31m", "\x1b[0m"


def match(query_text: str, names: Sequence[str], *, as_json: bool) -> int:
    """Print the matching lines and return the exit code.

    0: a document matched; 1: no document matched; 2: a file could not be read.
    """
    query = read_topic(query_text)
    for note in query.notes:
        print(f"tocsin: {note}", file=sys.stderr)
    has_match = has_error = False
    for name in names or [STANDARD_INPUT]:
        try:
            item = read_named(name)
        except UserError as error:
            print(f"tocsin: {error}", file=sys.stderr)
            has_error = True
            continue
        spans = query.match(item)
        if spans is not None:
            has_match = True
            _print_json(name, item, spans) if as_json else _print_lines(name, item, spans)
    if has_error:
        return 2
    return 0 if has_match else 1


def _score(spans: Sequence[Span]) -> int:
    """Return the number of matching spans; spans in the title have a higher weight."""
    return sum(_TITLE_WEIGHT if span.field == "title" else 1 for span in spans)


def _print_json(name: str, item: Item, spans: Sequence[Span]) -> None:
    span_records = [
        {
            "field": span.field,
            "start": span.start,
            "end": span.end,
            "words": getattr(item, span.field)[span.start : span.end],
        }
        for span in spans
    ]
    print(
        json.dumps(
            {"file": name, "title": item.title, "score": _score(spans), "matches": span_records},
            ensure_ascii=False,
        )
    )


def _print_lines(name: str, item: Item, spans: Sequence[Span]) -> None:
    """Print each line that contains a span, with the file name and the score as prefix."""
    use_colour = sys.stdout.isatty()
    score = _score(spans)
    has_printed = False
    for field in ("title", "lead", "text"):
        text: str = getattr(item, field)
        field_spans = [span for span in spans if span.field == field]
        start = 0
        for line in text.split("\n"):
            end = start + len(line)
            line_spans = [
                (span.start - start, span.end - start)
                for span in field_spans
                if start <= span.start < end
            ]
            if line_spans:
                print(f"{name}:{score}: {_highlight(line, line_spans) if use_colour else line}")
                has_printed = True
            start = end + 1
    if not has_printed:
        print(f"{name}:{score}: {item.title}")


def _highlight(line: str, line_spans: Sequence[tuple[int, int]]) -> str:
    # From the end, so that the inserted escape codes do not shift the spans that follow.
    for start, end in reversed(line_spans):
        line = f"{line[:start]}{_MATCH}{line[start:end]}{_RESET}{line[end:]}"
    return line
