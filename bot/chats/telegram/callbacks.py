"""Buttons: their signed data and their presses; inline queries.

Data: at most 64 bytes, signed for one chat.

    Action ──► "verb item chat argument" ──► signature + these fields, if they fit
                                        └──► signature + "~" + the key of a stored callback text

Press: valid signature? ──► permitted? ──► answer the press ──► edit the message, or send a reply
            └─ pop-up           └─ pop-up that only this person sees

Inline query: ``@bot sanctions`` in any chat lists the newest stories that match, to be shared there.
"""

from __future__ import annotations

import asyncio
from base64 import urlsafe_b64encode
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from hashlib import blake2b
from hmac import compare_digest
from typing import Final

import structlog
from telegram import (
    CallbackQuery,
    Chat,
    InlineQuery,
    InlineQueryResultArticle,
    InputTextMessageContent,
    LinkPreviewOptions,
    Message,
)
from telegram.error import TelegramError
from telegram.ext import ExtBot

from bot.chats.adapter import ReplyChannel, SendOptions, SentMessage
from bot.chats.telegram.client import AdminCache, make_chat_ref
from bot.chats.telegram.errors import error_message
from bot.chats.telegram.render import render_card, strip_invisible, truncate
from bot.conversation.cards.card import Action, Card
from bot.conversation.commands.search import InlineResult
from bot.conversation.conversation import Conversation
from bot.conversation.request import ButtonPress
from bot.errors import ChatUnreachable, DeliveryError
from bot.models import ChatRef

MAX_CALLBACK_DATA_BYTES: Final = 64
"""Telegram's limit for the data of one button."""

_SIGNATURE_BYTES: Final = 8
# Eight bytes as base64 without padding.
_SIGNATURE_CHARS: Final = 11
_STORED_PREFIX: Final = "~"
# The unit separator of ASCII. `sign` removes it from the fields.
_SEPARATOR: Final = "\x1f"
_FIELD_COUNT: Final = 4

SaveText = Callable[[str], Awaitable[str]]
LoadText = Callable[[str], Awaitable[str | None]]

# A client stops the progress indicator of a button after some seconds. Wait for a quick result, because
# a press can be answered only once: with a pop-up or without.
_MAX_POPUP_WAIT_SECONDS: Final = 1.5
_MAX_POPUP_CHARS: Final = 200
_INVALID_BUTTON: Final = "This button does not work. Send /help for a list of commands."
_EXPIRED_BUTTON: Final = "The buttons of this message have expired. Use /topics or /latest instead."

# Telegram accepts at most 50 results per answer.
_INLINE_PAGE_SIZE: Final = 20
_INLINE_CACHE_SECONDS: Final = 60
_MAX_INLINE_OFFSET: Final = 200
_MAX_TITLE_UNITS: Final = 120
_MAX_DESCRIPTION_UNITS: Final = 120

log = structlog.get_logger(__name__)


class CallbackSigner:
    """Signer and verifier of button actions.

    A client can send any callback data, so data without a valid signature is rejected. The signing key
    is derived from the bot token: buttons stay valid after a restart and become invalid with the token.
    """

    def __init__(self, token: str, save_text: SaveText, load_text: LoadText) -> None:
        self._key = blake2b(token.encode(), digest_size=32, person=b"tocsin buttons").digest()
        self._save_text = save_text
        self._load_text = load_text

    async def sign(self, chat: str, action: Action) -> str:
        """Return the callback data for ``action`` in ``chat``.

        Raises:
            StoreError: the data is too long for a button and cannot be stored.
        """
        fields = (action.verb, action.item, action.chat, action.argument)
        payload = _SEPARATOR.join(field.replace(_SEPARATOR, "") for field in fields)
        is_too_long = _SIGNATURE_CHARS + len(payload.encode()) > MAX_CALLBACK_DATA_BYTES
        if is_too_long or payload.startswith(_STORED_PREFIX):
            payload = _STORED_PREFIX + await self._save_text(payload)
        return self._signature(chat, payload) + payload

    async def verify(self, chat: str, data: str) -> Action | None:
        """Return the action that was signed for ``chat``; ``None`` if the signature is not valid.

        Raises:
            StoreError: the action is a stored text, and the database does not answer.
        """
        signature, payload = data[:_SIGNATURE_CHARS], data[_SIGNATURE_CHARS:]
        # Constant time: the duration must not reveal how many characters of a guess are correct.
        if not compare_digest(signature.encode(), self._signature(chat, payload).encode()):
            return None
        if payload.startswith(_STORED_PREFIX):
            payload = await self._load_text(payload.removeprefix(_STORED_PREFIX)) or ""
        fields = payload.split(_SEPARATOR, _FIELD_COUNT - 1)
        if len(fields) != _FIELD_COUNT:
            return None
        verb, item, target_chat, argument = fields
        return Action(verb, argument, item, target_chat)

    def _signature(self, chat: str, payload: str) -> str:
        # The chat is part of the signed text: a button of one chat is not valid in another.
        digest = blake2b(
            f"{chat}\n{payload}".encode(), key=self._key, digest_size=_SIGNATURE_BYTES
        ).digest()
        return urlsafe_b64encode(digest).decode().rstrip("=")


