"""Briefings: several stories in one message, by topic.

Briefing: 12 stories, 1 of 2

sanctions
3. New sanctions against the bank
   Radio North · 2 h ago · also Daily Post and 3 more
   The council agreed on Monday to freeze what the bank holds abroad.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Final

from bot.conversation.card import Card, Line, Piece, Style, code, dim, line, strong
from bot.conversation.times import age, plural
from bot.model import Briefed, Briefing
from bot.store.digests import STORIES
from watchers.text.clean import shorten

_TITLE: Final = 140  # characters; of seven stories in all, less than the 4,096 that Telegram takes
_TITLE_ALONE: Final = 90  # of twenty stories in all
_SOURCE: Final = 30
_GIST: Final = 200
_LABEL: Final = 60
_ALSO: Final = 2  # further sources by name
_LISTED: Final = 20  # items that /latest lists at most
_BETWEEN: Final[Line] = ()


def briefing_card(briefing: Briefing, said: Mapping[int, str], *, now: datetime) -> Card:
    """One message of a briefing; ``said``: a sentence by item."""
    if not briefing.total:
        return Card((line("Nothing new on your topics."),))
    which = f", {briefing.part} of {briefing.parts}" if briefing.parts > 1 else ""
    heading = line(strong(f"Briefing: {_stories(briefing.total)}{which}"))
    told = title_lines(briefing.stories) if briefing.is_list else None
    lines = [heading, *(told or story_lines(briefing.stories, said, now=now))]
    if briefing.more:
        smaller = f"and {_stories(briefing.more)} that fewer sources tell; "
        lines.append(line(dim(smaller), code(f"/latest {_LISTED}")))
    if not briefing.stories:
        lines.append(line("They were told in the meantime."))
    return Card(tuple(lines))


def stories_cards(
    stories: Sequence[Briefed], said: Mapping[int, str], total: int, when: str, *, now: datetime
) -> list[Card]:
    """The biggest of ``total`` stories in as many messages as they need; ``when``: of which time."""
    parts = [stories[at : at + STORIES] for at in range(0, len(stories), STORIES)]
    cards = []
    for number, part in enumerate(parts, start=1):
        which = f", {number} of {len(parts)}" if len(parts) > 1 else ""
        heading = line(strong(f"{_stories(total)}{when}{which}"))
        lines = [heading, *story_lines(part, said, now=now)]
        if number == len(parts) and total > len(stories):
            lines.append(line(dim(f"and {_stories(total - len(stories))} that fewer sources tell")))
        cards.append(Card(tuple(lines)))
    return cards


def story_lines(
    stories: Sequence[Briefed], said: Mapping[int, str], *, now: datetime
) -> list[Line]:
    """Stories, each with its title, sources and a sentence, beneath the topic they are told for."""
    lines: list[Line] = []
    for label, of_topic in groupby(stories, key=_topic):
        for number, one in enumerate(of_topic):
            lines += [_BETWEEN] if number or label else []
            lines += [_topic_line(label)] if label and not number else []
            lines += _lines(one, said.get(one.shown.item_id, ""), now)
    return lines


def title_lines(stories: Sequence[Briefed]) -> list[Line]:
    """Stories in one line each: title and source."""
    lines: list[Line] = []
    for label, of_topic in groupby(stories, key=_topic):
        lines += [_BETWEEN, _topic_line(label)] if label else []
        for one in of_topic:
            item = one.shown.item
            title = Piece(shorten(item.title, _TITLE_ALONE), Style.PLAIN, item.url)
            lines.append(line(_number(one), title, dim(f"  {shorten(item.source, _SOURCE)}")))
    return lines


def _topic(one: Briefed) -> str:
    return one.shown.reasons[0].label if one.shown.reasons else ""


def _topic_line(label: str) -> Line:
    return line(Piece(shorten(label, _LABEL), Style.MARK))


def _number(one: Briefed) -> str:
    return f"{one.shown.number}. " if one.shown.number else "• "


def _lines(one: Briefed, said: str, now: datetime) -> list[Line]:
    item = one.shown.item
    title = Piece(shorten(item.title, _TITLE), Style.STRONG, item.url)
    others = [shorten(name, _SOURCE) for name in one.sources if name != item.source]
    also = f"also {', '.join(others[:_ALSO])}" if others else ""
    if len(others) > _ALSO:
        also += f" and {len(others) - _ALSO} more"
    parts = [shorten(item.source, _SOURCE), age(item.published, now), also]
    origin = " · ".join(part for part in parts if part)
    lines: list[Line] = [line(_number(one), title)]
    if origin:
        lines.append(line("   ", dim(origin)))
    if said:
        lines.append(line("   ", shorten(said, _GIST)))
    return lines


def _stories(many: int) -> str:
    return "1 story" if many == 1 else f"{plural(many, 'storie')}"
