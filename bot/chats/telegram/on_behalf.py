"""Channels, and groups from afar: cared for in private by those who are their admins.

/subscribe @channel sanctions ──► its admin? ──► Conversation.hear, as if said there ──► cards, here
made an admin of a channel     ──► who did it is told, in private, how it goes on
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import structlog
from telegram import Chat, ChatFullInfo, ChatMemberAdministrator
from telegram.error import TelegramError
from telegram.ext import ExtBot

from bot.chats.adapter import Outlet
from bot.chats.telegram.remote import Elsewhere
from bot.chats.telegram.rights import Rights
from bot.chats.telegram.where import PLATFORM, ref_of
from bot.conversation.card import Card, Line, code, dim, line, say, strong
from bot.conversation.conversation import Conversation
from bot.conversation.request import Message as Said
from bot.errors import DeliveryError, MisuseError
from bot.model import Ref

_MAY_NOT: Final = "I may not post there yet: its list of admins has a switch for that."

log = structlog.get_logger(__name__)


class OnBehalf:
    """What a person does to another chat than the one they are in."""

    def __init__(
        self, bot: ExtBot[None], outlet: Outlet, conversation: Conversation, rights: Rights
    ) -> None:
        self._bot = bot
        self._account = bot.token.partition(":")[0]
        self._outlet = outlet
        self._conversation = conversation
        self._rights = rights

    async def do(self, asked: Elsewhere, by: str) -> list[Card]:
        """A command for a channel or group that the person names: only for its admins.

        Raises:
            MisuseError: the chat is not seen, or they are no admin of it.
        """
        name = asked.chat
        try:
            chat = await self._bot.get_chat(name)
            is_admin = await self._rights.is_admin(str(chat.id), by)
        except (TelegramError, DeliveryError):
            raise MisuseError(f"I cannot see {name}: make me an admin there first") from None
        if not is_admin:
            raise MisuseError(f"you are no admin of {name}: its admins decide for it")
        there = ref_of(self._account, chat)
        cards = await self._conversation.hear(Said(there, asked.text, by))
        above: list[Line] = [line(dim(f"In {name}:"))]
        if self._conversation.asks_for_change(asked.text) and not await self._may_post(chat):
            above.append(line(_MAY_NOT))
        return [replace(card, lines=(*above, *card.lines)).done_to(there.chat) for card in cards]

    async def tell_how(self, channel: Chat, by: str) -> None:
        """Tell whoever made the bot an admin of a channel how to go on: nobody else sees its number."""
        name = f"@{channel.username}" if channel.username else str(channel.id)
        card = say(
            line(
                "I may post in ", strong(channel.title or name), " now. Say here what it follows:"
            ),
            line(code(f"/subscribe {name} sanctions")),
        )
        try:
            await self._outlet.reply(Ref(PLATFORM, self._account, by), card)
        except DeliveryError as error:  # they may never have pressed Start
            log.info("nobody was told of a channel", chat=channel.id, problem=error.reason)

    async def _may_post(self, chat: ChatFullInfo) -> bool:
        """Whether the bot may post; where Telegram does not tell, the first alert will."""
        if chat.type != Chat.CHANNEL:
            return True
        try:
            own = await self._bot.get_chat_member(chat.id, int(self._account))
        except TelegramError:
            return True
        return isinstance(own, ChatMemberAdministrator) and bool(own.can_post_messages)
