"""A button that somebody pressed.

sealed by us, for this chat? ──► may this person? ──► answered ──► press ──► edit in place, or a reply
      └─ a pop-up                    └─ a pop-up, for them alone
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

import structlog
from telegram import CallbackQuery, Chat, Message
from telegram.error import TelegramError
from telegram.ext import ExtBot

from bot.chats.adapter import Outlet, SendOptions, Sent
from bot.chats.telegram.buttons import Buttons
from bot.chats.telegram.markup import cut, visible
from bot.chats.telegram.refusals import words
from bot.chats.telegram.rights import Rights
from bot.chats.telegram.where import ref_of
from bot.conversation.card import Card, say
from bot.conversation.conversation import Conversation
from bot.conversation.request import Press
from bot.errors import DeliveryError, Gone

_PATIENCE: Final = 1.5  # seconds that the little clock on a button turns at most
_LONGEST_ANSWER: Final = 200  # characters of what a button's press pops up
_FORGED: Final = "This button does not work here; /help lists what there is."
_TOO_OLD: Final = "This message is too old for its buttons; /topics and /latest know the rest."

log = structlog.get_logger(__name__)


class Pressed:
    """Handles presses."""

    def __init__(
        self,
        bot: ExtBot[None],
        outlet: Outlet,
        conversation: Conversation,
        buttons: Buttons,
        rights: Rights,
    ) -> None:
        self._bot = bot
        self._account = bot.token.partition(":")[0]
        self._outlet = outlet
        self._conversation = conversation
        self._buttons = buttons
        self._rights = rights

    async def handle(self, query: CallbackQuery) -> None:
        """Handle one press."""
        message = query.message
        if message is None or query.data is None:
            await self._answer(query, _FORGED)
            return
        chat, by = message.chat, str(query.from_user.id)
        if chat.is_forum and not message.is_accessible:
            await self._answer(query, _TOO_OLD)  # nobody tells any more which topic it stood in
            return
        action = await self._buttons.open(str(chat.id), query.data)
        if action is None:
            log.warning("a button that is none of ours", chat=chat.id, by=by)
            await self._answer(query, _FORGED)
            return
        ref = ref_of(self._account, chat, message if isinstance(message, Message) else None)
        press = Press(ref, action, by)
        decides = True
        in_channel = chat.type == Chat.CHANNEL
        if in_channel or self._conversation.is_change(action):
            decides = await self._rights.surely_admin(press.target.chat, by)
        press = Press(ref, action, by, may_change=decides)
        refused = await self._conversation.refusal(press)
        if refused is None and in_channel and not decides:
            # What stands in a channel is not a reader's to change: they alone see the answer.
            refused = (await self._conversation.press(press) or [say("")])[0]
        if refused is not None:
            await self._answer(query, _plain(refused))
            return
        await self._do(query, press, Sent(ref, str(message.message_id)))

    async def _do(self, query: CallbackQuery, press: Press, message: Sent) -> None:
        """Do it. Among several people, what concerns the presser alone pops up for them alone."""
        among_several = press.ref.chat.startswith("-")
        doing = asyncio.ensure_future(self._conversation.press_in_place(press))
        try:
            await asyncio.wait({doing}, timeout=_PATIENCE if among_several else 0)
            cards = doing.result() if doing.done() else []
            if among_several and cards and cards[0].private:
                await self._answer(query, _plain(cards[0]))
                return
            await self._answer(query)
            await self._answer_press(await doing, press, message)
        finally:
            doing.cancel()

    async def _answer_press(self, cards: Sequence[Card], press: Press, message: Sent) -> None:
        quiet = SendOptions(silent=press.ref.chat.startswith("-"))
        for number, card in enumerate(cards):
            if number == 0 and not card.apart and not card.private:
                try:
                    await self._outlet.edit(message, card)
                except Gone:
                    raise
                except DeliveryError as error:
                    log.info("not edited, said anew", chat=press.ref.chat, problem=error.reason)
                else:
                    continue
            await self._outlet.reply(press.ref, card, quiet)

    async def _answer(self, query: CallbackQuery, text: str = "") -> None:
        try:
            await query.answer(cut(text, _LONGEST_ANSWER) or None, show_alert=bool(text) or None)
        except (
            TelegramError
        ) as error:  # too late for the little clock on the button, not for the rest
            log.info("a press was answered too late", problem=words(error, self._bot.token))


def _plain(card: Card) -> str:
    lines = card.lines[card.heading :]
    return visible("\n".join("".join(piece.text for piece in pieces) for pieces in lines))
