"""The commands and the users who may send them: names, descriptions, help, operators, served users."""

from __future__ import annotations

import difflib
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Final

from bot.conversation.cards.card import Card, Line, TextSpan, code, line, make_card
from bot.conversation.request import CommandRequest
from bot.errors import UserError
from bot.models import ChatRef

CONSOLE_REF: Final = ChatRef("console", "local", "you")
"""The only chat of the console. Its user is an operator."""

_PRIMARY_COMMANDS: Final = (
    *("subscribe", "unsubscribe", "topics", "latest", "summary", "why"),
    *("mute", "search", "status"),
)
_COMMAND_GROUPS: Final = (
    (
        "When you get alerts",
        "digest quiet timezone limit atleast breaking unmute pause resume spike",
    ),
    ("News so far", "preview briefing story trend feeds"),
    ("Your topics", "edit less alias share followups language"),
    ("This chat", "allow export import forget start"),
)
"""The other commands by subject. Commands without a group come last."""

_HELP_COMMAND: Final = "help"
_DESCRIPTION_COLUMN: Final = 24

Handler = Callable[[CommandRequest], Awaitable[list[Card]]]
"""Answers a request with cards."""


@dataclass(frozen=True, slots=True)
class Command:
    """A command, its aliases, its arguments and its description in the help.

    Attributes:
        requires_admin: the command changes settings. In a group, only administrators may use it.
        read_only_without_argument: without an argument, everyone may use the command.
        accepts_reply_to_alert: as a reply to an alert, the command refers to the item of that alert.
            The button of an alert with the same name runs the same handler.
        for_operators: only operators see the command in the help.
        details: further lines of the help of this command.
        excluded_platforms: platforms on which the command has no use; their help omits it.
    """

    name: str
    handler: Handler
    description: str
    arguments: str = ""
    aliases: tuple[str, ...] = ()
    requires_admin: bool = False
    read_only_without_argument: bool = False
    accepts_reply_to_alert: bool = False
    for_operators: bool = False
    details: tuple[str, ...] = ()
    excluded_platforms: tuple[str, ...] = ()

    def is_change(self, argument: str) -> bool:
        """Return True if the command with ``argument`` changes settings."""
        return self.requires_admin and bool(argument or not self.read_only_without_argument)


class CommandRegistry:
    """Commands by name and alias."""

    def __init__(self, commands: Iterable[Command]) -> None:
        self.all = tuple(commands)
        self._by_name = {
            name: command for command in self.all for name in (command.name, *command.aliases)
        }

    def has_command(self, name: str) -> bool:
        """Return True if there is a command with this name or alias."""
        return name.lower() in self._by_name

    def find(self, name: str) -> Command:
        """Return the command with this name or alias (without its slash).

        Raises:
            UserError: the command does not exist; the message suggests the most similar one.
        """
        command = self._by_name.get(name.lower())
        if command is None:
            # Other users do not learn about the commands for operators.
            public_names = [
                key for key, command in self._by_name.items() if not command.for_operators
            ]
            # One suggestion: a list would hide the right command.
            similar = difflib.get_close_matches(name.lower(), public_names, n=1)
            hint = f"did you mean /{similar[0]}?" if similar else "/help lists all commands"
            raise UserError(f"unknown command /{name}; {hint}")
        return command

    def help(self, *, include_operator_commands: bool = False, platform: str = "") -> Card:
        """Return the help, short enough for the screen of a phone.

        Args:
            include_operator_commands: include the commands for operators.
            platform: the platform of the chat; commands without a use there are left out.
        """
        # Commands without a group stay visible at the end, so that a new command cannot be forgotten
        # here.
        remaining = {
            command.name: command
            for command in self.all
            if not command.for_operators and platform not in command.excluded_platforms
        }
        remaining.pop(_HELP_COMMAND, None)
        lines: list[Line] = [line("Type a topic to follow it, or use a command:")]
        lines.extend(
            _command_line(remaining.pop(name)) for name in _PRIMARY_COMMANDS if name in remaining
        )
        for subject, names in _COMMAND_GROUPS:
            group = [name for name in names.split() if remaining.pop(name, None)]
            lines += [line(f"{subject}: ", *_command_spans(group))] if group else []
        lines += [line("More: ", *_command_spans(remaining))] if remaining else []
        if include_operator_commands:
            operator_commands = [command.name for command in self.all if command.for_operators]
            lines.append(line("For operators: ", *_command_spans(operator_commands)))
        return make_card(*lines, line(code("/help digest"), " explains one command."))

    def command_help(self, name: str) -> Card:
        """Return the help of one command: its arguments, description and aliases.

        Raises:
            UserError: the command does not exist.
        """
        command = self.find(name.split(maxsplit=1)[0].removeprefix("/"))
        usage = f"/{command.name} {command.arguments}".strip()
        lines = [line(code(usage), f"  {command.description}")]
        lines += map(line, command.details)
        if command.aliases:
            lines.append(line("Also: ", *_command_spans(command.aliases)))
        if command.requires_admin:
            lines.append(line("In a group, only admins can use this command."))
        return make_card(*lines)


