"""Describe a topic preview: how many items match, and how to narrow a topic that matches too many."""

from __future__ import annotations

from collections import Counter
from typing import Final

import regex

from bot.conversation.cards.card import Action, Button, Card, Line, code, dim, line, make_card
from bot.conversation.durations import pluralise
from bot.conversation.item_search import MIN_ITEMS_FOR_SHARE, TopicPreview
from watchers import Query, QuerySyntaxError, parse_query

NOISY_SHARE: Final = 0.02
"""A topic that matches a larger share of all items is too noisy for most users."""

_WORD: Final = regex.compile(r"\p{L}{5,}")
# Both limits exclude words that would leave too few items, or nearly all of them.
_MIN_NARROWED_HITS: Final = 3
_MAX_NARROWED_SHARE: Final = 0.5
_ONE_PERCENT: Final = 0.01
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
    general = _general_news_lines(preview, typed)
    if not preview.items:
        return [line("There are no items of the last 7 days to test it on."), *general]
    total = pluralise(preview.items, "item")
    remark = [looked_through_line(preview.looked_through)] if preview.looked_through else []
    if not preview.hits:
        verb = "was found to match" if remark else "matches"
        return [line(f"None of the {total} of the last 7 days {verb}."), *remark, *general]
    count = f"{len(preview.hits):,}{'' if preview.is_complete else ' or more'}"
    rate = f", about {_format_rate(preview.per_day)} per day" if preview.days >= 1 else ""
    sources = f", from {pluralise(preview.sources, 'source')}"
    verb = "matches" if count == "1" else "match"
    lines = [line(f"{count} of {total} in the last 7 days {verb}{rate}{sources}.")]
    if preview.items >= MIN_ITEMS_FOR_SHARE and preview.share > NOISY_SHARE:
        lines.append(_noisy_line(preview, typed))
    return [*lines, *general, *remark]


def looked_through_line(count: int) -> Line:
    """Return the remark that a search ended before all items were compared."""
    return line(dim(f"The newest {count:,} candidates were looked through."))


def broad_topic_lines(preview: TopicPreview, typed: str) -> list[Line]:
    """Return only the warning about a topic that matches too many items, if it does."""
    if preview.items >= MIN_ITEMS_FOR_SHARE:
        return [_noisy_line(preview, typed)] if preview.share > NOISY_SHARE else []
    return _general_news_lines(preview, typed)


def _general_news_lines(preview: TopicPreview, typed: str) -> list[Line]:
    """Return a warning about a topic that would match too much of general news."""
    share, title_share = preview.general_share, preview.general_title_share
    if share is None or share <= NOISY_SHARE:
        return []
    warning = f"About {_format_share(share)} of general news matches, so this topic may be noisy."
    if title_share is None or title_share >= share:
        return [line(f"{warning} Add a word with AND to narrow it.")]
    return [
        line(
            f"{warning} ",
            code(f"title:({typed})"),
            f" would match {_about(title_share)}. You can also add a word with AND.",
        )
    ]


def _noisy_line(preview: TopicPreview, typed: str) -> Line:
    warning = f"That is {preview.share:.0%} of all items and may be noisy."
    for narrower in (f"title:({typed})", *_narrower_topics(preview, typed)):
        remaining = _count_matches(preview, narrower)
        if 0 < remaining < len(preview.hits):
            return line(f"{warning} ", code(narrower), f" would match {remaining:,} of them.")
    return line(f"{warning} Add a word with AND to narrow it.")


def _narrower_topics(preview: TopicPreview, typed: str) -> list[str]:
    """Return the topic with the commonest word of the matching titles that narrows it."""
    counts = Counter(
        word for hit in preview.hits for word in {*_WORD.findall(hit.item.title.casefold())}
    )
    most = _MAX_NARROWED_SHARE * len(preview.hits)
    words = [word for word, count in counts.most_common() if _MIN_NARROWED_HITS <= count <= most]
    return [f"({typed}) AND {word}" for word in words[:1]]


def _count_matches(preview: TopicPreview, topic: str) -> int:
    """Return how many of the matching items also match ``topic``; 0 if it cannot be parsed."""
    try:
        query = parse_query(topic)
    except QuerySyntaxError:
        return 0
    return sum(query.match(hit.item) is not None for hit in preview.hits)


def _about(share: float) -> str:
    text = _format_share(share)
    return text if text.startswith("less") else f"about {text}"


def _format_share(share: float) -> str:
    if share < _ONE_PERCENT / 10:
        return "less than 0.1%"
    return f"{share:.0%}" if share >= _ONE_PERCENT else f"{share:.1%}"


def _format_rate(per_day: float) -> str:
    return f"{per_day:.0f}" if per_day >= 1 else f"{per_day:.1f}"


def matches_line(match_count: int, total: int, most: int) -> Line:
    """Return how many of ``total`` stored items match. ``most`` is the largest number that is counted."""
    if not total:
        return line("There are no items yet. You get an alert for the first match.")
    stored = pluralise(total, "stored item")
    if not match_count:
        return line(f"None of {stored} matches. You get an alert for the first match.")
    count = f"{match_count:,}{' or more' if match_count == most else ''}"
    verb = "matches" if match_count == 1 else "match"
    return line(
        f"{count} of {stored} {verb}: ",
        code("/latest"),
        " shows them. You get alerts for new ones.",
    )


def period_card(typed: str, topic: str) -> Card:
    """Ask whether to search or to follow ``topic``, which was typed with a period."""
    return make_card(
        line("Alerts are only about new items, so a topic has no period."),
        buttons=(
            Button("Search stored items", Action("search", typed)),
            Button(f"Follow {topic}", Action("subscribe", topic)),
            Button("No", Action("dismiss")),
        ),
        is_question=True,
    )
