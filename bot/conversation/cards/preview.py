"""Describe a topic preview: how many items match, and how to narrow a topic that matches too many."""

from __future__ import annotations

from typing import Final

from bot.conversation.cards.card import Action, Button, Line, code, dim, line
from bot.conversation.durations import pluralise
from bot.conversation.item_search import TopicPreview
from watchers import Query, QuerySyntaxError, parse_query

NOISY_SHARE: Final = 0.02
"""A topic that matches a larger share of all items is too noisy for most users."""

# The share of fewer items is not significant.
_MIN_ITEMS_FOR_SHARE: Final = 100
_MAX_EXAMPLES: Final = 3
_MAX_NOTES: Final = 5


def example_buttons(many: int, typed: str) -> list[Button]:
    """Return the button that shows the newest of ``many`` matching items, if there are any."""
    if not many:
        return []
    return [Button(f"Show {min(many, _MAX_EXAMPLES)}", Action("show", typed))]


def note_lines(query: Query) -> list[Line]:
    """Return how input that is not of this topic language was read, with one line per operator."""
    lines = [line(note) for note in query.notes[:_MAX_NOTES]]
    hidden_count = len(query.notes) - _MAX_NOTES
    if hidden_count > 0:
        lines.append(line(f"{pluralise(hidden_count, 'more operator')} are translated as well."))
    return lines


def preview_lines(preview: TopicPreview, typed: str) -> list[Line]:
    """Return the matching items of the last week: count, rate, sources and a hint if too many."""
    if not preview.items:
        return [line("There are no items of the last 7 days to test it on.")]
    total = pluralise(preview.items, "item")
    remark = [looked_through_line(preview.looked_through)] if preview.looked_through else []
    if not preview.hits:
        verb = "was found to match" if remark else "matches"
        return [line(f"None of the {total} of the last 7 days {verb}."), *remark]
    count = f"{len(preview.hits):,}{'' if preview.is_complete else ' or more'}"
    rate = f", about {_format_rate(preview.per_day)} per day" if preview.days >= 1 else ""
    sources = f", from {pluralise(preview.sources, 'source')}"
    verb = "matches" if count == "1" else "match"
    lines = [line(f"{count} of {total} in the last 7 days {verb}{rate}{sources}.")]
    if preview.items >= _MIN_ITEMS_FOR_SHARE and preview.share > NOISY_SHARE:
        lines.append(_noisy_line(preview, typed))
    return [*lines, *remark]


def looked_through_line(count: int) -> Line:
    """Return the remark that a search ended before all items were compared."""
    return line(dim(f"The newest {count:,} candidates were looked through."))


def _noisy_line(preview: TopicPreview, typed: str) -> Line:
    warning = f"That is {preview.share:.0%} of all items and may be noisy."
    narrower = f"title:({typed})"
    try:
        query = parse_query(narrower)
    except QuerySyntaxError:
        return line(f"{warning} Add a word to narrow it.")
    remaining = sum(query.match(hit.item) is not None for hit in preview.hits)
    if remaining == len(preview.hits):
        return line(f"{warning} Add a word to narrow it.")
    return line(f"{warning} ", code(narrower), f" would match {remaining:,} of them.")


def _format_rate(per_day: float) -> str:
    return f"{per_day:.0f}" if per_day >= 1 else f"{per_day:.1f}"
