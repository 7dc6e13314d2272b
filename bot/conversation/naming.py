"""A chat's own words for topics: /alias."""

from __future__ import annotations

from typing import Final

import regex

from bot.clock import Clock
from bot.conversation.card import Card, Line, code, line, say, strong
from bot.conversation.commands import Command
from bot.conversation.queries import read_query
from bot.conversation.request import Request
from bot.errors import MisuseError
from bot.store import Database
from bot.store.aliases import read_aliases, remove_alias, write_alias
from bot.store.chats import ensure_chat

_NAME: Final = regex.compile(r"[\p{L}\p{M}\p{N}_-]{2,40}")
MOST: Final = 100
"""Words of one chat."""

_RESERVED: Final = frozenset({"and", "or", "not", "near", "onear"})


class Naming:
    """The use case of /alias."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    @property
    def commands(self) -> tuple[Command, ...]:
        """What people type."""
        about = "a word of your own"
        return (Command("alias", self.alias, about, "NAME = TOPIC", changes=True, lists=True),)

    async def alias(self, request: Request) -> list[Card]:
        """List the chat's words, set one (``dprk = "north korea", pyongyang``) or drop it (``dprk =``)."""
        name, sign, meaning = (part.strip() for part in request.argument.partition("="))
        async with self._database.writing() as connection:
            chat_id = await ensure_chat(connection, request.ref, now=self._clock())
            known = await read_aliases(connection, chat_id)
            if not request.argument:
                return [_listed(known)]
            key = checked_name(name)
            if not sign:
                return [_told(name, known.get(key))]
            if not meaning:
                gone = await remove_alias(connection, chat_id, key)
                said = " is a plain word again." if gone else " is no word of yours."
                return [say(line(strong(name), said))]
            if len(known) >= MOST and key not in known:
                raise MisuseError(f"there are {MOST} words already; drop one: /alias NAME =")
            query = read_query(meaning)
            await write_alias(connection, chat_id, key, meaning)
        return [
            say(
                line(strong(name), f" now stands for {query.explain()}."),
                "Topics that you follow from now on may use it; those you follow stay as they are.",
            )
        ]


def checked_name(name: str) -> str:
    """``name`` as words of a chat are kept: case-folded.

    Raises:
        MisuseError: it cannot be one.
    """
    if not _NAME.fullmatch(name) or name.casefold() in _RESERVED:
        raise MisuseError(
            f"“{name}” cannot be a word of yours; take one word of letters and digits,"
            ' as in /alias dprk = "north korea", pyongyang'
        )
    return name.casefold()


def _listed(known: dict[str, str]) -> Card:
    example = code('/alias dprk = "north korea", pyongyang')
    if not known:
        return say(line("You have no words of your own yet: ", example))
    lines: list[Line] = [line("Your own words:")]
    lines.extend(line("  ", strong(name), f" = {meaning}") for name, meaning in known.items())
    return say(*lines)


def _told(name: str, meaning: str | None) -> Card:
    if meaning is None:
        raise MisuseError(f"“{name}” is no word of yours; set it with /alias {name} = …")
    return say(line(strong(name), f" = {meaning}"))
