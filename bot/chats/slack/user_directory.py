"""Look up the users of one workspace: their direct messages with the bot and their time zone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import structlog

from bot.chats.slack.adapter import SlackAdapter
from bot.errors import ChatUnreachable, DeliveryError
from bot.models import ChatRef

_CACHE_SIZE: Final = 10_000

log = structlog.get_logger(__name__)


class UserDirectory:
    """A cache of what Slack returns for each user."""

    def __init__(self, adapter: SlackAdapter) -> None:
        self._adapter = adapter
        self._dm_channels: dict[str, str] = {}
        self._timezones: dict[str, str] = {}

    def channel_ref(self, channel: str) -> ChatRef:
        """Return the chat of a channel of this workspace."""
        return ChatRef(self._adapter.platform, self._adapter.account, channel)

    def remember_dm(self, user: str, channel: str) -> None:
        """Cache the channel of a user's direct messages with the bot."""
        _add_to_cache(self._dm_channels, user, channel)

    async def resolve_chat(self, channel: str, user: str) -> ChatRef:
        """Return the chat that a command applies to.

        The bot cannot read or post in direct messages between users, so a command typed there
        applies to the user's own direct messages with the bot.
        """
        if not channel.startswith("D"):
            return self.channel_ref(channel)
        try:
            return await self.open_dm(user)
        except DeliveryError as error:
            log.info("direct_message_not_opened", problem=error.reason)
            return self.channel_ref(channel)

    async def open_dm(self, user: str) -> ChatRef:
        """Return the chat of a user's direct messages with the bot.

        Raises:
            DeliveryError: Slack does not open it.
        """
        channel = self._dm_channels.get(user)
        if channel is None:
            response = await self._adapter.call(self._adapter.client.conversations_open(users=user))
            channel = str((response.get("channel") or {}).get("id") or "")
            if not channel:
                raise ChatUnreachable("Slack does not open direct messages with this user")
            _add_to_cache(self._dm_channels, user, channel)
        return self.channel_ref(channel)

    async def timezone(self, user: str) -> str:
        """Return the IANA time zone in the user's profile, or "" if it is unknown."""
        timezone = self._timezones.get(user)
        if timezone is None:
            try:
                response = await self._adapter.call(self._adapter.client.users_info(user=user))
            except DeliveryError as error:
                # Not cached, so that the next command tries again.
                log.info("timezone_unknown", problem=error.reason)
                return ""
            profile: Mapping[str, Any] = response.get("user") or {}
            value = profile.get("tz")
            timezone = value if isinstance(value, str) else ""
            _add_to_cache(self._timezones, user, timezone)
        return timezone


def _add_to_cache(cache: dict[str, str], user: str, value: str) -> None:
    # Entries are cheap to load again, so a full cache is emptied instead of tracking its use.
    if len(cache) >= _CACHE_SIZE:
        cache.clear()
    cache[user] = value
