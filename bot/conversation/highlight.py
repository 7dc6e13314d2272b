"""The words that matched, marked in the title and in a snippet around them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final

from bot.conversation.card import Piece, Style
from bot.model import Reason
from watchers import Item, Span

_SNIPPET: Final = 240  # characters of text around what matched
_BEFORE: Final = 80  # of which at most so many come before the first matched word
_ELLIPSIS: Final = "…"


def spans_of(reasons: Iterable[Reason]) -> list[Span]:
    """Every place that matched, for whichever topic, in order and without overlaps."""
    found = sorted(
        {span for reason in reasons for span in reason.spans},
        key=lambda span: (span.field, span.start, -span.end),
    )
    kept: list[Span] = []
    for span in found:
        if not kept or kept[-1].field != span.field or span.start >= kept[-1].end:
            kept.append(span)
    return kept


def marked(
    text: str,
    field: str,
    spans: Sequence[Span],
    *,
    base: Style = Style.PLAIN,
    url: str | None = None,
) -> list[Piece]:
    """``text`` (the item's whole ``field``) with the matched words marked."""
    return _cut(text, [s for s in spans if s.field == field], 0, len(text), base=base, url=url)


def snippet(item: Item, spans: Sequence[Span]) -> list[Piece]:
    """A line or two of the item: around the first matched words, else its beginning."""
    for field in ("lead", "text"):
        here = [span for span in spans if span.field == field]
        if here:
            return _around(getattr(item, field), here)
    return _around(item.lead or item.text, [])


def _around(text: str, spans: Sequence[Span]) -> list[Piece]:
    if not text:
        return []
    start = _sentence_start(text, spans[0].start) if spans else 0
    end = min(len(text), start + _SNIPPET)
    if end < len(text):
        space = text.rfind(" ", start, end)
        end = space if space > start + _SNIPPET // 2 else end
    pieces = _cut(text, [span for span in spans if span.end <= end], start, end)
    opening = [Piece(_ELLIPSIS)] if start > 0 and not _opens_sentence(text, start) else []
    closing = [Piece(_ELLIPSIS)] if end < len(text) else []
    return [*opening, *pieces, *closing]


def _sentence_start(text: str, place: int) -> int:
    """Where the sentence around ``place`` begins, or a word not too far before it."""
    earliest = max(0, place - _BEFORE)
    best = max(text.rfind(mark, earliest, place) for mark in (". ", "! ", "? ", "\n"))
    if best >= 0:
        return _skip_space(text, best + 1)
    if earliest == 0:
        return 0
    space = text.find(" ", earliest, place)
    return space + 1 if space >= 0 else earliest


def _skip_space(text: str, place: int) -> int:
    while place < len(text) and text[place].isspace():
        place += 1
    return place


def _opens_sentence(text: str, start: int) -> bool:
    before = text[:start].rstrip()
    return not before or before[-1] in ".!?\n" or text[start - 1] == "\n"


def _cut(
    text: str,
    spans: Sequence[Span],
    start: int,
    end: int,
    *,
    base: Style = Style.PLAIN,
    url: str | None = None,
) -> list[Piece]:
    """``text[start:end]`` in pieces, its matched places marked, its line breaks made spaces."""
    inside = [span for span in spans if start <= span.start and span.end <= end]
    borders = [start, *(place for span in inside for place in (span.start, span.end)), end]
    pieces: list[Piece] = []
    for number, (left, right) in enumerate(pairwise(borders)):
        words = text[left:right].replace("\n\n", " ").replace("\n", " ")
        if words:
            pieces.append(Piece(words, Style.MARK if number % 2 else base, url))
    return pieces
