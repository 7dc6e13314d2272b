"""What one workspace tells of its people: their messages with us, their clock, whether they decide."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import structlog

from bot.chats.slack.chat import SlackChat
from bot.errors import DeliveryError, Gone
from bot.model import Ref

_MOST: Final = 10_000  # people who are remembered

log = structlog.get_logger(__name__)


class People:
    """Asked once for each person, and remembered."""

    def __init__(self, chat: SlackChat) -> None:
        self._chat = chat
        self._direct: dict[str, str] = {}  # by person: the channel of their messages with us
        self._zones: dict[str, str] = {}

    def channel(self, channel: str) -> Ref:
        """A channel of this workspace."""
        return Ref(self._chat.platform, self._chat.account, channel)

    def writes_in(self, user: str, channel: str) -> None:
        """A person wrote to us: this is where."""
        _keep(self._direct, user, channel)

    async def where(self, channel: str, user: str) -> Ref:
        """The chat that a command is about: in somebody else's direct messages it is one's own."""
        if not channel.startswith("D"):
            return self.channel(channel)
        try:
            return await self.direct(user)
        except DeliveryError as error:
            log.info("cannot open direct messages", problem=error.reason)
            return self.channel(channel)

    async def direct(self, user: str) -> Ref:
        """A person's messages with us.

        Raises:
            DeliveryError: they cannot be opened.
        """
        known = self._direct.get(user)
        if known is None:
            answer = await self._chat.once(self._chat.client.conversations_open(users=user))
            known = str((answer.get("channel") or {}).get("id") or "")
            if not known:
                raise Gone("Slack opens no direct messages with this person")
            _keep(self._direct, user, known)
        return self.channel(known)

    async def zone(self, user: str) -> str:
        """The time zone of a person's clock; "" where Slack does not tell."""
        known = self._zones.get(user)
        if known is None:
            try:
                answer = await self._chat.once(self._chat.client.users_info(user=user))
            except DeliveryError as error:
                log.info("cannot see whose clock it is", problem=error.reason)
                return ""
            person: Mapping[str, Any] = answer.get("user") or {}
            zone = person.get("tz")
            known = zone if isinstance(zone, str) else ""
            _keep(self._zones, user, known)
        return known


def _keep(among: dict[str, str], user: str, what: str) -> None:
    if len(among) >= _MOST:
        among.clear()
    among[user] = what
