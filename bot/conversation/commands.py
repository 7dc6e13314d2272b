"""The commands: what each is called, what it takes and what it is for."""

from __future__ import annotations

import difflib
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Final

from bot.conversation.card import Card, Line, Piece, code, line, say
from bot.conversation.request import Request
from bot.errors import MisuseError

_EVERYDAY: Final = (
    *("subscribe", "unsubscribe", "topics", "latest", "summary", "why"),
    *("mute", "search", "status"),
)
_REST: Final = (
    ("When you are told", "digest quiet timezone limit atleast breaking unmute pause resume spike"),
    ("What was found", "preview briefing story trend feeds"),
    ("Your topics", "edit less alias share followups language"),
    ("This chat", "allow export import forget start"),
)
"""The other commands, by what they are about: what is named nowhere comes last."""

_ITSELF: Final = "help"

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
            told = [one for one, its in self._by_name.items() if not its.for_operators]
            close = difflib.get_close_matches(name.lower(), told, n=1)
            hint = f"did you mean /{close[0]}?" if close else "/help lists those there are"
            raise MisuseError(f"there is no command /{name}; {hint}")
        return command

    def help(self, *, all_of: bool = False) -> Card:
        """What fits a screen: the everyday commands, a line each; the others by name.

        ``all_of`` them: those for operators, too.
        """
        offered = {one.name: one for one in self.all if not one.for_operators}
        offered.pop(_ITSELF, None)
        lines: list[Line] = [line("Type a topic to follow it, or a command:")]
        lines.extend(_in_a_line(offered.pop(name)) for name in _EVERYDAY if name in offered)
        for about, names in _REST:
            those = [name for name in names.split() if offered.pop(name, None)]
            lines += [line(f"{about}: ", *_named(those))] if those else []
        lines += [line("More: ", *_named(offered))] if offered else []
        if all_of:
            for_operators = [one.name for one in self.all if one.for_operators]
            lines.append(line("For you who run it: ", *_named(for_operators)))
        return say(*lines, line(code("/help digest"), " tells more of one."))

    def help_on(self, name: str) -> Card:
        """One command: what it takes, what it is for, how else it is called.

        Raises:
            MisuseError: there is none of that name.
        """
        one = self.find(name.split(maxsplit=1)[0].removeprefix("/"))
        lines = [line(code(f"/{one.name} {one.takes}".strip()), f"  {one.about}")]
        if one.aliases:
            lines.append(line("Also: ", *_named(one.aliases)))
        if one.changes:
            lines.append(line("In a chat of several people, that is for its admins."))
        return say(*lines)


def _in_a_line(command: Command) -> Line:
    usage = f"/{command.name} {command.takes}".strip()
    return line("  ", code(usage), " " * max(1, 24 - len(usage)), command.about)


def _named(names: Iterable[str]) -> list[Piece]:
    pieces: list[Piece] = []
    for name in names:
        pieces += [Piece(" ")] if pieces else []
        pieces.append(code(f"/{name}"))
    return pieces
