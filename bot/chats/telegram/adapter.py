"""The Telegram adapter: one attempt per call, and a delivery error that describes a failure.

card ─► payload ─► buttons signed for the chat ─► sendMessage ─► SentMessage
                                                      └─ refused ─► errors.py
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from telegram import (
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    ReplyParameters,
)
from telegram.error import BadRequest, TelegramError
from telegram.helpers import create_deep_linked_url

from bot.chats.adapter import (
    DEFAULT_OPTIONS,
    AccountRateLimit,
    Capabilities,
    Payload,
    RateLimit,
    ReplyChannel,
    SendOptions,
    SentMessage,
)
from bot.chats.telegram.attachments import MEDIA, get_media, max_text_units, select_send_method
from bot.chats.telegram.callbacks import CallbackSigner
from bot.chats.telegram.client import PLATFORM, AdminCache, close_bot
from bot.chats.telegram.errors import NOT_MODIFIED, delivery_error_from
from bot.chats.telegram.polling import UpdateReceiver
from bot.chats.telegram.render import BUTTONS, InlineButton, Rows, render_card
from bot.chats.telegram.request import BotApiClient
from bot.chats.telegram.webhook import Webhook
from bot.conversation.cards.card import Card, code, line, make_card
from bot.conversation.conversation import Conversation
from bot.errors import BotError, ChatMigrated, DeliveryError, StoreError, TransientDeliveryError
from bot.models import ChatRef

_SEND_TIMEOUT_SECONDS: Final = 28.0
_PROBE_TIMEOUT_SECONDS: Final = 10.0
# Limits of the Bot API FAQ: 1 message per second and chat, 20 per minute and group.
_PRIVATE_RATE_LIMITS: Final = (RateLimit(1, 1),)
_GROUP_RATE_LIMITS: Final = (RateLimit(1, 1), RateLimit(20, 60))
_TOPIC_FALLBACK_NOTICE: Final = (
    "The forum topic for these messages was deleted. You get them here from now on."
)


class TelegramAdapter:
    """Adapter for the chats of one bot.

    With ``public_url``, Telegram sends updates to `webhook`, which the web server mounts. Without it,
    the adapter polls for updates.
    """

    platform = PLATFORM
    capabilities = Capabilities(can_edit=True, silent=True, threads=True)
    # Telegram permits 30 messages per second. Eight concurrent requests reach this rate at a round trip
    # of 280 ms; with a shorter round trip, fewer are ever needed.
    account_rate_limit = AccountRateLimit(per_second=28.5, in_flight=8)

    def __init__(
        self, bot: BotApiClient, conversation: Conversation, *, public_url: str = ""
    ) -> None:
        self._bot = bot
        self.account = bot.token.partition(":")[0]
        self.webhook = Webhook(self.account, bot.token) if public_url else None
        self._signer = CallbackSigner(bot.token, conversation.store_text, conversation.load_text)
        self._admin_cache = AdminCache(self._fetch_admins)
        self._receiver = UpdateReceiver(
            bot,
            conversation,
            self._signer,
            self._admin_cache,
            webhook=self.webhook,
            public_url=public_url.rstrip("/"),
        )
        self._reply_channel: ReplyChannel | None = None
        self._fallback_notices: dict[ChatRef, asyncio.Task[None]] = {}

    def __repr__(self) -> str:
        # Without the bot: its own representation contains the token.
        return f"TelegramAdapter({self.account!r})"

    def chat_rate_limits(self, to: ChatRef) -> tuple[RateLimit, ...]:
        """Return the limits of a chat: groups and channels have a second one, per minute."""
        return _GROUP_RATE_LIMITS if to.chat.startswith("-") else _PRIVATE_RATE_LIMITS

    def render(self, card: Card, *, plain: bool = False) -> Payload:
        """Return the card as arguments of sendMessage. The buttons are not signed yet."""
        username = self._receiver.username
        if not card.deep_link_payload or not username:
            media = get_media(card, plain=plain)
            payload = render_card(card, plain=plain, max_units=max_text_units(media))
            return payload if media is None else {**payload, MEDIA: media}
        private_url = create_deep_linked_url(username, card.deep_link_payload)
        group_url = create_deep_linked_url(username, card.deep_link_payload, group=True)
        links = (InlineButton("Follow", private_url), InlineButton("Add to a group", group_url))
        return render_card(
            replace(card, lines=(*card.lines, line("or open ", code(private_url)))),
            plain=plain,
            links=links,
        )

    async def send(
        self, to: ChatRef, payload: Payload, options: SendOptions = DEFAULT_OPTIONS
    ) -> SentMessage:
        """Send a message, in one attempt.

        Raises:
            DeliveryError: the message was not sent, or the result is unknown.
        """
        method, text_parameter = select_send_method(self._bot, payload)
        try:
            message = await self._call(
                method,
                to,
                payload,
                text_parameter=text_parameter,
                message_thread_id=int(to.thread) if to.thread else None,
                disable_notification=options.silent or None,
                reply_parameters=_reply_parameters(options),
            )
        except ChatMigrated as error:
            if error.thread is not None:
                self._announce_topic_fallback(to)
            raise
        return SentMessage(to, str(message.message_id))

    async def edit(self, message: SentMessage, payload: Payload) -> None:
        """Replace the content of a message, in one attempt.

        Raises:
            DeliveryError: the message was not edited, or the result is unknown.
        """
        try:
            await self._call(
                self._bot.edit_message_text,
                message.ref,
                payload,
                message_id=int(message.message_id),
            )
        except DeliveryError as error:
            if NOT_MODIFIED not in error.reason.lower():
                raise

    async def find_sent(self, _to: ChatRef, _key: str, _since: datetime) -> SentMessage | None:
        """Return ``None``: a bot cannot read the history of a chat."""
        return None

    async def probe(self) -> None:
        """Call getMe.

        Raises:
            DeliveryError: Telegram does not answer, or rejects the token.
        """
        try:
            async with asyncio.timeout(_PROBE_TIMEOUT_SECONDS):
                await self._bot.get_me()
        except (TelegramError, TimeoutError) as error:
            ref = ChatRef(PLATFORM, self.account, "")
            raise delivery_error_from(error, ref, token=self._bot.token) from None

    async def is_admin(self, chat: ChatRef, user: str) -> bool:
        """Return True if the person may change the settings of the chat."""
        return await self._admin_cache.is_admin(chat.chat, user)

    async def listen(self, reply_channel: ReplyChannel, stop: asyncio.Event) -> None:
        """Receive and answer updates until ``stop`` is set."""
        self._reply_channel = reply_channel
        try:
            await self._receiver.run(reply_channel, stop)
        finally:
            self._reply_channel = None
            for task in self._fallback_notices.values():
                task.cancel()
            await asyncio.gather(*self._fallback_notices.values(), return_exceptions=True)
            self._fallback_notices.clear()

    async def close(self) -> None:
        """Close the connections. Nothing can be sent afterwards."""
        await close_bot(self._bot)

    async def _call(
        self,
        method: Any,
        to: ChatRef,
        payload: Payload,
        *,
        text_parameter: str = "text",
        **arguments: Any,
    ) -> Any:
        try:
            keyboard = await self._make_keyboard(to.chat, payload.get(BUTTONS, ()))  # type: ignore[arg-type]
        except StoreError as error:
            raise TransientDeliveryError(error.message) from error
        preview = payload.get("link_preview_options")
        arguments[text_parameter] = payload["text"]
        # Captions have no link preview.
        if text_parameter == "text" and isinstance(preview, Mapping):
            arguments["link_preview_options"] = LinkPreviewOptions(**preview)
        try:
            async with asyncio.timeout(_SEND_TIMEOUT_SECONDS):
                return await method(
                    chat_id=int(to.chat),
                    parse_mode=payload.get("parse_mode"),
                    reply_markup=keyboard,
                    **arguments,
                )
        except (TelegramError, TimeoutError) as error:
            # Without the cause: its traceback contains the token.
            raise delivery_error_from(error, to, token=self._bot.token) from None

    async def _make_keyboard(self, chat: str, rows: Rows) -> InlineKeyboardMarkup | None:
        keyboard = [[await self._make_button(chat, button) for button in row] for row in rows]
        return InlineKeyboardMarkup(keyboard) if keyboard else None

    async def _make_button(self, chat: str, button: InlineButton) -> InlineKeyboardButton:
        if isinstance(button.target, str):
            return InlineKeyboardButton(button.label, url=button.target)
        return InlineKeyboardButton(
            button.label, callback_data=await self._signer.sign(chat, button.target)
        )

    async def _fetch_admins(self, chat: str) -> frozenset[str]:
        ref = ChatRef(PLATFORM, self.account, chat)
        try:
            members = await self._bot.get_chat_administrators(chat)
        except TelegramError as error:
            is_bad_request = isinstance(error, BadRequest)
            if is_bad_request and "no administrators in the private chat" in error.message:
                return frozenset({chat})
            raise delivery_error_from(error, ref, token=self._bot.token) from None
        return frozenset(str(member.user.id) for member in members)

    def _announce_topic_fallback(self, lost_ref: ChatRef) -> None:
        """Send a notice to the general topic once per lost topic, before the redirected messages."""
        if self._reply_channel is None or lost_ref in self._fallback_notices:
            return
        general_ref = replace(lost_ref, thread="")
        self._fallback_notices[lost_ref] = asyncio.ensure_future(
            _send_notice(self._reply_channel, general_ref, _TOPIC_FALLBACK_NOTICE)
        )


async def _send_notice(reply_channel: ReplyChannel, to: ChatRef, text: str) -> None:
    try:
        await reply_channel.reply(to, make_card(text), SendOptions(silent=True))
    except BotError:
        # The redirected messages fail in the same way, and that failure is recorded.
        return


def _reply_parameters(options: SendOptions) -> ReplyParameters | None:
    if not options.reply_to:
        return None
    return ReplyParameters(int(options.reply_to), allow_sending_without_reply=True)
