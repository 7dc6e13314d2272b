"""Between Slack's one slash command and the conversation's many: ``/tocsin topics`` is ``/topics``."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import regex

from bot.chats.slack.markup import safe_url
from bot.chats.slack.render import COMMAND
from bot.conversation.card import Card, Piece, Style
from bot.conversation.commands import Commands

_SUMMARY: Final = "/summary"
_WORDS: Final = {"summarize": "summary", "summarise": "summary"}
"""Words for commands that people are used to say to a bot."""

_OURS: Final = frozenset({Style.PLAIN, Style.DIM})


def as_message(text: str, commands: Commands, *, has_files: bool = False) -> str:
    """What was said after ``/tocsin`` or ``@Tocsin``, as the conversation takes it.

    Nothing but files asks for their summary; words that begin with no command are a topic.
    """
    words = text.strip()
    if not words:
        return _SUMMARY if has_files else "/help"
    head, _, rest = words.partition(" ")
    name = _WORDS.get(head.lower(), head)
    if words.startswith("/"):
        return words
    return f"/{name} {rest}".strip() if commands.knows(name) else words


def page_to_sum_up(text: str) -> str:
    """The address in ``/summary https://…``; "" where it asks for something else."""
    head, _, rest = text.partition(" ")
    return rest.strip() if head == _SUMMARY and safe_url(rest.strip()) else ""


def in_slack(card: Card, commands: Commands) -> Card:
    """The card with our commands as they are typed here: ``/topics`` is ``/tocsin topics``."""
    names = "|".join(command.name for command in commands.all)
    pattern = regex.compile(rf"(?<![\p{{L}}\p{{N}}/:])/(?=(?:{names})\b)")

    def spelt(piece: Piece) -> Piece:
        if piece.style not in _OURS or piece.url or "/" not in piece.text:
            return piece
        return replace(piece, text=pattern.sub(f"{COMMAND} ", piece.text))

    return replace(card, lines=tuple(tuple(spelt(piece) for piece in line) for line in card.lines))
