"""Who may decide for a chat: everybody where they are alone with the bot, else the admins.

The list of a chat's admins is asked for once in a while, and again when somebody is not on it who says
otherwise: whoever was just made an admin need not wait.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from bot.errors import DeliveryError

Admins = Callable[[str], Awaitable[frozenset[str]]]
"""Asks the platform for the ids of a chat's admins."""

KEPT: Final = 300.0
"""Seconds for which a list of admins is believed."""

_ASKED_AGAIN: Final = 15.0  # seconds, at most so often, for somebody who is not on the list
_MOST_CHATS: Final = 10_000

log = structlog.get_logger(__name__)


class Rights:
    """Remembers who is an admin where."""

    def __init__(self, admins: Admins, ticks: Callable[[], float] = time.monotonic) -> None:
        self._admins = admins
        self._ticks = ticks
        self._known: OrderedDict[str, tuple[float, frozenset[str]]] = OrderedDict()

    async def is_admin(self, chat: str, user: str) -> bool:
        """Whether ``user`` decides for ``chat``.

        Raises:
            DeliveryError: the platform does not tell.
        """
        if not chat.startswith(("-", "@")):
            return chat == user
        asked, admins = self._known.get(chat, (None, frozenset[str]()))
        age = KEPT if asked is None else self._ticks() - asked
        if age >= KEPT or (user not in admins and age >= _ASKED_AGAIN):
            admins = await self._admins(chat)
            self._known[chat] = (self._ticks(), admins)
            self._known.move_to_end(chat)
            while len(self._known) > _MOST_CHATS:
                self._known.popitem(last=False)
        return user in admins

    async def surely_admin(self, chat: str, user: str) -> bool:
        """Whether it is certain that ``user`` decides for ``chat``: not where nobody tells."""
        try:
            return await self.is_admin(chat, user)
        except DeliveryError as error:
            log.warning("cannot see who is an admin", chat=chat, problem=error.reason)
            return False

    def forget(self, chat: str) -> None:
        """Somebody was made an admin there, or is none any more."""
        self._known.pop(chat, None)
