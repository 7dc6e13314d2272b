"""One bot on Telegram as a chat platform: one try each, and the error that says how it ended.

render ─► payload ─► seal its buttons ─► sendMessage ─► Sent
                                              └─ refused ─► refusals.py
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
from telegram.ext import ExtBot
from telegram.helpers import create_deep_linked_url

from bot.chats.adapter import (
    ORDINARY,
    Capabilities,
    Outlet,
    Pace,
    Payload,
    SendOptions,
    Sent,
    Window,
)
from bot.chats.telegram.buttons import Buttons
from bot.chats.telegram.connect import close
from bot.chats.telegram.listening import Listening
from bot.chats.telegram.media import MEDIA, caller, media_of, room_for
from bot.chats.telegram.refusals import UNCHANGED, refusal
from bot.chats.telegram.render import BUTTONS, Key, Rows, render_card
from bot.chats.telegram.rights import Rights
from bot.chats.telegram.webhook import Webhook
from bot.chats.telegram.where import PLATFORM
from bot.conversation.card import Card, code, line, say
from bot.conversation.conversation import Conversation
from bot.errors import BotError, DeliveryError, Moved, StoreError, Transient
from bot.model import Ref

_LONGEST: Final = 28.0  # seconds of one try
_PRIVATE: Final = (Window(1, 1),)
_GROUP: Final = (Window(1, 1), Window(20, 60))
_FELL_BACK: Final = "The topic that this went to is gone or closed; it comes here from now on."


class TelegramChat:
    """Sends to the chats of one bot and listens to them.

    With ``public_url``, Telegram brings the updates to `webhook`, which the web server mounts; without
    one, they are fetched.
    """

    platform = PLATFORM
    capabilities = Capabilities(edits=True, silent=True, threads=True)
    # Eight at once are the whole pace to a server 280 ms away; nearer, fewer are ever under way.
    pace = Pace(per_second=28.5, in_flight=8)

    def __init__(
        self, bot: ExtBot[None], conversation: Conversation, *, public_url: str = ""
    ) -> None:
        self._bot = bot
        self.account = bot.token.partition(":")[0]
        self.webhook = Webhook(self.account, bot.token) if public_url else None
        self._buttons = Buttons(bot.token, conversation.keep, conversation.kept)
        self._rights = Rights(self._admins)
        self._listening = Listening(
            bot,
            conversation,
            self._buttons,
            self._rights,
            webhook=self.webhook,
            public_url=public_url.rstrip("/"),
        )
        self._outlet: Outlet | None = None
        self._words: dict[Ref, asyncio.Task[None]] = {}  # about threads that are gone

    def __repr__(self) -> str:
        return f"TelegramChat({self.account!r})"  # never the bot: its own shows the token

    def rates(self, to: Ref) -> tuple[Window, ...]:
        """A message a second in a chat, and 20 a minute in a group or channel."""
        return _GROUP if to.chat.startswith("-") else _PRIVATE

    def render(self, card: Card, *, plain: bool = False) -> Payload:
        """The card as arguments of sendMessage, its buttons not sealed yet."""
        name = self._listening.username
        if not card.invitation or not name:
            media = media_of(card, plain=plain)
            payload = render_card(card, plain=plain, most=room_for(media))
            return payload if media is None else {**payload, MEDIA: media}
        here = create_deep_linked_url(name, card.invitation)
        group = create_deep_linked_url(name, card.invitation, group=True)
        links = (Key("Follow it", here), Key("Into a group", group))
        return render_card(
            replace(card, lines=(*card.lines, line("or open ", code(here)))),
            plain=plain,
            links=links,
        )

    async def send(self, to: Ref, payload: Payload, options: SendOptions = ORDINARY) -> Sent:
        """Send once."""
        call, words = caller(self._bot, payload)
        try:
            message = await self._once(
                call,
                to,
                payload,
                words=words,
                message_thread_id=int(to.thread) if to.thread else None,
                disable_notification=options.silent or None,
                reply_parameters=_reply(options),
            )
        except Moved as error:
            if error.thread is not None:
                self._tell_of_fallback(to)
            raise
        return Sent(to, str(message.message_id))

    async def edit(self, message: Sent, payload: Payload) -> None:
        """Put something else in a message's place, once."""
        try:
            await self._once(
                self._bot.edit_message_text,
                message.ref,
                payload,
                message_id=int(message.message_id),
            )
        except DeliveryError as error:
            if UNCHANGED not in error.reason.lower():
                raise

    async def find(self, _to: Ref, _key: str, _since: datetime) -> Sent | None:
        """A bot cannot read what was said."""
        return None

    async def is_admin(self, chat: Ref, user: str) -> bool:
        """Whether a person decides for a chat: their own, or one whose admin they are."""
        return await self._rights.is_admin(chat.chat, user)

    async def run(self, outlet: Outlet, stop: asyncio.Event) -> None:
        """Listen until ``stop``."""
        self._outlet = outlet
        try:
            await self._listening.run(outlet, stop)
        finally:
            self._outlet = None
            for task in self._words.values():
                task.cancel()
            await asyncio.gather(*self._words.values(), return_exceptions=True)
            self._words.clear()

    async def close(self) -> None:
        """Give the connections back; nothing can be sent any more."""
        await close(self._bot)

    async def _once(
        self, call: Any, to: Ref, payload: Payload, *, words: str = "text", **given: Any
    ) -> Any:
        try:
            keyboard = await self._keyboard(to.chat, payload.get(BUTTONS, ()))  # type: ignore[arg-type]
        except StoreError as error:
            raise Transient(error.what) from error
        preview = payload.get("link_preview_options")
        given[words] = payload["text"]
        if words == "text" and isinstance(preview, Mapping):
            given["link_preview_options"] = LinkPreviewOptions(**preview)
        try:
            async with asyncio.timeout(_LONGEST):
                return await call(
                    chat_id=int(to.chat),
                    parse_mode=payload.get("parse_mode"),
                    reply_markup=keyboard,
                    **given,
                )
        except (TelegramError, TimeoutError) as error:
            raise refusal(error, to, token=self._bot.token) from None

    async def _keyboard(self, chat: str, rows: Rows) -> InlineKeyboardMarkup | None:
        made = [[await self._button(chat, key) for key in row] for row in rows]
        return InlineKeyboardMarkup(made) if made else None

    async def _button(self, chat: str, key: Key) -> InlineKeyboardButton:
        if isinstance(key.does, str):
            return InlineKeyboardButton(key.label, url=key.does)
        return InlineKeyboardButton(
            key.label, callback_data=await self._buttons.seal(chat, key.does)
        )

    async def _admins(self, chat: str) -> frozenset[str]:
        try:
            found = await self._bot.get_chat_administrators(chat)
        except BadRequest as error:
            if "no administrators in the private chat" in error.message:
                return frozenset({chat})
            raise refusal(error, Ref(PLATFORM, self.account, chat), token=self._bot.token) from None
        except TelegramError as error:
            raise refusal(error, Ref(PLATFORM, self.account, chat), token=self._bot.token) from None
        return frozenset(str(one.user.id) for one in found)

    def _tell_of_fallback(self, lost: Ref) -> None:
        """Say in the general topic that another one is gone: once, ahead of what goes there."""
        if self._outlet is None or lost in self._words:
            return
        general = replace(lost, thread="")
        self._words[lost] = asyncio.ensure_future(_say(self._outlet, general, _FELL_BACK))


async def _say(outlet: Outlet, to: Ref, text: str) -> None:
    try:
        await outlet.reply(to, say(text), SendOptions(silent=True))
    except BotError:
        return  # what falls back meets the same, and it is recorded there


def _reply(options: SendOptions) -> ReplyParameters | None:
    if not options.reply_to:
        return None
    return ReplyParameters(int(options.reply_to), allow_sending_without_reply=True)
