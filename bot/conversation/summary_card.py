"""The card of a summary: what it is, whose words they are, and what it leaves out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from bot.conversation.card import Card, Line, Piece, Style, dim, line, sentence_of, strong
from bot.conversation.item_cards import origin
from bot.conversation.times import plural
from bot.summaries.telling import Told

_WORTH_TELLING: Final = timedelta(seconds=30)


def summary_card(told: Told, *, now: datetime, remark: str = "", about: str = "") -> Card:
    """The summary with its title, source, date and link.

    ``remark`` says what hides the rest of the article; ``about`` is the topic that was asked for, if any:
    where no sentence is about it, the card says so.
    """
    item, summary = told.item, told.summary
    above = (line(Piece(item.title, Style.STRONG, item.url)), origin(item, None, now))
    remarks = [sentence_of(remark)] if remark else []
    if about and summary.sentences and not any(summary.marks):
        remarks.append(f"Nothing in it is about “{about}”.")
    hidden: list[Line] = [line(dim(one)) for one in remarks]
    if not summary.sentences:
        nothing = line("There is no more text than the title.")
        return Card((line(strong(item.title)), above[1], nothing, *hidden), heading=2)
    marks = summary.marks or [()] * len(summary.sentences)
    style = Style.PLAIN if told.writer else Style.QUOTE
    told_lines = [
        _marked(sentence, places, style)
        for sentence, places in zip(summary.sentences, marks, strict=True)
        if sentence != item.title  # it stands above
    ]
    return Card((*above, *told_lines, *hidden, *_what_it_is(told)), heading=2)


def _what_it_is(told: Told) -> list[Line]:
    summary = told.summary
    if told.writer:
        lines = [
            line(
                dim(
                    f"Written by {told.writer} from {plural(summary.total, 'sentence')}; its numbers,"
                    " names and quotations stand in the article. It may still be wrong."
                )
            )
        ]
    else:
        whole = "the whole text" if summary.is_whole else f"of {summary.total:,}"
        saved = f" · {_minutes(summary.saved)} shorter" if summary.saved >= _WORTH_TELLING else ""
        sentences = plural(len(summary.sentences), "sentence")
        lines = [line(dim(f"{sentences}, {whole}, in the article's own words{saved}"))]
    if told.note:
        lines.append(line(dim(sentence_of(told.note))))
    return lines


def _marked(sentence: str, places: Sequence[tuple[int, int]], style: Style) -> Line:
    pieces: list[Piece] = []
    at = 0
    for start, end in places:
        pieces += [Piece(sentence[at:start], style), Piece(sentence[start:end], Style.MARK)]
        at = end
    pieces.append(Piece(sentence[at:], style))
    return tuple(piece for piece in pieces if piece.text)


def _minutes(saved: timedelta) -> str:
    return f"{max(1, round(saved / timedelta(minutes=1)))} min"
