"""`tocsin match QUERY [FILE…]`: which documents match a topic, and where; as grep would."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence

from bot.cli.documents import STANDARD_INPUT, read_named
from bot.conversation.queries import read_query
from bot.errors import MisuseError
from watchers import Item, Span

_TITLE_COUNTS = 3
_MATCH, _RESET = "\x1b[1;31m", "\x1b[0m"


def match(query_text: str, names: Sequence[str], *, as_json: bool) -> int:
    """Print what matches; 0 if something did, 1 if nothing, 2 if a file could not be read."""
    query = read_query(query_text)
    found = bad = False
    for name in names or [STANDARD_INPUT]:
        try:
            item = read_named(name)
        except MisuseError as error:
            print(f"tocsin: {error}", file=sys.stderr)
            bad = True
            continue
        spans = query.match(item)
        if spans is not None:
            found = True
            _print_json(name, item, spans) if as_json else _print_lines(name, item, spans)
    if bad:
        return 2
    return 0 if found else 1


def _score(spans: Sequence[Span]) -> int:
    """How much speaks for it: the places that match, those in the title three times."""
    return sum(_TITLE_COUNTS if span.field == "title" else 1 for span in spans)


def _print_json(name: str, item: Item, spans: Sequence[Span]) -> None:
    places = [
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
            {"file": name, "title": item.title, "score": _score(spans), "matches": places},
            ensure_ascii=False,
        )
    )


def _print_lines(name: str, item: Item, spans: Sequence[Span]) -> None:
    """The lines that hold a match, each behind the file's name and score."""
    colour = sys.stdout.isatty()
    score = _score(spans)
    shown = False
    for field in ("title", "lead", "text"):
        text: str = getattr(item, field)
        here = [span for span in spans if span.field == field]
        start = 0
        for line in text.split("\n"):
            end = start + len(line)
            inside = [(s.start - start, s.end - start) for s in here if start <= s.start < end]
            if inside:
                print(f"{name}:{score}: {_highlight(line, inside) if colour else line}")
                shown = True
            start = end + 1
    if not shown:
        print(f"{name}:{score}: {item.title}")


def _highlight(line: str, places: Sequence[tuple[int, int]]) -> str:
    for start, end in reversed(places):
        line = f"{line[:start]}{_MATCH}{line[start:end]}{_RESET}{line[end:]}"
    return line
