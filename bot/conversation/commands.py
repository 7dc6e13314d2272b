"""The commands: what each is called, what it takes and what it is for."""

from __future__ import annotations

import difflib
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

from bot.conversation.card import Card, Line, code, line, say
from bot.conversation.request import Request
from bot.errors import MisuseError

Answer = Callable[[Request], Awaitable[list[Card]]]
"""A use case: a request to the cards that answer it."""


@dataclass(frozen=True, slots=True)
class Command:
    """A command, its aliases, what it takes, and its line in the help.

    Attributes:
        changes: it changes what the chat follows: in a group, that is for admins.
        lists: without an argument it only lists, which anybody may.
        of_item: as an answer to an alert, it is about that alert.
        for_operators: only those who run the bot are told of it.
    """

    name: str
    answer: Answer
    about: str
    takes: str = ""
    aliases: tuple[str, ...] = ()
    changes: bool = False
    lists: bool = False
    of_item: bool = False
    for_operators: bool = False

    def is_change(self, argument: str) -> bool:
        """Whether it changes something, said with ``argument``."""
        return self.changes and bool(argument or not self.lists)


class Commands:
    """Finds a command by what a person typed."""

    def __init__(self, commands: Iterable[Command]) -> None:
        self.all = tuple(commands)
        self._by_name = {
            name: command for command in self.all for name in (command.name, *command.aliases)
        }

    def knows(self, name: str) -> bool:
        """Whether there is a command called so."""
        return name.lower() in self._by_name

    def find(self, name: str) -> Command:
        """The command called ``name`` (without its slash).

        Raises:
            MisuseError: there is none; names the nearest.
        """
        command = self._by_name.get(name.lower())
        if command is None:
            close = difflib.get_close_matches(name.lower(), self._by_name, n=1)
            hint = f"did you mean /{close[0]}?" if close else "/help lists those there are"
            raise MisuseError(f"there is no command /{name}; {hint}")
        return command

    def help(self, *, all_of: bool = False) -> Card:
        """Every command, a line each; ``all_of`` them: those for operators, too."""
        lines: list[Line] = [line("Type a topic to follow it, or a command:")]
        for command in self.all:
            if command.for_operators and not all_of:
                continue
            usage = f"/{command.name} {command.takes}".strip()
            lines.append(line("  ", code(usage), " " * max(1, 24 - len(usage)), command.about))
        return say(*lines)