class CallbackHandler:
    """Handler of button presses."""

    def __init__(
        self,
        bot: ExtBot[None],
        reply_channel: ReplyChannel,
        conversation: Conversation,
        signer: CallbackSigner,
        admin_cache: AdminCache,
    ) -> None:
        self._bot = bot
        self._account = bot.token.partition(":")[0]
        self._reply_channel = reply_channel
        self._conversation = conversation
        self._signer = signer
        self._admin_cache = admin_cache

    async def handle(self, query: CallbackQuery) -> None:
        """Handle one press."""
        message = query.message
        if message is None or query.data is None:
            await self._answer_query(query, _INVALID_BUTTON)
            return
        chat, user_id = message.chat, str(query.from_user.id)
        if chat.is_forum and not message.is_accessible:
            # Telegram does not send the thread of an old message, so its topic is unknown.
            await self._answer_query(query, _EXPIRED_BUTTON)
            return
        action = await self._signer.verify(str(chat.id), query.data)
        if action is None:
            log.warning("telegram_button_invalid", chat=chat.id, user_id=user_id)
            await self._answer_query(query, _INVALID_BUTTON)
            return
        ref = make_chat_ref(self._account, chat, message if isinstance(message, Message) else None)
        check_admin = partial(
            self._admin_cache.is_confirmed_admin, action.chat or ref.chat, user_id
        )
        press = ButtonPress(ref, action, user_id, check_admin=check_admin)
        # Readers cannot change the messages of a channel: only they see the answer.
        if chat.type == Chat.CHANNEL and not await check_admin():
            cards = await self._conversation.handle_press(press)
            await self._answer_query(query, _plain_text(cards[0]) if cards else "")
            return
        await self._handle_press(query, press, SentMessage(ref, str(message.message_id)))

    async def _handle_press(
        self, query: CallbackQuery, press: ButtonPress, message: SentMessage
    ) -> None:
        """Answer a press. A private card, such as a refusal, becomes a pop-up for this user alone."""
        # A private chat can answer for another chat, where the person may lack the permission.
        shows_popup = (
            press.ref.chat.startswith("-")
            or bool(press.action.chat)
            or not self._conversation.serves(press.ref, press.user_id)
        )
        # A task, because the action must finish even if the answer to the press is already sent.
        press_task = asyncio.ensure_future(self._conversation.handle_press_in_place(press))
        try:
            await asyncio.wait({press_task}, timeout=_MAX_POPUP_WAIT_SECONDS if shows_popup else 0)
            cards = press_task.result() if press_task.done() else []
            if shows_popup and cards and cards[0].private:
                await self._answer_query(query, _plain_text(cards[0]))
                return
            await self._answer_query(query)
            await self._send_cards(await press_task, press, message)
        finally:
            press_task.cancel()

    async def _send_cards(
        self, cards: Sequence[Card], press: ButtonPress, message: SentMessage
    ) -> None:
        options = SendOptions(silent=press.ref.chat.startswith("-"))
        for number, card in enumerate(cards):
            if number == 0 and not card.as_new_message and not card.private:
                try:
                    await self._reply_channel.edit(message, card)
                # A reply would fail for the same reason; the caller suspends the chat.
                except ChatUnreachable:
                    raise
                except DeliveryError as error:
                    # Messages with media and old messages cannot be edited.
                    log.info("edit_failed_resent", chat=press.ref.chat, error=error.reason)
                else:
                    continue
            await self._reply_channel.reply(press.ref, card, options)

    async def _answer_query(self, query: CallbackQuery, text: str = "") -> None:
        try:
            await query.answer(
                truncate(text, _MAX_POPUP_CHARS) or None, show_alert=bool(text) or None
            )
        except TelegramError as error:
            # The query may have expired. The action itself is still performed.
            log.info("telegram_press_answer_failed", error=error_message(error, self._bot.token))


async def answer_inline_query(
    query: InlineQuery, conversation: Conversation, ref: ChatRef, user_id: str
) -> None:
    """Answer one inline query with a page of results."""
    # The offset is part of the request of a client, so it can be any text.
    offset = int(query.offset[:4]) if query.offset.isdecimal() else 0
    results = await conversation.search_for_inline(
        ref, query.query, user_id, limit=_INLINE_PAGE_SIZE, skip=min(offset, _MAX_INLINE_OFFSET)
    )
    next_offset = offset + _INLINE_PAGE_SIZE
    has_more = len(results) == _INLINE_PAGE_SIZE and next_offset <= _MAX_INLINE_OFFSET
    await query.answer(
        [_make_inline_article(result) for result in results],
        # Telegram caches per query; `is_personal` keeps the results of one user from another.
        cache_time=_INLINE_CACHE_SECONDS,
        is_personal=True,
        next_offset=str(next_offset) if has_more else "",
    )


def _make_inline_article(result: InlineResult) -> InlineQueryResultArticle:
    payload = render_card(result.card)
    preview = payload["link_preview_options"]
    return InlineQueryResultArticle(
        id=result.key,
        title=truncate(strip_invisible(result.title), _MAX_TITLE_UNITS) or "…",
        description=truncate(strip_invisible(result.about), _MAX_DESCRIPTION_UNITS),
        input_message_content=InputTextMessageContent(
            str(payload["text"]),
            parse_mode=str(payload["parse_mode"]),
            link_preview_options=LinkPreviewOptions(**preview)
            if isinstance(preview, dict)
            else None,
        ),
    )


def _plain_text(card: Card) -> str:
    lines = card.lines[card.heading_lines :]
    return strip_invisible("\n".join("".join(span.text for span in spans) for spans in lines))
