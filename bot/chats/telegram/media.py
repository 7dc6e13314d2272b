"""A picture or a file that a card comes with: sendPhoto and sendDocument, the words as a caption."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, Final

from telegram.ext import ExtBot

from bot.chats.adapter import Payload
from bot.chats.telegram.render import MOST_CAPTION, MOST_TEXT
from bot.conversation.card import Card, File, Image

MEDIA: Final = "media"
"""Where a payload has its `Image` or `File`."""

Call = Callable[..., Awaitable[Any]]


def media_of(card: Card, *, plain: bool) -> Image | File | None:
    """What the card comes with. As plain text it comes without: it may be what was refused."""
    return None if plain else card.image or card.file


def room_for(media: Image | File | None) -> int:
    """How long the words may be."""
    return MOST_TEXT if media is None else MOST_CAPTION


def caller(bot: ExtBot[None], payload: Payload) -> tuple[Call, str]:
    """The method that sends a payload, and what it calls the words."""
    match payload.get(MEDIA):
        case Image() as image:
            send: Call = partial(bot.send_photo, photo=image.data, filename=image.name)
        case File() as file:
            send = partial(bot.send_document, document=file.data, filename=file.name)
        case _:
            return bot.send_message, "text"
    return send, "caption"
