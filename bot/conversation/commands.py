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
    """A command, its aliases, what it takes, and its line in the help."""

    name: str
    answer: Answer
    about: str
    takes: str = ""
    aliases: tuple[str, ...] = ()


class Commands:
    """Finds a command by what a person typed."""

    def __init__(self, commands: Iterable[Command]) -> None:
        self.all = tuple(commands)
        self._by_name = {
            name: command for command in self.all for name in (command.name, *command.aliases)
        }

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

    def help(self) -> Card:
        """Every command, a line each."""
        lines: list[Line] = [line("Type a topic to follow it, or a command:")]
        for command in self.all:
            usage = f"/{command.name} {command.takes}".strip()
            lines.append(line("  ", code(usage), " " * max(1, 24 - len(usage)), command.about))
        return say(*lines)
