"""Telling those who run the bot something: a feed that died, one that is back."""

from __future__ import annotations

from collections.abc import Iterable

import structlog

from bot.conversation.access import Access
from bot.conversation.card import say
from bot.delivery.sender import Sender
from bot.errors import BotError
from bot.model import Ref

log = structlog.get_logger(__name__)


async def tell_operators(senders: Iterable[Sender], access: Access, text: str) -> None:
    """Say ``text`` to every operator that can be reached; who cannot be is in the log."""
    log.info("told to those who run this", text=text)
    for sender in senders:
        platform, account = sender.platform, sender.account
        for chat in access.operators_on(platform):
            try:
                await sender.reply(Ref(platform, account, chat), say(text))
            except BotError as error:
                log.warning("an operator was not told", platform=platform, problem=str(error))
