"""`tocsin match QUERY [FILE…]`: print the documents and lines that match a topic, like grep."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path, PurePath

from bot.errors import UserError
from watchers import DocumentError, Item, Query, QuerySyntaxError, Span, parse_query
from watchers.sources.document import MAX_DOCUMENT_BYTES, draft_to_item
from watchers.sources.document_process import read_document_safely
from watchers.text.boilerplate import is_boilerplate_line
from watchers.text.decode import decode

STANDARD_INPUT = "-"

_LINE_SUFFIXES = (".txt", ".text", ".md", ".markdown")


@dataclass(frozen=True, slots=True)
class NamedDocument:
    """A document of the command line.

    Attributes:
        item: the document as an item, without boilerplate.
        raw_text: the text of the file; "" for formats whose lines have no numbers, such as PDF.
        left_out: the boilerplate of the document.
    """

    item: Item
    raw_text: str
    left_out: str


def read_named(name: str) -> Item:
    """Read the file ``name``, or standard input for ``-``, and return it as an item.

    Raises:
        UserError: the file cannot be read. The message names the file and the reason.
    """
    return read_named_document(name).item


def read_named_document(name: str) -> NamedDocument:
    """Read the file ``name``, or standard input for ``-``. Raises as `read_named`."""
    if name.startswith(("http://", "https://")):
        raise UserError(f"{name}: this command reads only files; save the page to a file first")
    now = datetime.now(UTC)
    try:
        if name == STANDARD_INPUT:
            # One byte more than the limit reveals a document that is too large.
            data = sys.stdin.buffer.read(MAX_DOCUMENT_BYTES + 1)
            file_name, label = "stdin.txt", "standard input"
        else:
            with Path(name).open("rb") as file:
                data = file.read(MAX_DOCUMENT_BYTES + 1)
            file_name = label = name
        draft = read_document_safely(data, file_name, now=now)
        item = draft_to_item(draft, label)
    except OSError as error:
        raise UserError(f"{name}: {error.strerror}") from error
    except DocumentError as error:
        raise UserError(f"{name}: {error.reason}") from error
    has_lines = PurePath(file_name).suffix.lower() in _LINE_SUFFIXES
    left_out = "\n\n".join(filter(is_boilerplate_line, draft.paragraphs))
    return NamedDocument(item, decode(data) if has_lines else "", left_out)


def read_topic(text: str) -> Query:
    """Parse a topic. The module `bot.conversation.topics` also replaces aliases, but imports the store.

    Raises:
        UserError: the topic cannot be parsed.
    """
    try:
        return parse_query(text)
    except QuerySyntaxError as error:
        raise UserError(f"this topic cannot be read: {error}") from error


# A word in the title says more about the article than one in its text.
_TITLE_WEIGHT = 3
_WORDS_AFTER = 3
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
            document = read_named_document(name)
        except UserError as error:
            print(f"tocsin: {error}", file=sys.stderr)
            # As grep: the other files are still searched.
            has_error = True
            continue
        spans = query.match(document.item)
        if spans is None:
            _print_left_out(name, query, document)
            continue
        has_match = True
        if as_json:
            _print_json(name, document.item, spans)
        else:
            _print_lines(name, document, spans)
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


def _print_left_out(name: str, query: Query, document: NamedDocument) -> None:
    """State that the topic would match with the boilerplate of the document."""
    item = document.item
    if not document.left_out:
        return
    text = f"{item.text}\n\n{document.left_out}"
    if query.match(replace(item, text=text)) is not None:
        first_line = document.left_out.partition("\n")[0]
        print(
            f"tocsin: {name}: matches only with boilerplate, which is left out: “{first_line}”",
            file=sys.stderr,
        )


def _print_lines(name: str, document: NamedDocument, spans: Sequence[Span]) -> None:
    """Print each paragraph that contains a span, with the file name and the line as prefix.

    The number is the line of the first span in the file. A format without lines has no number.
    """
    use_colour = sys.stdout.isatty()
    item = document.item
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
                number = _line_number(document.raw_text, line, line_spans[0][0])
                prefix = f"{name}:{number}:" if number else f"{name}:"
                print(f"{prefix} {_highlight(line, line_spans) if use_colour else line}")
                has_printed = True
            start = end + 1
    # A match by language, source or tags has no span in the text.
    if not has_printed:
        print(f"{name}: {item.title}")


def _line_number(raw_text: str, paragraph: str, position: int) -> int:
    """Return the line of ``raw_text`` with the word at ``position`` of a paragraph, or 0.

    Paragraphs are cleaned, so their line breaks differ from those of the file.
    """
    before, after = paragraph[:position].split(), paragraph[position:].split()[:_WORDS_AFTER]
    if not raw_text or not after:
        return 0
    pattern = r"\s+".join(map(re.escape, (*before, *after)))
    found = re.search(pattern, raw_text)
    if found is None:
        return 0
    # The word starts after the words before it and their white space.
    prefix = re.match(r"\s+".join(map(re.escape, before)) + r"\s*", found[0])
    start = found.start() + (prefix.end() if prefix else 0)
    return raw_text.count("\n", 0, start) + 1


def _highlight(line: str, line_spans: Sequence[tuple[int, int]]) -> str:
    # From the end, so that the inserted escape codes do not shift the spans that follow.
    for start, end in reversed(line_spans):
        line = f"{line[:start]}{_MATCH}{line[start:end]}{_RESET}{line[end:]}"
    return line
