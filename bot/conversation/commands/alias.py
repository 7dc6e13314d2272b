"""Aliases: names that a chat gives to topics. /alias."""

from __future__ import annotations

from typing import Final

import regex

from bot.conversation.cards.card import Card, Line, code, line, make_card, strong
from bot.conversation.cards.preview import note_lines
from bot.conversation.registry import Command
from bot.conversation.request import CommandRequest
from bot.conversation.topics import read_query
from bot.errors import UserError
from bot.runtime.clock import Clock
from bot.store import Database
from bot.store.chats.chats import get_or_create_chat
from bot.store.chats.topics import read_aliases, remove_alias, write_alias

MAX_ALIASES: Final = 100
"""Aliases per chat."""

_NAME: Final = regex.compile(r"[\p{L}\p{M}\p{N}_-]{2,40}")
_RESERVED_NAMES: Final = frozenset({"and", "or", "not", "near", "onear"})
_EXAMPLE: Final = '/alias dprk = "north korea", pyongyang'


class AliasCommands:
    """The command that lists and changes the aliases of a chat."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    @property
    def commands(self) -> tuple[Command, ...]:
        """Return the commands."""
        return (
            Command(
                "alias",
                self.alias,
                "a name for a topic",
                "NAME = TOPIC",
                requires_admin=True,
                read_only_without_argument=True,
            ),
        )

    async def alias(self, request: CommandRequest) -> list[Card]:
        """List the aliases, or set one (``dprk = "north korea"``) or remove it (``dprk =``)."""
        name, sign, meaning = (part.strip() for part in request.argument.partition("="))
        async with self._database.writing() as connection:
            chat_id = await get_or_create_chat(connection, request.ref, now=self._clock())
            aliases = await read_aliases(connection, chat_id)
            if not request.argument:
                return [_list_card(aliases)]
            key = normalise_alias_name(name)
            if not sign:
                return [_alias_card(name, aliases.get(key))]
            if not meaning:
                is_removed = await remove_alias(connection, chat_id, key)
                text = " is removed from your aliases." if is_removed else " is not an alias."
                return [make_card(line(strong(name), text))]
            if len(aliases) >= MAX_ALIASES and key not in aliases:
                raise UserError(
                    f"you already have {MAX_ALIASES} aliases; /alias NAME = removes one"
                )
            query = read_query(meaning)
            await write_alias(connection, chat_id, key, meaning)
        return [
            make_card(
                line(strong(name), f" now means {query.describe()}."),
                *note_lines(query),
                "You can use it in new topics. The topics that you already follow do not change.",
            )
        ]


def normalise_alias_name(name: str) -> str:
    """Return ``name`` case-folded, as the store keeps it.

    Raises:
        UserError: ``name`` is not valid as an alias.
    """
    if not _NAME.fullmatch(name) or name.casefold() in _RESERVED_NAMES:
        raise UserError(
            f"“{name}” cannot be an alias; use one word of letters and digits, as in {_EXAMPLE}"
        )
    return name.casefold()


def _list_card(aliases: dict[str, str]) -> Card:
    if not aliases:
        return make_card(line("You have no aliases yet: ", code(_EXAMPLE)))
    lines: list[Line] = [line("Your aliases:")]
    lines.extend(line("  ", strong(name), f" = {meaning}") for name, meaning in aliases.items())
    return make_card(*lines)


def _alias_card(name: str, meaning: str | None) -> Card:
    if meaning is None:
        raise UserError(f"“{name}” is not an alias; set it with /alias {name} = …")
    return make_card(line(strong(name), f" = {meaning}"))
