"""Commands for another chat: administrators control a channel or group from their private chat.

/subscribe @channel sanctions ──► administrator? ──► Conversation, as if sent in the channel ──► cards here
bot added to a channel        ──► the person who added the bot gets instructions in private
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import regex
import structlog
from telegram import Chat, ChatFullInfo, ChatMemberAdministrator
from telegram.error import TelegramError
from telegram.ext import ExtBot

from bot.chats.adapter import ReplyChannel
from bot.chats.telegram.client import PLATFORM, AdminCache, make_chat_ref
from bot.conversation.cards.card import Card, Line, code, dim, line, make_card, strong
from bot.conversation.conversation import Conversation
from bot.conversation.request import IncomingMessage
from bot.errors import DeliveryError, UserError
from bot.models import ChatRef

# A command, and as its first argument a public name as Telegram permits them, or the ID of a channel or
# group. Short numbers are not IDs: "/subscribe -5" excludes the word 5.
_REMOTE_COMMAND: Final = regex.compile(
    r"\s*(/\w{1,32})(?:@\w+)?\s+(@[A-Za-z]\w{3,31}|-\d{6,15})(?:\s+(.*))?", regex.DOTALL
)
_CANNOT_POST: Final = (
    "I cannot post there yet. Turn on “Post messages” for me in the administrator list."
)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class RemoteCommand:
    """A command and the chat that it is for."""

    text: str
    chat: str


def parse_remote_command(text: str) -> RemoteCommand | None:
    """Return the command in ``text`` if it names another chat, else ``None``."""
    match = _REMOTE_COMMAND.fullmatch(text)
    if match is None:
        return None
    return RemoteCommand(f"{match[1]} {match[3] or ''}".strip(), match[2])


class RemoteAdmin:
    """Control of channels and groups from a private chat."""

    def __init__(
        self,
        bot: ExtBot[None],
        reply_channel: ReplyChannel,
        conversation: Conversation,
        admin_cache: AdminCache,
    ) -> None:
        self._bot = bot
        self._account = bot.token.partition(":")[0]
        self._reply_channel = reply_channel
        self._conversation = conversation
        self._admin_cache = admin_cache

    async def execute(self, command: RemoteCommand, user_id: str) -> list[Card]:
        """Execute a command for another chat, if the person is an administrator of that chat.

        Raises:
            UserError: the bot cannot access the chat, or the person is not an administrator of it.
        """
        name = command.chat
        try:
            chat = await self._bot.get_chat(name)
            is_admin = await self._admin_cache.is_admin(str(chat.id), user_id)
        except (TelegramError, DeliveryError):
            raise UserError(f"I cannot access {name}; make me an administrator there") from None
        if not is_admin:
            raise UserError(f"you are not an administrator of {name}; only they can change it")
        remote_ref = make_chat_ref(self._account, chat)
        cards = await self._conversation.handle_message(
            IncomingMessage(remote_ref, command.text, user_id)
        )
        heading: list[Line] = [line(dim(f"In {name}:"))]
        if self._conversation.requires_admin(command.text) and not await self._can_post(chat):
            heading.append(line(_CANNOT_POST))
        return [
            replace(card, lines=(*heading, *card.lines)).with_target_chat(remote_ref.chat)
            for card in cards
        ]

    async def send_channel_instructions(self, channel: Chat, user_id: str) -> None:
        """Send instructions to the person who made the bot an administrator of a channel.

        The message is private, because the readers of the channel must not see these commands.
        """
        name = f"@{channel.username}" if channel.username else str(channel.id)
        card = make_card(
            line(
                "I can post in ",
                strong(channel.title or name),
                " now. To follow a topic, send here:",
            ),
            line(code(f"/subscribe {name} sanctions")),
        )
        try:
            await self._reply_channel.reply(ChatRef(PLATFORM, self._account, user_id), card)
        except DeliveryError as error:
            # A bot cannot write to a person who has never pressed Start.
            log.info("channel_instructions_not_sent", chat=channel.id, error=error.reason)

    async def _can_post(self, chat: ChatFullInfo) -> bool:
        """Return True if the bot may post, or if that is unknown: then the first alert shows it."""
        if chat.type != Chat.CHANNEL:
            return True
        try:
            own_membership = await self._bot.get_chat_member(chat.id, int(self._account))
        except TelegramError:
            return True
        return isinstance(own_membership, ChatMemberAdministrator) and bool(
            own_membership.can_post_messages
        )
