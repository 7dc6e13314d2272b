"""The catch-up: alerts that waited too long, in one message instead of a late burst."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.conversation.card import Card, Line, code, dim, line, strong
from bot.conversation.item_cards import list_lines
from bot.conversation.times import plural
from bot.model import Shown


def catch_up_card(newest: Sequence[Shown], total: int, *, now: datetime) -> Card:
    """The newest of ``total`` items that could not be told in time, in their order."""
    lines: list[Line] = [
        line(strong(f"{plural(total, 'item')} came while nothing could be sent here"))
    ]
    for shown in newest:
        lines.extend(list_lines(shown, now=now))
    older = total - len(newest)
    if older:
        lines.append(line(dim(f"and {older:,} before these; "), code(f"/latest {min(total, 50)}")))
    lines.append(line(code(f"/summary {newest[-1].number}"), dim(" sums one up")))
    return Card(tuple(lines))
