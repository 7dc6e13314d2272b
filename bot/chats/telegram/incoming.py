"""What comes in from Telegram, in the words of the conversation; what it answers goes out.

message, channel post ──► to us? ──► who may change things? ──► Conversation.hear ──► replies
button ──► pressed.py
@bot query ──► glance                 my_chat_member, migration ──► gone, back, moved
"""

from __future__ import annotations

from traceback import extract_tb
from typing import Final

import structlog
from telegram import Chat, ChatMemberUpdated, InlineQuery, Message, Update, User
from telegram.error import TelegramError
from telegram.ext import ContextTypes, ExtBot

from bot.chats.adapter import Outlet, SendOptions
from bot.chats.progress import ProgressMessage
from bot.chats.telegram.attached import attachments_of, is_wordless, links_of
from bot.chats.telegram.buttons import Buttons
from bot.chats.telegram.inline import answer_inline
from bot.chats.telegram.membership import standing
from bot.chats.telegram.on_behalf import OnBehalf
from bot.chats.telegram.pressed import Pressed
from bot.chats.telegram.refusals import words
from bot.chats.telegram.remote import elsewhere
from bot.chats.telegram.rights import Rights
from bot.chats.telegram.where import PLATFORM, ref_of
from bot.conversation.card import Card, say
from bot.conversation.conversation import Conversation
from bot.conversation.request import Message as Said
from bot.conversation.request import Progress
from bot.errors import BotError, MisuseError
from bot.model import Ref

_WORDLESS: Final = (
    "I read words, links and documents (.txt, .md, .html, .pdf); in this there are none."
)

log = structlog.get_logger(__name__)


