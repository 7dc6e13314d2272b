"""Between Slack's one slash command and the conversation's many: ``/tocsin topics`` is ``/topics``."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import regex

from bot.chats.slack.markup import safe_url
from bot.chats.slack.render import COMMAND
from bot.conversation.card import Button, Card, Piece, Style
from bot.conversation.commands import Commands
from bot.conversation.rhythms import VERB as WISH
from bot.timing.quiet import Way

SUMMARY: Final = "summary"
"""The command for what an article says."""

_WORDS: Final = {"summarize": SUMMARY, "summarise": SUMMARY}
"""Words for commands that people are used to say to a bot."""

_SETS_A_CLOCK: Final = regex.compile(r"/(?:digest|quiet)\s\S")
_SILENT: Final = regex.compile(r"/quiet\s.*\bsilent(?:ly)?$", regex.IGNORECASE)

_OURS: Final = frozenset({Style.PLAIN, Style.DIM})


def as_message(text: str, commands: Commands, *, has_files: bool = False) -> str:
    """What was said after ``/tocsin`` or ``@Tocsin``, as the conversation takes it.

    Nothing but files asks for their summary; words that begin with no command are a topic.
    """
    words = text.strip()
    if not words:
        return f"/{SUMMARY}" if has_files else "/help"
    head, _, rest = words.partition(" ")
    name = _WORDS.get(head.lower(), head)
    if words.startswith("/"):
        return words
    return f"/{name} {rest}".strip() if commands.knows(name) else words


def page_to_sum_up(text: str) -> str:
    """The address in ``/summary https://…``; "" where it asks for something else."""
    head, _, rest = text.partition(" ")
    return rest.strip() if head == f"/{SUMMARY}" and safe_url(rest.strip()) else ""


def sets_a_clock(text: str) -> bool:
    """Whether a command says a time of day: it is meant by the person's own clock."""
    return _SETS_A_CLOCK.match(text) is not None


def has_no_sound(text: str) -> bool:
    """Whether a command asks for messages without a sound, which Slack does not have."""
    return _SILENT.match(text) is not None


def in_slack(card: Card, commands: Commands) -> Card:
    """The card with our commands as they are typed here: ``/topics`` is ``/tocsin topics``."""
    names = "|".join(command.name for command in commands.all)
    pattern = regex.compile(rf"(?<![\p{{L}}\p{{N}}/:])/(?=(?:{names})\b)")

    def spelt(piece: Piece) -> Piece:
        if piece.style not in _OURS or piece.url or "/" not in piece.text:
            return piece
        return replace(piece, text=pattern.sub(f"{COMMAND} ", piece.text))

    lines = tuple(tuple(spelt(piece) for piece in line) for line in card.lines)
    buttons = tuple(one for one in card.buttons if not _is_silent(one))
    return replace(card, lines=lines, buttons=buttons)


def _is_silent(button: Button) -> bool:
    """Whether a button asks for messages without a sound."""
    action = button.action
    return action.verb == WISH and action.argument.endswith(f" {Way.SILENT.value}")
