"""What a message carries beside its words: documents, and the addresses behind its words."""

from __future__ import annotations

from typing import Final

from telegram import Chat, Message, MessageEntity
from telegram.ext import ExtBot

from bot.conversation.request import Attachment
from bot.errors import MisuseError
from watchers.sources.document import MAX_BYTES

_MOST_LINKS: Final = 20


async def attachments_of(message: Message, bot: ExtBot[None]) -> tuple[Attachment, ...]:
    """The document of a message, fetched: in a private chat, or with a command.

    Raises:
        MisuseError: it is too large.
        TelegramError: it cannot be fetched.
    """
    document = message.document
    asked = message.chat.type == Chat.PRIVATE or (message.caption or "").startswith("/")
    if document is None or not asked:
        return ()
    name = document.file_name or "document"
    if (document.file_size or 0) > MAX_BYTES:
        raise MisuseError(f"{name} is larger than {MAX_BYTES >> 20} MB; that is too much for me")
    file = await bot.get_file(document.file_id)
    data = bytes(await file.download_as_bytearray())
    return (Attachment(name, data),)


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
