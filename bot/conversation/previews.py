"""A preview in words: how much a topic would have brought, and what to do where that is too much."""

from __future__ import annotations

from typing import Final

from bot.conversation.card import Action, Button, Line, code, line
from bot.conversation.finder import Preview
from bot.conversation.times import plural
from watchers import QuerySyntaxError, parse_query

NOISY_SHARE: Final = 0.02
"""A topic that matches more of everything than this will be too much for most people."""

_ENOUGH_TO_JUDGE: Final = 100  # items; of fewer, two in a hundred says nothing


_SOME: Final = 3  # items that a look shows


def show_some(many: int, typed: str) -> list[Button]:
    """The button that shows the newest few of ``many`` items that match, if there are any."""
    if not many:
        return []
    return [Button(f"Show {min(many, _SOME)}", Action("show", typed))]


def preview_lines(preview: Preview, typed: str) -> list[Line]:
    """How many items of the last week match, how many that is a day, and from how many sources."""
    if not preview.items:
        return [line("Nothing came in the last 7 days to try it on.")]
    if not preview.hits:
        among = plural(preview.items, "item")
        return [line(f"None of the {among} of the last 7 days matches.")]
    many = f"{len(preview.hits):,}{'' if preview.is_whole else ' or more'}"
    rate = f", about {_rate(preview.a_day)} a day" if preview.days >= 1 else ""
    from_sources = f", from {plural(preview.sources, 'source')}"
    verb = "matches" if many == "1" else "match"
    among = plural(preview.items, "item")
    lines = [line(f"{many} of {among} in the last 7 days {verb}{rate}{from_sources}.")]
    if preview.items >= _ENOUGH_TO_JUDGE and preview.share > NOISY_SHARE:
        lines.append(_too_much(preview, typed))
    return lines


def _too_much(preview: Preview, typed: str) -> Line:
    said = f"That is {preview.share:.0%} of everything, and may be noisy."
    narrower = f"title:({typed})"
    try:
        query = parse_query(narrower)
    except QuerySyntaxError:
        return line(f"{said} One more word would narrow it.")
    left = sum(query.match(hit.item) is not None for hit in preview.hits)
    if left == len(preview.hits):
        return line(f"{said} One more word would narrow it.")
    return line(f"{said} ", code(narrower), f" would bring {left:,} of them.")


def _rate(a_day: float) -> str:
    return f"{a_day:.0f}" if a_day >= 1 else f"{a_day:.1f}"
