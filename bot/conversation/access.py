"""Who may do what: those who run the bot, those it serves, and those who decide for a chat."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from bot.errors import MisuseError
from bot.model import Ref

HERE: Final = Ref("console", "local", "you")
"""The one chat there is on a console. Whoever sits there runs the bot."""

_HERE: Final = HERE.platform


class Access:
    """Who runs the bot and whom it serves.

    People and chats go by the id of their platform, alone or with its name: ``12345``,
    ``telegram:12345``, ``slack:U02AB``. No name in ``served`` means: everybody.
    """

    def __init__(self, operators: Iterable[str] = (), served: Iterable[str] = ()) -> None:
        self._operators = frozenset(operators)
        self._served = frozenset(served)

    def is_operator(self, ref: Ref, by: str) -> bool:
        """Whether ``by`` is among those who run the bot."""
        return ref.platform == _HERE or _is_among(self._operators, ref.platform, by)

    def for_operators(self, ref: Ref, by: str, command: str) -> None:
        """Let only those who run the bot do this.

        Raises:
            MisuseError: ``by`` is not among them.
        """
        if not self.is_operator(ref, by):
            raise MisuseError(f"{command} is for those who run this bot (TOCSIN_ADMINS)")

    def operators_on(self, platform: str) -> tuple[str, ...]:
        """The ids of those who run the bot on ``platform``: where to tell them something.

        An id without its platform is a Telegram one where it is a number, and a Slack one else.
        """
        if platform == _HERE:
            return (HERE.chat,)
        found = []
        for name in sorted(self._operators):
            named, _, chat = name.rpartition(":")
            if (named or ("telegram" if chat.isdecimal() else "slack")) == platform:
                found.append(chat)
        return tuple(found)

    def serves(self, ref: Ref, by: str) -> bool:
        """Whether the person, or the chat they are in, may use the bot."""
        return (
            not self._served
            or self.is_operator(ref, by)
            or _is_among(self._served, ref.platform, by)
            or _is_among(self._served, ref.platform, ref.chat)
        )


def _is_among(names: frozenset[str], platform: str, name: str) -> bool:
    return bool(name) and (name in names or f"{platform}:{name}" in names)
