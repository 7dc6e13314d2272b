"""The card of a summary: its sentences, their origin, and what is missing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from bot.conversation.cards.card import Card, Line, Style, TextSpan, dim, line, strong, to_sentence
from bot.conversation.cards.item import source_line
from bot.conversation.durations import pluralise
from bot.summaries.service import SummaryResult

_MIN_REPORTED_SAVING: Final = timedelta(seconds=30)


def summary_card(
    result: SummaryResult, *, now: datetime, remark: str = "", about: str = ""
) -> Card:
    """Return the summary with title, source, date and link.

    Args:
        result: the summary and its item.
        now: the current time.
        remark: why a part of the article is not accessible, or "".
        about: the requested topic, or "". The card says so if no sentence is about it.
    """
    item, summary = result.item, result.summary
    title = line(TextSpan(item.title, Style.STRONG, item.url))
    source = source_line(item, None, now)
    remarks = [to_sentence(remark)] if remark else []
    if about and summary.sentences and not any(summary.marks):
        remarks.append(f"No sentence is about “{about}”.")
    remark_lines: list[Line] = [line(dim(text)) for text in remarks]
    if not summary.sentences:
        no_text = line("The page has no text besides the title.")
        return Card((line(strong(item.title)), source, no_text, *remark_lines), heading_lines=2)
    marks = summary.marks or [()] * len(summary.sentences)
    style = Style.PLAIN if result.writer else Style.QUOTE
    sentence_lines = [
        _highlighted(sentence, ranges, style)
        for sentence, ranges in zip(summary.sentences, marks, strict=True)
        # The title is shown above.
        if sentence != item.title
    ]
    lines = (title, source, *sentence_lines, *remark_lines, *_origin_lines(result))
    return Card(lines, heading_lines=2)


def _origin_lines(result: SummaryResult) -> list[Line]:
    """Return who wrote the sentences, and how much of the article they cover."""
    summary = result.summary
    if result.writer:
        origin = (
            f"Written by {result.writer} from {pluralise(summary.total, 'sentence')}. Its numbers,"
            " names and quotations occur in the article. It may still be wrong."
        )
    else:
        coverage = "the whole text" if summary.is_whole else f"of {summary.total:,}"
        saving = (
            f" · {_format_minutes(summary.reading_time_saved)} shorter"
            if summary.reading_time_saved >= _MIN_REPORTED_SAVING
            else ""
        )
        sentences = pluralise(len(summary.sentences), "sentence")
        origin = f"{sentences}, {coverage}, quoted from the article{saving}"
    lines = [line(dim(origin))]
    if result.note:
        lines.append(line(dim(to_sentence(result.note))))
    return lines


def _highlighted(sentence: str, ranges: Sequence[tuple[int, int]], style: Style) -> Line:
    pieces: list[TextSpan] = []
    position = 0
    for start, end in ranges:
        pieces += [
            TextSpan(sentence[position:start], style, is_foreign=True),
            TextSpan(sentence[start:end], Style.HIGHLIGHT),
        ]
        position = end
    pieces.append(TextSpan(sentence[position:], style, is_foreign=True))
    return tuple(piece for piece in pieces if piece.text)


def _format_minutes(length: timedelta) -> str:
    return f"{max(1, round(length / timedelta(minutes=1)))} min"
