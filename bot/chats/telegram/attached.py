"""What a message carries beside its words: documents, and the addresses behind its words."""

from __future__ import annotations

from typing import Final

from telegram import Chat, Document, Message, MessageEntity
from telegram.ext import ExtBot

from bot.conversation.request import Attachment
from bot.errors import MisuseError
from watchers.sources.document import MAX_BYTES

_MOST_LINKS: Final = 20
_IMPORTS: Final = frozenset({"import"})
_OF_DOCUMENTS: Final = frozenset({"summary", "sum"}) | _IMPORTS
_AS_LONG_AS_ONE: Final = 280  # characters of a post that are worth a summary


async def attachments_of(message: Message, bot: ExtBot[None]) -> tuple[Attachment, ...]:
    """The document of a message, fetched: in a private chat, or with a command that is about one.

    Such a command may also answer the message with the document, or with a text that is as long as one.

    Raises:
        MisuseError: it is too large.
        TelegramError: it cannot be fetched.
    """
    command = _command_of(message)
    if message.document is not None and (message.chat.type == Chat.PRIVATE or command):
        return (await _fetched(message.document, bot),)
    quoted = message.reply_to_message
    if quoted is None or command not in _OF_DOCUMENTS:
        return ()
    if quoted.document is not None:
        return (await _fetched(quoted.document, bot),)
    by_us = quoted.from_user is not None and quoted.from_user.id == bot.id
    text = quoted.text or quoted.caption or ""
    if by_us or command in _IMPORTS or links_of(quoted) or len(text) < _AS_LONG_AS_ONE:
        return ()
    return (Attachment("post.txt", text.encode("utf-8", "replace")),)


def is_wordless(message: Message) -> bool:
    """Whether a person sent something that nobody here reads: a picture, a voice, a sticker."""
    if message.media_group_id or message.caption or message.document:
        return False
    return message.effective_attachment is not None


async def _fetched(document: Document, bot: ExtBot[None]) -> Attachment:
    name = document.file_name or "document"
    if (document.file_size or 0) > MAX_BYTES:
        most = MAX_BYTES // 1_000_000
        raise MisuseError(f"{name} is larger than {most} MB; that is too much for me")
    file = await bot.get_file(document.file_id)
    return Attachment(name, bytes(await file.download_as_bytearray()))


def _command_of(message: Message) -> str:
    """The name of the command in a message; "" where it is none."""
    first = (message.text or message.caption or "").split(maxsplit=1)[:1]
    if not first or not first[0].startswith("/"):
        return ""
    return first[0][1:].partition("@")[0].lower()


def links_of(message: Message) -> tuple[str, ...]:
    """The addresses in a message, or behind its words."""
    found: list[str] = []
    for entities in (message.parse_entities(), message.parse_caption_entities()):
        for entity, text in entities.items():
            if entity.type == MessageEntity.TEXT_LINK and entity.url:
                found.append(entity.url)
            elif entity.type == MessageEntity.URL and "://" in text:
                found.append(text)
    return tuple(found[:_MOST_LINKS])
