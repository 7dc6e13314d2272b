"""Handling of updates: messages, channel posts, membership changes and migrations.

message, channel post ──► for the bot? ──► administrator? ──► Conversation ──► replies
button, inline query  ──► callbacks.py
my_chat_member, migration ──► chat unreachable, restored or migrated
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from traceback import extract_tb
from typing import Final

import structlog
from telegram import (
    Chat,
    ChatMember,
    ChatMemberAdministrator,
    ChatMemberRestricted,
    ChatMemberUpdated,
    InlineQuery,
    Message,
    Update,
    User,
)
from telegram.error import TelegramError
from telegram.ext import ContextTypes, ExtBot

from bot.chats.adapter import DEFAULT_OPTIONS, ReplyChannel, SendOptions, SentMessage
from bot.chats.telegram.attachments import (
    download_attachments,
    extract_links,
    has_unsupported_content,
    needs_download,
)
from bot.chats.telegram.callbacks import CallbackHandler, CallbackSigner, answer_inline_query
from bot.chats.telegram.client import PLATFORM, AdminCache, make_chat_ref
from bot.chats.telegram.errors import error_message
from bot.chats.telegram.remote_admin import RemoteAdmin, parse_remote_command
from bot.conversation.cards.card import Card, make_card
from bot.conversation.conversation import Conversation
from bot.conversation.plain_words import read_reply_command
from bot.conversation.request import Attachment, IncomingMessage, Progress
from bot.errors import BotError, ChatUnreachable, DeliveryError, UserError
from bot.models import ChatRef

_UNSUPPORTED_CONTENT: Final = (
    "I can read text, links and documents (.txt, .md, .html, .pdf, .docx, .odt, .rtf, .eml, .epub)."
    " This message contains none of them."
)
_NOT_IN_CHAT: Final = {ChatMember.LEFT, ChatMember.BANNED}

log = structlog.get_logger(__name__)


class ProgressMessage:
    """A message that shows the progress of one answer and is then replaced by the answer.

    The first call sends the message and further calls edit it. `finish` puts the first card of the
    answer in its place and sends the other cards.
    """

    def __init__(
        self, reply_channel: ReplyChannel, to: ChatRef, options: SendOptions = DEFAULT_OPTIONS
    ) -> None:
        self._reply_channel = reply_channel
        self._to = to
        self._options = options
        self._message: SentMessage | None = None

    async def __call__(self, card: Card) -> None:
        """Show the progress.

        Raises:
            DeliveryError: the message was not sent or not edited.
        """
        if self._message is None:
            self._message = await self._reply_channel.reply(self._to, card, self._options)
        else:
            await self._reply_channel.edit(self._message, card)

    async def finish(self, cards: Sequence[Card]) -> None:
        """Send the answer.

        Raises:
            DeliveryError: a card was not sent.
        """
        for number, card in enumerate(cards):
            if number == 0 and self._message is not None and not card.private:
                try:
                    await self._reply_channel.edit(self._message, card)
                except ChatUnreachable:
                    raise
                except DeliveryError:
                    # The message may be too old, or deleted. Send the card as a new message below.
                    pass
                else:
                    continue
            await self._reply_channel.reply(self._to, card, self._options)


@dataclass(frozen=True, slots=True)
class BotMembership:
    """The membership of the bot in a chat after a change.

    Attributes:
        reason: why the bot cannot post; "" if it can.
        is_new: the bot was added with this change.
    """

    reason: str = ""
    is_new: bool = False


def bot_membership(update: ChatMemberUpdated) -> BotMembership:
    """Return the membership of the bot after ``update``, with the reasons that the Bot API uses."""
    now, before, kind = update.new_chat_member, update.old_chat_member, update.chat.type
    if kind == Chat.PRIVATE:
        return BotMembership("bot was blocked by the user" if now.status in _NOT_IN_CHAT else "")
    if now.status == ChatMember.BANNED:
        return BotMembership(f"bot was kicked from the {kind} chat")
    if now.status == ChatMember.LEFT:
        return BotMembership(f"bot is not a member of the {kind} chat")
    if isinstance(now, ChatMemberRestricted) and not (now.is_member and now.can_send_messages):
        return BotMembership("have no rights to send a message")
    can_post = isinstance(now, ChatMemberAdministrator) and now.can_post_messages
    if kind == Chat.CHANNEL and not can_post:
        return BotMembership("need administrator rights in the channel chat")
    return BotMembership(is_new=before.status in _NOT_IN_CHAT)


class UpdateHandler:
    """Handler of updates that were stored before. A handled update is finished."""

    def __init__(
        self,
        bot: ExtBot[None],
        username: str,
        reply_channel: ReplyChannel,
        conversation: Conversation,
        signer: CallbackSigner,
        admin_cache: AdminCache,
    ) -> None:
        self._bot = bot
        self._account = bot.token.partition(":")[0]
        self._username = username.lower()
        self._reply_channel = reply_channel
        self._conversation = conversation
        self._admin_cache = admin_cache
        self._remote_admin = RemoteAdmin(bot, reply_channel, conversation, admin_cache)
        self._callback_handler = CallbackHandler(
            bot, reply_channel, conversation, signer, admin_cache
        )
        self._logged_kinds: set[str] = set()

    @staticmethod
    def chat_of(update: object) -> str:
        """Return the chat whose updates are handled in order, or the person without a chat."""
        if not isinstance(update, Update):
            return ""
        origin = update.effective_chat or update.effective_user
        return str(origin.id) if origin is not None else ""

    async def handle(self, update: object, _context: ContextTypes.DEFAULT_TYPE) -> None:
        """Handle one update. A failure is logged and does not affect other updates."""
        if not isinstance(update, Update):
            return
        try:
            await self._dispatch(update)
        except (BotError, TelegramError) as error:
            message = error_message(error, self._bot.token)
            log.warning("telegram_update_failed", update_id=update.update_id, error=message)
        except Exception as error:  # noqa: BLE001 - a programming error must end only one update
            # No traceback: the frames of the library contain the token. Log the place only.
            frame = extract_tb(error.__traceback__)[-1]
            log.error(
                "telegram_update_crashed",
                update_id=update.update_id,
                error=f"{type(error).__name__}: {error_message(error, self._bot.token)}",
                place=f"{frame.filename}:{frame.lineno}",
            )
        await self._reply_channel.finish_update(str(update.update_id))

    async def drop(self, update: object) -> None:
        """Finish an update of a flood without handling it."""
        if isinstance(update, Update):
            await self._reply_channel.finish_update(str(update.update_id))

    def is_unrelated(self, update: Update) -> bool:
        """Return True for a message between other people, which needs no row in the database."""
        message = update.message or update.channel_post
        if message is None or message.migrate_to_chat_id or message.migrate_from_chat_id:
            return False
        if _reopens_topic(message):
            return False
        if _is_from_bot(message):
            return True
        return message.chat.type != Chat.PRIVATE and self._text_addressed_to_bot(message) is None

    async def _dispatch(self, update: Update) -> None:
        if update.callback_query is not None:
            await self._callback_handler.handle(update.callback_query)
        elif update.inline_query is not None:
            await self._handle_inline_query(update.inline_query)
        elif update.my_chat_member is not None:
            await self._handle_membership(update.my_chat_member)
        elif update.chat_member is not None:
            self._admin_cache.invalidate(str(update.chat_member.chat.id))
        elif update.message is not None or update.channel_post is not None:
            await self._handle_message(update.message or update.channel_post)  # type: ignore[arg-type]
        else:
            kinds = {*update.to_dict()} - {"update_id"}
            if not kinds <= self._logged_kinds:
                self._logged_kinds |= kinds
                log.info("telegram_update_kind_unknown", kinds=sorted(kinds))

    # Messages

    async def _handle_message(self, message: Message) -> None:
        if await self._handle_migration(message):
            return
        if _reopens_topic(message):
            ref = make_chat_ref(self._account, message.chat, message)
            await self._reply_channel.thread_restored(ref)
            return
        is_private = message.chat.type == Chat.PRIVATE
        text = _message_text(message) if is_private else self._text_addressed_to_bot(message)
        if text is None:
            return
        text = self._command_of_reply(message) or text
        ref = make_chat_ref(self._account, message.chat, message)
        options = SendOptions(
            silent=not is_private, reply_to="" if is_private else str(message.message_id)
        )
        user_id = _sender_id(message.sender_chat, message.from_user)
        progress = ProgressMessage(self._reply_channel, ref, options)
        try:
            cards = await self._answer_message(message, text, ref, user_id, progress)
        except UserError as error:
            problem = str(error)
            cards = [make_card(f"{problem[:1].upper()}{problem[1:]}.")]
        await progress.finish(cards)

    async def _answer_message(
        self, message: Message, text: str, ref: ChatRef, user_id: str, progress: Progress
    ) -> list[Card]:
        # Without a request to Telegram: a stranger must learn nothing about the groups of the bot.
        is_served = self._conversation.serves(ref, user_id)
        is_private = message.chat.type == Chat.PRIVATE
        if is_served and is_private and (command := parse_remote_command(text)) is not None:
            return await self._remote_admin.execute(command, user_id)
        if is_served and not text and has_unsupported_content(message):
            return [make_card(_UNSUPPORTED_CONTENT)]
        # Files of people who may not use the bot are not downloaded.
        is_download = is_served and needs_download(message)
        async with self._conversation.file_slot(ref) if is_download else nullcontext():
            attachments = await download_attachments(message, self._bot) if is_served else ()
            return await self._answer_with(
                message, text, ref, user_id, progress, attachments, is_served=is_served
            )

    async def _answer_with(
        self,
        message: Message,
        text: str,
        ref: ChatRef,
        user_id: str,
        progress: Progress,
        attachments: tuple[Attachment, ...],
        *,
        is_served: bool,
    ) -> list[Card]:
        is_private = message.chat.type == Chat.PRIVATE
        replied = message.reply_to_message
        is_reply_to_bot = (
            replied and replied.from_user and str(replied.from_user.id) == self._account
        )
        request = IncomingMessage(
            ref,
            text,
            user_id,
            attachments,
            is_admin=is_served and await self._is_sender_admin(message, text, user_id),
            reply_to=str(replied.message_id) if replied and is_reply_to_bot else "",
            is_forwarded=message.forward_origin is not None and is_private,
            links=extract_links(message),
            quoted_links=extract_links(replied) if replied else (),
            progress=progress,
        )
        return await self._conversation.handle_message(request)

    def _text_addressed_to_bot(self, message: Message) -> str | None:
        """Return the text of a group message for the bot, else ``None``.

        A message is for the bot if it is a command of the bot or begins with the @name of the bot.
        """
        # Posts of a linked channel appear in its group. The channel itself has answered them already.
        if message.is_automatic_forward:
            return None
        if command := self._command_of_reply(message):
            return command
        text = _message_text(message)
        first_word, _, remainder = text.strip().partition(" ")
        if first_word.startswith("/"):
            name, at_sign, bot_name = first_word[1:].split("\n")[0].partition("@")
            if at_sign:
                return text if bot_name.lower() == self._username else None
            # Other bots of the group have commands too, so unknown commands are not answered.
            return text if self._conversation.commands.has_command(name) else None
        if message.chat.type == Chat.CHANNEL or first_word.lower() != f"@{self._username}":
            return None
        return remainder.strip() or "/help"

    def _command_of_reply(self, message: Message) -> str:
        """Return the command of a reply such as “why” to a message of the bot, or ""."""
        replied = message.reply_to_message
        if not (replied and replied.from_user and str(replied.from_user.id) == self._account):
            return ""
        return read_reply_command(_message_text(message))

    async def _is_sender_admin(self, message: Message, text: str, user_id: str) -> bool:
        kind = message.chat.type
        # Only administrators of a channel can post in the channel.
        if kind in {Chat.PRIVATE, Chat.CHANNEL}:
            return True
        # An anonymous administrator writes in the name of the group. Other people can write in the name
        # of their own channel.
        if message.sender_chat is not None:
            return message.sender_chat.id == message.chat.id
        if not self._conversation.requires_admin(text):
            return False
        return await self._admin_cache.is_confirmed_admin(str(message.chat.id), user_id)

    async def _handle_migration(self, message: Message) -> bool:
        """Move the chat if the message reports that the group became a supergroup."""
        chat_id = str(message.chat.id)
        old_id, new_id = message.migrate_from_chat_id, message.migrate_to_chat_id
        if not old_id and not new_id:
            return False
        # Telegram reports the change in both chats. The report that arrives first moves the chat.
        old_ref = ChatRef(PLATFORM, self._account, str(old_id or chat_id))
        new_ref = ChatRef(PLATFORM, self._account, str(new_id or chat_id))
        self._admin_cache.invalidate(old_ref.chat)
        await self._reply_channel.chat_migrated(old_ref, new_ref)
        return True

    # Other updates

    async def _handle_inline_query(self, query: InlineQuery) -> None:
        user_id = str(query.from_user.id)
        ref = ChatRef(PLATFORM, self._account, user_id)
        await answer_inline_query(query, self._conversation, ref, user_id)

    async def _handle_membership(self, update: ChatMemberUpdated) -> None:
        ref = make_chat_ref(self._account, update.chat)
        self._admin_cache.invalidate(ref.chat)
        membership = bot_membership(update)
        if membership.reason:
            await self._reply_channel.chat_unreachable(ref, membership.reason)
            return
        await self._reply_channel.chat_restored(ref)
        user_id = str(update.from_user.id)
        if not membership.is_new or not self._conversation.serves(ref, user_id):
            return
        if update.chat.type in {Chat.GROUP, Chat.SUPERGROUP}:
            welcome = self._conversation.welcome()
            await self._reply_channel.reply(ref, welcome, SendOptions(silent=True))
        elif update.chat.type == Chat.CHANNEL:
            await self._remote_admin.send_channel_instructions(update.chat, user_id)


def _is_from_bot(message: Message) -> bool:
    """Return True for another bot: two bots could answer each other without end."""
    # Telegram shows an anonymous administrator as a bot that writes in the name of the group.
    user = message.from_user
    return user is not None and user.is_bot and message.sender_chat is None


def _reopens_topic(message: Message) -> bool:
    return bool(message.forum_topic_reopened or message.general_forum_topic_unhidden)


def _message_text(message: Message) -> str:
    return message.text or message.caption or ""


def _sender_id(sender_chat: Chat | None, user: User | None) -> str:
    if sender_chat is not None:
        return str(sender_chat.id)
    return str(user.id) if user is not None else ""
