"""Cards about one item or one story: alerts, follow-ups, list entries and explanations."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import pairwise
from typing import Final

import regex

from bot.conversation.cards.card import (
    Action,
    Button,
    Card,
    Line,
    Style,
    TextSpan,
    dim,
    line,
    strong,
)
from bot.conversation.durations import format_age, pluralise
from bot.models import ChatItem, TopicMatch
from watchers import Item, Span
from watchers.stories.copies import find_originals, independent_sources
from watchers.topics.explain import MatchExplanation

_SNIPPET_LENGTH: Final = 240
_MAX_CONTEXT_BEFORE: Final = 80
"""Characters of a snippet before the first matched word."""

_MAX_NEWS_PARTS: Final = 4
_MAX_NEWS_PART: Final = 60

_ELLIPSIS: Final = "…"
# The end of a sentence: not after "U.N.", and not before a lower-case letter.
_SENTENCE_END: Final = regex.compile(r"[\p{Ll}\p{Nd})\]”\"’'][.!?…]\s+(?!\p{Ll})|\n+|[。！？]")
_MAX_NAMED_SOURCES: Final = 2
_ITEM_BUTTONS: Final = (("Summary", "summary"), ("Why", "why"))
_TOPIC_BUTTONS: Final = (
    ("Mute", "mute"),
    ("Less like this", "less"),
    ("Unsubscribe", "unsubscribe"),
)


# ── cards ───────────────────────────────────────────────────────────────────────────────────────────


def alert_card(shown: ChatItem, *, now: datetime) -> Card:
    """Return the alert: title, source, age, the matched words in context, and its buttons."""
    excerpt = snippet(shown.item, shown.reasons)
    number = str(shown.number)
    lines: list[Line] = [_title_line(shown), source_line(shown.item, shown.number, now)]
    if excerpt:
        lines.append(tuple(excerpt))
    if shown.other_sources:
        lines.append(line(dim(other_sources_text(shown.other_sources))))
    if shown.reasons:
        topics = topic_names([reason.label for reason in shown.reasons])
        lines.append(line(dim(f"You follow {topics}")))
    buttons = tuple(
        Button(label, Action(verb, number, item=number))
        for label, verb in (*_ITEM_BUTTONS, *(_TOPIC_BUTTONS if shown.reasons else ()))
    )
    return Card(tuple(lines), buttons)


def edited_card(shown: ChatItem, newest: Item | None, *, now: datetime) -> Card:
    """Return the current text of an alert, with the ``newest`` item if no reply reports it."""
    card = alert_card(shown, now=now)
    if newest is None or newest.key == shown.item.key:
        return card
    newest_line = line(
        dim("Newest: "), TextSpan(newest.title, Style.PLAIN, newest.url, is_foreign=True)
    )
    return replace(card, lines=(*card.lines[:2], newest_line, *card.lines[2:]))


def follow_up_card(
    shown: ChatItem, *, now: datetime, news: Sequence[str] = (), alert_number: int | None = None
) -> Card:
    """Return the follow-up about a later item of a story that brings new information.

    Args:
        shown: the later item.
        now: the current time.
        news: the new names and numbers.
        alert_number: the number of the alert of the story.
    """
    # The alert already lists the other sources.
    card = alert_card(replace(shown, other_sources=()), now=now)
    title, *other_lines = card.lines
    news_text = ", ".join(part[:_MAX_NEWS_PART] for part in news[:_MAX_NEWS_PARTS])
    story_text = f"news of no. {alert_number}" if alert_number is not None else ""
    details = " · ".join(part for part in (news_text, story_text) if part)
    detail_lines = [line(TextSpan(details, Style.DIM, is_foreign=True))] if details else []
    first = (TextSpan("New: ", Style.DIM), *title)
    return replace(card, lines=(first, *detail_lines, *other_lines))


def story_card(
    title: str, many: int, items: Sequence[tuple[Item, datetime]], *, now: datetime
) -> Card:
    """Return the items of a story, newest first.

    Args:
        title: the title of the story.
        many: the number of items of the story; may exceed the number of ``items``.
        items: the newest items, each with the time at which it was found.
        now: the current time.
    """
    oldest_first = [item for item, _ in reversed(items)]
    sources = independent_sources(oldest_first)
    originals = find_originals(oldest_first)[::-1]
    counts = f"{pluralise(many, 'item')} from {pluralise(len(sources), 'independent source')}"
    lines: list[Line] = [line(strong(title)), line(dim(f"{counts}, first in {sources[0]}:"))]
    for position, (item, found_at) in enumerate(items):
        lines.append(line("• ", TextSpan(item.title, Style.PLAIN, item.url, is_foreign=True)))
        dated = replace(item, published=item.published or found_at)
        original = oldest_first[originals[position]]
        is_copy = original.source != item.source
        copied = (
            (TextSpan(f" · same text as {original.source}", Style.DIM, is_foreign=True),)
            if is_copy
            else ()
        )
        lines.append(line("   ", *source_line(dated, None, now), *copied))
    if many > len(items):
        lines.append(line(dim(f"and {many - len(items):,} older")))
    return Card(tuple(lines))


def why_card(shown: ChatItem) -> Card:
    """Return the topics that an item matched, each with the matched words."""
    lines: list[Line] = [line("Why you got ", strong(shown.item.title))]
    if not shown.reasons:
        lines.append(line("It matches none of the topics you follow now."))
    for reason in shown.reasons:
        meaning = reason.query.describe() if reason.query else "this topic cannot be read now"
        lines.append(line("• You follow ", strong(reason.label), f": {meaning}."))
        lines.append(line("   Found ", *_matched_words(shown.item, reason)))
        lines += [line(f"   {text}") for text in _found_distances(shown.item, reason)]
        lines.append((TextSpan("   "), *snippet(shown.item, [reason])))
    return Card(tuple(lines), heading_lines=1)


def why_not_card(shown: ChatItem, topic: str, explanation: MatchExplanation) -> Card:
    """Return why a topic matches an item or not, with one line per leaf and distance."""
    verb = "matches" if explanation.matches else "does not match"
    lines: list[Line] = [line(strong(topic), f" {verb} ", strong(shown.item.title), ":")]
    lines.extend(line(f"• {text}") for text in explanation.lines)
    return Card(tuple(lines))


def shared_item_card(item: Item, reasons: Sequence[TopicMatch], *, now: datetime) -> Card:
    """Return an item for sharing into another chat: title, source, age and the matched words."""
    spans = spans_of(reasons)
    title = tuple(highlight_spans(item.title, "title", spans, base=Style.STRONG, url=item.url))
    excerpt = tuple(snippet(item, reasons))
    return Card((title, source_line(item, None, now), *((excerpt,) if excerpt else ())))


# ── parts of cards ──────────────────────────────────────────────────────────────────────────────────


def list_lines(shown: ChatItem, *, now: datetime) -> list[Line]:
    """Return the lines of an item in a list: number and title, then source and age."""
    return [
        (TextSpan(f"{shown.number}. "), *_title_line(shown)),
        line("   ", *source_line(shown.item, None, now)),
    ]


def source_line(item: Item, number: int | None, now: datetime) -> Line:
    """Return the source of an item, its age and its number in the chat."""
    parts = [item.source, format_age(item.published, now), f"no. {number}" if number else ""]
    text = " · ".join(part for part in parts if part)
    return line(TextSpan(text, Style.DIM, is_foreign=True))


def other_sources_text(sources: Sequence[str]) -> str:
    """Return the other sources of a story: "Also in AP, BBC and 3 more"."""
    named = sources[:_MAX_NAMED_SOURCES]
    remaining = len(sources) - len(named)
    if remaining > 0:
        return f"Also in {', '.join(named)} and {remaining:,} more"
    return f"Also in {' and '.join(named)}"


def topic_names(labels: Sequence[str]) -> str:
    """Return topics as an enumeration: “a”, “b” and “c”."""
    names = [_quote(label) for label in labels]
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else "".join(names)


def _title_line(shown: ChatItem) -> Line:
    item = shown.item
    spans = spans_of(shown.reasons)
    return tuple(highlight_spans(item.title, "title", spans, base=Style.STRONG, url=item.url))


def _quote(label: str) -> str:
    # A single phrase already has quotation marks: replace them by typographic ones.
    is_phrase = label.startswith('"') and label.endswith('"') and label.count('"') == 2  # noqa: PLR2004
    return f"“{label[1:-1]}”" if is_phrase else f"“{label}”"


def _found_distances(item: Item, reason: TopicMatch) -> list[str]:
    """Return the distance between the words of each NEAR of a topic that holds for the item."""
    if reason.query is None:
        return []
    reports = reason.query.explain_match(item).distances
    return [
        str(report)
        for report in reports
        if report.wanted and report.found is not None and report.found <= report.maximum
    ]


def _matched_words(item: Item, reason: TopicMatch) -> list[TextSpan]:
    """Return the distinct words of the item that matched, with their counts."""
    counts: dict[str, int] = {}
    for span in reason.spans:
        words = " ".join(getattr(item, span.field)[span.start : span.end].split())
        counts[words] = counts.get(words, 0) + 1
    if not counts:
        return [TextSpan("it by its language, source or tags")]
    pieces: list[TextSpan] = []
    for words, count in counts.items():
        if pieces:
            pieces.append(TextSpan(", "))
        pieces.append(TextSpan(words, Style.HIGHLIGHT))
        if count > 1:
            pieces.append(TextSpan(f" ×{count}"))
    return pieces


# ── highlighted text ────────────────────────────────────────────────────────────────────────────────


def spans_of(reasons: Iterable[TopicMatch]) -> list[Span]:
    """Return the spans of all topics in order, without overlaps."""
    # Longer spans first at the same start, so that the longest match is highlighted.
    ordered = sorted(
        {span for reason in reasons for span in reason.spans},
        key=lambda span: (span.field, span.start, -span.end),
    )
    spans: list[Span] = []
    for span in ordered:
        if not spans or spans[-1].field != span.field or span.start >= spans[-1].end:
            spans.append(span)
    return spans


def highlight_spans(
    text: str,
    field: str,
    spans: Sequence[Span],
    *,
    base: Style = Style.PLAIN,
    url: str | None = None,
) -> list[TextSpan]:
    """Return ``text``, the whole ``field`` of an item, with the matched words highlighted."""
    field_spans = [span for span in spans if span.field == field]
    return _cut(text, field_spans, 0, len(text), base=base, url=url)


def snippet(item: Item, reasons: Sequence[TopicMatch]) -> list[TextSpan]:
    """Return one or two lines of the item: where most topics matched, else its beginning."""
    spans = spans_of(reasons)
    for field in ("lead", "text"):
        field_spans = [span for span in spans if span.field == field]
        if field_spans:
            position = _best_position(field_spans, reasons)
            return _cut_snippet(getattr(item, field), field_spans, position)
    return _cut_snippet(item.lead or item.text, [], 0)


def _best_position(spans: Sequence[Span], reasons: Sequence[TopicMatch]) -> int:
    """Return the first position whose snippet contains matches of the most topics."""

    def count_topics(first: Span) -> int:
        # Less than the length of a snippet, because the snippet may start before the span.
        window = range(first.start, first.start + _SNIPPET_LENGTH - _MAX_CONTEXT_BEFORE)
        return sum(
            any(span.field == first.field and span.start in window for span in reason.spans)
            for reason in reasons
        )

    return max(spans, key=lambda span: (count_topics(span), -span.start)).start


def _cut_snippet(text: str, spans: Sequence[Span], position: int) -> list[TextSpan]:
    if not text:
        return []
    start = _snippet_start(text, position)
    end = min(len(text), start + _SNIPPET_LENGTH)
    if end < len(text):
        last_space = text.rfind(" ", start, end)
        end = last_space if last_space > start + _SNIPPET_LENGTH // 2 else end
    pieces = _cut(text, [span for span in spans if span.end <= end], start, end)
    opening = [TextSpan(_ELLIPSIS)] if start > 0 and not _starts_sentence(text, start) else []
    closing = [TextSpan(_ELLIPSIS)] if end < len(text) else []
    return [*opening, *pieces, *closing]


def _snippet_start(text: str, position: int) -> int:
    """Return the start of the sentence around ``position``, or of a word shortly before it."""
    earliest = max(0, position - _MAX_CONTEXT_BEFORE)
    ends = (match.end() for match in _SENTENCE_END.finditer(text, earliest, position + 1))
    sentence_starts = [end for end in ends if end <= position]
    if sentence_starts:
        return sentence_starts[-1]
    if earliest == 0:
        return 0
    space = text.find(" ", earliest, position)
    return space + 1 if space >= 0 else earliest


def _starts_sentence(text: str, start: int) -> bool:
    # A sentence end has up to three characters before the next sentence: "s. ".
    return (
        text[start - 1] == "\n"
        or _SENTENCE_END.fullmatch(text, max(0, start - 3), start) is not None
    )


def _cut(
    text: str,
    spans: Sequence[Span],
    start: int,
    end: int,
    *,
    base: Style = Style.PLAIN,
    url: str | None = None,
) -> list[TextSpan]:
    """Return ``text[start:end]`` with highlighted spans; line breaks become spaces."""
    inside = [span for span in spans if start <= span.start and span.end <= end]
    borders = [start, *(border for span in inside for border in (span.start, span.end)), end]
    pieces: list[TextSpan] = []
    for index, (left, right) in enumerate(pairwise(borders)):
        words = text[left:right].replace("\n\n", " ").replace("\n", " ")
        if words:
            # Every second piece lies inside a span.
            pieces.append(
                TextSpan(words, Style.HIGHLIGHT if index % 2 else base, url, is_foreign=True)
            )
    return pieces
