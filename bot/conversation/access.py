"""Decide who operates the bot and whom the bot serves."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from bot.errors import UserError
from bot.models import ChatRef

CONSOLE_REF: Final = ChatRef("console", "local", "you")
"""The only chat of the console. Its user is an operator."""


class Access:
    """The operators of the bot and the users it serves.

    Users and chats are identified by the ID of their platform, with or without its name: ``12345``,
    ``telegram:12345``, ``slack:U02AB``. An empty ``served`` means everyone.
    """

    def __init__(self, operators: Iterable[str] = (), served: Iterable[str] = ()) -> None:
        self._operators = frozenset(operators)
        self._served = frozenset(served)

    def is_operator(self, ref: ChatRef, user_id: str) -> bool:
        """Return True if the user ``user_id`` operates the bot."""
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
            if (named_platform or ("telegram" if user_id.isdecimal() else "slack")) == platform:
                operator_ids.append(user_id)
        return tuple(operator_ids)

    def serves(self, ref: ChatRef, user_id: str) -> bool:
        """Return True if the user ``user_id``, or the chat ``ref``, may use the bot."""
        return (
            not self._served
            or self.is_operator(ref, user_id)
            or _contains(self._served, ref.platform, user_id)
            or _contains(self._served, ref.platform, ref.chat)
        )


def _contains(names: frozenset[str], platform: str, name: str) -> bool:
    return bool(name) and (name in names or f"{platform}:{name}" in names)
