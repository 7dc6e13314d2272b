"""Cards about an item: the alert, its line in a list, why it came."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from bot.conversation.card import Action, Button, Card, Line, Piece, Style, dim, line, strong
from bot.conversation.highlight import marked, snippet, spans_of
from bot.conversation.times import age
from bot.model import Reason, Shown
from watchers import Item
from watchers.topics.why import Why

_NAMED_SOURCES: Final = 2
_OF_ITEM: Final = (("Summary", "summary"), ("Why", "why"))
_OF_TOPICS: Final = (("Mute", "mute"), ("Less like this", "less"), ("Unsubscribe", "unsubscribe"))


def alert_card(shown: Shown, *, now: datetime) -> Card:
    """The alert: title, source, age, the words that matched, and what can be done with it."""
    spans = spans_of(shown.reasons)
    excerpt = snippet(shown.item, shown.reasons)
    number = str(shown.number)
    lines: list[Line] = [
        tuple(marked(shown.item.title, "title", spans, base=Style.STRONG, url=shown.item.url)),
        origin(shown.item, shown.number, now),
    ]
    if excerpt:
        lines.append(tuple(excerpt))
    if shown.also:
        lines.append(line(dim(also_in(shown.also))))
    if shown.reasons:
        followed = topic_names([reason.label for reason in shown.reasons])
        lines.append(line(dim(f"You follow {followed}")))
    buttons = tuple(
        Button(label, Action(verb, number, item=number))
        for label, verb in (*_OF_ITEM, *(_OF_TOPICS if shown.reasons else ()))
    )
    return Card(tuple(lines), buttons)


def also_in(sources: Sequence[str]) -> str:
    """Who else tells it: "Also in AP, BBC and 3 more"."""
    named, rest = sources[:_NAMED_SOURCES], len(sources) - _NAMED_SOURCES
    if rest > 0:
        return f"Also in {', '.join(named)} and {rest:,} more"
    return f"Also in {' and '.join(named)}"


def list_lines(shown: Shown, *, now: datetime) -> list[Line]:
    """An item in a list: its number and title, its source and age."""
    spans = spans_of(shown.reasons)
    title = marked(shown.item.title, "title", spans, base=Style.STRONG, url=shown.item.url)
    return [
        (Piece(f"{shown.number}. "), *title),
        line("   ", *origin(shown.item, None, now)),
    ]


def why_card(shown: Shown) -> Card:
    """Which topics an item matched, and in which words."""
    lines: list[Line] = [line("Why you got ", strong(shown.item.title))]
    if not shown.reasons:
        lines.append(line("It matches none of the topics you follow now."))
    for reason in shown.reasons:
        meaning = reason.query.explain() if reason.query else "this topic cannot be read now"
        lines.append(line("• You follow ", strong(reason.label), f": {meaning}."))
        lines.append(line("   Found ", *_words_found(shown.item, reason)))
        lines.append((Piece("   "), *snippet(shown.item, [reason])))
    return Card(tuple(lines), heading=1)


def why_not_card(shown: Shown, topic: str, why: Why) -> Card:
    """Leaf by leaf, why a topic matches an item or does not."""
    verb = "matches" if why.matches else "does not match"
    lines: list[Line] = [line(strong(topic), f" {verb} ", strong(shown.item.title), ":")]
    lines.extend(line(f"• {report}") for report in why.leaves)
    return Card(tuple(lines))


def found_card(item: Item, reasons: Sequence[Reason], *, now: datetime) -> Card:
    """An item as somebody hands it on: title, source, age, and the words that matched."""
    spans = spans_of(reasons)
    title = tuple(marked(item.title, "title", spans, base=Style.STRONG, url=item.url))
    excerpt = tuple(snippet(item, reasons))
    return Card((title, origin(item, None, now), *((excerpt,) if excerpt else ())))


def topic_names(labels: Sequence[str]) -> str:
    """Topics by name, as one would say them: “a”, “b” and “c”."""
    names = [_quoted(label) for label in labels]
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else "".join(names)


def _quoted(label: str) -> str:
    # A lone phrase has its quotation marks already: only their shape changes.
    lone = label.startswith('"') and label.endswith('"') and label.count('"') == 2  # noqa: PLR2004
    return f"“{label[1:-1]}”" if lone else f"“{label}”"


def origin(item: Item, number: int | None, now: datetime) -> Line:
    """Where an item is from, how old it is, and its number in the chat."""
    parts = [item.source, age(item.published, now), f"no. {number}" if number else ""]
    return line(dim(" · ".join(part for part in parts if part)))


def _words_found(item: Item, reason: Reason) -> list[Piece]:
    """The distinct words that matched, as they stand in the item, with their counts."""
    counts: dict[str, int] = {}
    for span in reason.spans:
        words = " ".join(getattr(item, span.field)[span.start : span.end].split())
        counts[words] = counts.get(words, 0) + 1
    if not counts:
        return [Piece("it by its language, source or tags")]
    pieces: list[Piece] = []
    for words, many in counts.items():
        if pieces:
            pieces.append(Piece(", "))
        pieces.append(Piece(words, Style.MARK))
        if many > 1:
            pieces.append(Piece(f" ×{many}"))
    return pieces
