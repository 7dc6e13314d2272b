"""Cards of a story after its alert: the alert as it reads now, what is new, and all of its items."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.conversation.card import Card, Line, Piece, Style, dim, line, strong
from bot.conversation.item_cards import alert_card, origin
from bot.conversation.times import plural
from bot.model import Shown
from watchers import Item


def edited_card(shown: Shown, newest: Item | None, *, now: datetime) -> Card:
    """The alert in its own place, as it reads now; with the ``newest`` item where no reply tells it."""
    card = alert_card(shown, now=now)
    if newest is None or newest.key == shown.item.key:
        return card
    latest = line(dim("Newest: "), Piece(newest.title, Style.PLAIN, newest.url))
    return replace(card, lines=(*card.lines[:2], latest, *card.lines[2:]))


def follow_up_card(shown: Shown, *, now: datetime) -> Card:
    """A later item of a story that was told, because it brings something new."""
    card = alert_card(replace(shown, also=()), now=now)
    title, *rest = card.lines
    return replace(card, lines=((Piece("New: ", Style.DIM), *title), *rest))


def story_card(
    title: str, many: int, told: Sequence[tuple[Item, datetime]], *, now: datetime
) -> Card:
    """Every item of a story, newest first: source, time and link."""
    lines: list[Line] = [line(strong(title)), line(dim(f"{plural(many, 'item')} of this story:"))]
    for item, found_at in told:
        entry = Piece(item.title, Style.PLAIN, item.url)
        lines.append(line("• ", entry))
        dated = replace(item, published=item.published or found_at)
        lines.append(line("   ", *origin(dated, None, now)))
    if many > len(told):
        lines.append(line(dim(f"and {many - len(told):,} older")))
    return Card(tuple(lines))
