"""The words that matched, marked in the title and in a snippet around them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final

import regex

from bot.conversation.card import Piece, Style
from bot.model import Reason
from watchers import Item, Span

_SNIPPET: Final = 240  # characters of text around what matched
_BEFORE: Final = 80  # of which at most so many come before the first matched word
_ELLIPSIS: Final = "…"
# Where a sentence ends: not behind "U.N.", and not before a small letter.
_BORDER: Final = regex.compile(r"[\p{Ll}\p{Nd})\]”\"’'][.!?…]\s+(?!\p{Ll})|\n+|[。！？]")


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


def snippet(item: Item, reasons: Sequence[Reason]) -> list[Piece]:
    """A line or two of the item: where most of the topics are spoken of, else its beginning."""
    spans = spans_of(reasons)
    for field in ("lead", "text"):
        here = [span for span in spans if span.field == field]
        if here:
            return _around(getattr(item, field), here, _richest(here, reasons))
    return _around(item.lead or item.text, [], 0)


def _richest(spans: Sequence[Span], reasons: Sequence[Reason]) -> int:
    """Where to begin, so that as many topics as can be are seen: the first such place."""

    def topics_seen(first: Span) -> int:
        window = range(first.start, first.start + _SNIPPET - _BEFORE)
        return sum(
            any(s.field == first.field and s.start in window for s in reason.spans)
            for reason in reasons
        )

    return max(spans, key=lambda span: (topics_seen(span), -span.start)).start


def _around(text: str, spans: Sequence[Span], place: int) -> list[Piece]:
    if not text:
        return []
    start = _sentence_start(text, place)
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
    ends = (found.end() for found in _BORDER.finditer(text, earliest, place + 1))
    borders = [end for end in ends if end <= place]
    if borders:
        return borders[-1]
    if earliest == 0:
        return 0
    space = text.find(" ", earliest, place)
    return space + 1 if space >= 0 else earliest


def _opens_sentence(text: str, start: int) -> bool:
    return text[start - 1] == "\n" or _BORDER.fullmatch(text, max(0, start - 3), start) is not None


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
