"""Attachments in both directions: files of incoming messages, and media of cards that are sent."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, Final

from telegram import Chat, Document, Message, MessageEntity
from telegram.ext import ExtBot

from bot.chats.adapter import Payload
from bot.chats.telegram.render import MAX_CAPTION_UTF16_UNITS, MAX_TEXT_UTF16_UNITS
from bot.conversation.cards.card import Card, File, Image
from bot.conversation.request import Attachment
from bot.errors import UserError
from watchers.sources.document import MAX_DOCUMENT_BYTES

MEDIA: Final = "media"
"""Key of the `Image` or `File` in a payload."""

_MAX_LINKS: Final = 20
_IMPORT_COMMANDS: Final = frozenset({"import"})
_DOCUMENT_COMMANDS: Final = frozenset({"summary", "sum"}) | _IMPORT_COMMANDS
# A shorter message is not worth a summary.
_MIN_POST_CHARS: Final = 280

SendMethod = Callable[..., Awaitable[Any]]

# Media of cards that are sent


def get_media(card: Card, *, plain: bool) -> Image | File | None:
    """Return the media of the card; ``None`` in plain text, because Telegram may have refused it."""
    return None if plain else card.image or card.file


def max_text_units(media: Image | File | None) -> int:
    """Return how long the text may be: the text beside media is a caption, which is shorter."""
    return MAX_TEXT_UTF16_UNITS if media is None else MAX_CAPTION_UTF16_UNITS


def select_send_method(bot: ExtBot[None], payload: Payload) -> tuple[SendMethod, str]:
    """Return the method that sends a payload, and the name of its text parameter."""
    match payload.get(MEDIA):
        case Image() as image:
            send: SendMethod = partial(bot.send_photo, photo=image.data, filename=image.name)
        case File() as file:
            send = partial(bot.send_document, document=file.data, filename=file.name)
        case _:
            return bot.send_message, "text"
    return send, "caption"


# Files and links of incoming messages


async def download_attachments(message: Message, bot: ExtBot[None]) -> tuple[Attachment, ...]:
    """Download the document of a message.

    In a private chat every document is downloaded. In a group, a command must come with it. A command
    about documents may also reply to a message with a document, or to a long text.

    Raises:
        UserError: the document is too large.
        TelegramError: the document cannot be downloaded.
    """
    command = _command_name(message)
    if message.document is not None and (message.chat.type == Chat.PRIVATE or command):
        return (await _download(message.document, bot),)
    replied = message.reply_to_message
    if replied is None or command not in _DOCUMENT_COMMANDS:
        return ()
    if replied.document is not None:
        return (await _download(replied.document, bot),)
    is_from_bot = replied.from_user is not None and replied.from_user.id == bot.id
    text = replied.text or replied.caption or ""
    # A post with links is summarised from its links. An alert of the bot is summarised by its item.
    if (
        is_from_bot
        or command in _IMPORT_COMMANDS
        or extract_links(replied)
        or len(text) < _MIN_POST_CHARS
    ):
        return ()
    return (Attachment("post.txt", text.encode("utf-8", "replace")),)


def has_unsupported_content(message: Message) -> bool:
    """Return True for content that the bot cannot read: a picture, a voice message, a sticker."""
    # An album arrives as one message per picture; answering each of them would flood the chat.
    if message.media_group_id or message.caption or message.document:
        return False
    return message.effective_attachment is not None


def needs_download(message: Message) -> bool:
    """Return True if `download_attachments` downloads a file."""
    command, replied = _command_name(message), message.reply_to_message
    if message.document is not None and (message.chat.type == Chat.PRIVATE or command):
        return True
    return command in _DOCUMENT_COMMANDS and bool(replied and replied.document)


def extract_links(message: Message) -> tuple[str, ...]:
    """Return the URLs in a message, visible or behind its text."""
    urls: list[str] = []
    for entities in (message.parse_entities(), message.parse_caption_entities()):
        for entity, text in entities.items():
            if entity.type == MessageEntity.TEXT_LINK and entity.url:
                urls.append(entity.url)
            elif entity.type == MessageEntity.URL and "://" in text:
                urls.append(text)
    return tuple(urls[:_MAX_LINKS])


async def _download(document: Document, bot: ExtBot[None]) -> Attachment:
    name = document.file_name or "document"
    if (document.file_size or 0) > MAX_DOCUMENT_BYTES:
        max_megabytes = MAX_DOCUMENT_BYTES // 1_000_000
        raise UserError(f"{name} is larger than {max_megabytes} MB; send a smaller file")
    file = await bot.get_file(document.file_id)
    return Attachment(name, bytes(await file.download_as_bytearray()))


def _command_name(message: Message) -> str:
    """Return the name of the command in a message, or "" without a command."""
    first_word = (message.text or message.caption or "").split(maxsplit=1)[:1]
    if not first_word or not first_word[0].startswith("/"):
        return ""
    return first_word[0][1:].partition("@")[0].lower()
