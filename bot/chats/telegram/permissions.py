"""Permissions: the person of a private chat and the administrators of a group or channel.

The administrators of a chat are cached. A person who is not on the cached list causes a new request
after 15 seconds, so that a new administrator does not wait until the cache expires.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from bot.errors import DeliveryError

FetchAdmins = Callable[[str], Awaitable[frozenset[str]]]
"""Request the user IDs of the administrators of a chat from the platform."""

_CACHE_TTL_SECONDS: Final = 300.0
_MIN_REFRESH_SECONDS: Final = 15.0
_MAX_CACHED_CHATS: Final = 10_000

log = structlog.get_logger(__name__)


class AdminCache:
    """Cache of the administrators per chat."""

    def __init__(
        self, fetch_admins: FetchAdmins, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._fetch_admins = fetch_admins
        self._monotonic = monotonic
        self._admins_by_chat: OrderedDict[str, tuple[float, frozenset[str]]] = OrderedDict()

    async def is_admin(self, chat: str, user: str) -> bool:
        """Return True if ``user`` may change the settings of ``chat``.

        Raises:
            DeliveryError: the platform does not return the administrators.
        """
        # The ID of a private chat is the ID of its user. Groups have negative IDs, channels "@" names.
        if not chat.startswith(("-", "@")):
            return chat == user
        fetched_at, admins = self._admins_by_chat.get(chat, (None, frozenset[str]()))
        age = _CACHE_TTL_SECONDS if fetched_at is None else self._monotonic() - fetched_at
        if age >= _CACHE_TTL_SECONDS or (user not in admins and age >= _MIN_REFRESH_SECONDS):
            admins = await self._fetch_admins(chat)
            self._admins_by_chat[chat] = (self._monotonic(), admins)
            self._admins_by_chat.move_to_end(chat)
            while len(self._admins_by_chat) > _MAX_CACHED_CHATS:
                self._admins_by_chat.popitem(last=False)
        return user in admins

    async def is_confirmed_admin(self, chat: str, user: str) -> bool:
        """Return True if ``user`` is an administrator; False also if the platform does not answer."""
        try:
            return await self.is_admin(chat, user)
        except DeliveryError as error:
            log.warning("telegram_admins_unavailable", chat=chat, error=error.reason)
            return False

    def invalidate(self, chat: str) -> None:
        """Remove a chat whose administrators have changed from the cache."""
        self._admins_by_chat.pop(chat, None)