def _command_line(command: Command) -> Line:
    usage = f"/{command.name} {command.arguments}".strip()
    padding = " " * max(1, _DESCRIPTION_COLUMN - len(usage))
    return line("  ", code(usage), padding, command.description)


def _command_spans(names: Iterable[str]) -> list[TextSpan]:
    spans: list[TextSpan] = []
    for name in names:
        spans += [TextSpan(" ")] if spans else []
        spans.append(code(f"/{name}"))
    return spans


# ── access ──────────────────────────────────────────────────────────────────────────────────────────


class Access:
    """The operators of the bot and the users it serves.

    Users and chats are identified by the ID of their platform, with or without its name: ``12345``,
    ``telegram:12345``, ``slack:U02AB``. An empty ``served`` means everyone.
    """

    def __init__(self, operators: Iterable[str] = (), served: Iterable[str] = ()) -> None:
        self._operators = frozenset(operators)
        self._served = frozenset(served)
        # Platform and new ID of chats that were served under another ID.
        self._moved: set[tuple[str, str]] = set()

    def chat_moved(self, old: ChatRef, new_chat: str) -> None:
        """Serve a chat under its new ID, too: TOCSIN_ALLOWED may name its old one."""
        if self._serves_chat(old):
            self._moved.add((old.platform, new_chat))

    def is_operator(self, ref: ChatRef, user_id: str) -> bool:
        """Return True if the user ``user_id`` operates the bot."""
        # The user of the console can read the files of the process anyway.
        return ref.platform == CONSOLE_REF.platform or _contains(
            self._operators, ref.platform, user_id
        )

    def require_operator(self, ref: ChatRef, user_id: str, command: str) -> None:
        """Raise an error unless the user ``user_id`` operates the bot.

        Raises:
            UserError: the user is not an operator.
        """
        if not self.is_operator(ref, user_id):
            raise UserError(f"{command} is only for operators of this bot (TOCSIN_ADMINS)")

    def operator_ids(self, platform: str) -> tuple[str, ...]:
        """Return the IDs of the operators on ``platform``, where notices are sent.

        A numeric ID without a platform is a Telegram ID, any other one a Slack ID.
        """
        if platform == CONSOLE_REF.platform:
            return (CONSOLE_REF.chat,)
        operator_ids = []
        for name in sorted(self._operators):
            named_platform, _, user_id = name.rpartition(":")
            # Operators often set plain IDs. Telegram IDs are numbers, Slack IDs contain letters.
            if (named_platform or ("telegram" if user_id.isdecimal() else "slack")) == platform:
                operator_ids.append(user_id)
        return tuple(operator_ids)

    def serves(self, ref: ChatRef, user_id: str) -> bool:
        """Return True if the user ``user_id``, or the chat ``ref``, may use the bot."""
        return (
            not self._served
            or self.is_operator(ref, user_id)
            or _contains(self._served, ref.platform, user_id)
            or self._serves_chat(ref)
        )

    def _serves_chat(self, ref: ChatRef) -> bool:
        return (ref.platform, ref.chat) in self._moved or _contains(
            self._served, ref.platform, ref.chat
        )


def _contains(names: frozenset[str], platform: str, name: str) -> bool:
    # An empty ID, as of an anonymous post, must not match an empty entry of the setting.
    return bool(name) and (name in names or f"{platform}:{name}" in names)