class Incoming:
    """Handles updates, each once."""

    def __init__(
        self,
        bot: ExtBot[None],
        username: str,
        outlet: Outlet,
        conversation: Conversation,
        buttons: Buttons,
        rights: Rights,
    ) -> None:
        self._bot = bot
        self._account = bot.token.partition(":")[0]
        self._username = username.lower()
        self._outlet = outlet
        self._conversation = conversation
        self._rights = rights
        self._on_behalf = OnBehalf(bot, outlet, conversation, rights)
        self._pressed = Pressed(bot, outlet, conversation, buttons, rights)
        self._unknown: set[str] = set()

    @staticmethod
    def chat_of(update: object) -> str:
        """Whose turn an update has to wait for."""
        if not isinstance(update, Update):
            return ""
        where = update.effective_chat or update.effective_user
        return str(where.id) if where is not None else ""

    async def handle(self, update: object, _context: ContextTypes.DEFAULT_TYPE) -> None:
        """Handle one update; whatever is wrong with it ends it, and nothing else."""
        if not isinstance(update, Update) or self._is_chatter(update):
            return
        try:
            if await self._outlet.first_time(str(update.update_id)):
                await self._handle(update)
        except (BotError, TelegramError) as error:
            said = words(error, self._bot.token)
            log.warning("an update was not answered", update=update.update_id, problem=said)
        except Exception as error:  # noqa: BLE001 - a fault of ours ends one update, and is logged
            # The library's own frames know the token: the log says where it broke, and no more.
            place = extract_tb(error.__traceback__)[-1]
            said = f"{type(error).__name__}: {words(error, self._bot.token)}"
            where = f"{place.filename}:{place.lineno}"
            log.error("an update broke", update=update.update_id, problem=said, place=where)

    def _is_chatter(self, update: Update) -> bool:
        """Whether people talk among themselves: in a busy group that need not be written down."""
        message = update.message or update.channel_post
        if message is None or message.migrate_to_chat_id or message.migrate_from_chat_id:
            return False
        return message.chat.type != Chat.PRIVATE and self._meant_for_us(message) is None

    async def _handle(self, update: Update) -> None:
        if update.callback_query is not None:
            await self._pressed.handle(update.callback_query)
        elif update.inline_query is not None:
            await self._asked_inline(update.inline_query)
        elif update.my_chat_member is not None:
            await self._own_standing(update.my_chat_member)
        elif update.chat_member is not None:
            self._rights.forget(str(update.chat_member.chat.id))
        elif update.message is not None or update.channel_post is not None:
            await self._written(update.message or update.channel_post)  # type: ignore[arg-type]
        else:
            kinds = {*update.to_dict()} - {"update_id"}
            if not kinds <= self._unknown:
                self._unknown |= kinds
                log.info("updates of a kind that is not handled", kinds=sorted(kinds))

    # ── messages ──────────────────────────────────────────────────────────────────────────────────

    async def _written(self, message: Message) -> None:
        if await self._has_moved(message):
            return
        private = message.chat.type == Chat.PRIVATE
        text = _said(message) if private else self._meant_for_us(message)
        if text is None:
            return
        ref = ref_of(self._account, message.chat, message)
        quiet = SendOptions(silent=not private, reply_to="" if private else str(message.message_id))
        by = _who(message.sender_chat, message.from_user)
        progress = ProgressMessage(self._outlet, ref, quiet)
        try:
            cards = await self._answers(message, text, ref, by, progress)
        except MisuseError as error:
            said = str(error)
            cards = [say(f"{said[:1].upper()}{said[1:]}.")]
        await progress.finish(cards)

    async def _answers(
        self, message: Message, text: str, ref: Ref, by: str, progress: Progress
    ) -> list[Card]:
        if message.chat.type == Chat.PRIVATE and (there := elsewhere(text)) is not None:
            return await self._on_behalf.do(there, by)
        replied = message.reply_to_message
        ours = replied and replied.from_user and str(replied.from_user.id) == self._account
        served = self._conversation.serves(ref, by)
        if served and not text and is_wordless(message):
            return [say(_WORDLESS)]
        said = Said(
            ref,
            text,
            by,
            await attachments_of(message, self._bot) if served else (),
            may_change=await self._may_change(message, text, by),
            reply_to=str(replied.message_id) if replied and ours else "",
            forwarded=message.forward_origin is not None and message.chat.type == Chat.PRIVATE,
            links=links_of(message),
            quoted_links=links_of(replied) if replied else (),
            progress=progress,
        )
        return await self._conversation.hear(said)

    def _meant_for_us(self, message: Message) -> str | None:
        """What is said to us among several people: a command of ours, or words to our name."""
        if message.is_automatic_forward:
            return None
        text = _said(message)
        first, _, rest = text.strip().partition(" ")
        if first.startswith("/"):
            name, at, whose = first[1:].split("\n")[0].partition("@")
            if at:
                return text if whose.lower() == self._username else None
            return text if self._conversation.commands.knows(name) else None
        if message.chat.type == Chat.CHANNEL or first.lower() != f"@{self._username}":
            return None
        return rest.strip() or "/help"

    async def _may_change(self, message: Message, text: str, by: str) -> bool:
        kind = message.chat.type
        if kind in {Chat.PRIVATE, Chat.CHANNEL}:
            return True  # a channel's posts are its admins'
        if message.sender_chat is not None:  # an admin who stays unnamed speaks as the group
            return message.sender_chat.id == message.chat.id
        if not self._conversation.asks_for_change(text):
            return False
        return await self._rights.surely_admin(str(message.chat.id), by)

    async def _has_moved(self, message: Message) -> bool:
        here = str(message.chat.id)
        old, new = message.migrate_from_chat_id, message.migrate_to_chat_id
        if not old and not new:
            return False
        before = Ref(PLATFORM, self._account, str(old or here))
        after = Ref(PLATFORM, self._account, str(new or here))
        self._rights.forget(before.chat)
        await self._outlet.moved(before, after)
        return True

    # ── the rest ──────────────────────────────────────────────────────────────────────────────────

    async def _asked_inline(self, query: InlineQuery) -> None:
        by = str(query.from_user.id)
        here = Ref(PLATFORM, self._account, by)
        await answer_inline(query, self._conversation, here, by)

    async def _own_standing(self, update: ChatMemberUpdated) -> None:
        ref = ref_of(self._account, update.chat)
        self._rights.forget(ref.chat)
        now = standing(update)
        if now.reason:
            await self._outlet.gone(ref, now.reason)
            return
        await self._outlet.back(ref)
        if not now.is_new or not self._conversation.serves(ref, str(update.from_user.id)):
            return
        if update.chat.type in {Chat.GROUP, Chat.SUPERGROUP}:
            await self._outlet.reply(ref, self._conversation.welcome(), SendOptions(silent=True))
        elif update.chat.type == Chat.CHANNEL:
            await self._on_behalf.tell_how(update.chat, str(update.from_user.id))


def _said(message: Message) -> str:
    return message.text or message.caption or ""


def _who(as_chat: Chat | None, user: User | None) -> str:
    if as_chat is not None:
        return str(as_chat.id)
    return str(user.id) if user is not None else ""
