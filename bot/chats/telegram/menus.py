"""The menus of commands: which are offered where, in the languages of words.py."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import structlog
from telegram import (
    BotCommand,
    BotCommandScope,
    BotCommandScopeAllChatAdministrators,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
)
from telegram.error import TelegramError
from telegram.ext import ExtBot

from bot.chats.telegram.refusals import words
from bot.chats.telegram.words import WORDS
from bot.conversation.commands import Command, Commands

_PRIVATE_ONLY: Final = frozenset({"start"})
_GROUPS_ONLY: Final = frozenset({"allow"})
_MOST_ABOUT: Final = 256  # characters

log = structlog.get_logger(__name__)


def menus(commands: Commands) -> list[tuple[BotCommandScope, tuple[Command, ...]]]:
    """Which commands are offered in which chats: in groups, members are offered what they may do."""
    offered = [one for one in commands.all if not one.for_operators]
    private = tuple(one for one in offered if one.name not in _GROUPS_ONLY)
    groups = tuple(one for one in offered if one.name not in _PRIVATE_ONLY)
    members = tuple(one for one in groups if (not one.changes or one.lists) and one.name != "allow")
    return [
        (BotCommandScopeAllPrivateChats(), private),
        (BotCommandScopeAllGroupChats(), members),
        (BotCommandScopeAllChatAdministrators(), groups),
    ]


async def set_menus(bot: ExtBot[None], commands: Commands) -> None:
    """Tell Telegram the menus. They are a convenience: what goes wrong is logged, and that is all."""
    try:
        for language in ("", *WORDS):
            for scope, offered in menus(commands):
                await bot.set_my_commands(
                    _in_words(offered, language), scope=scope, language_code=language or None
                )
    except TelegramError as error:
        log.warning("the menus of commands could not be set", problem=words(error, bot.token))


def _in_words(commands: Sequence[Command], language: str) -> list[BotCommand]:
    known = WORDS.get(language, {})
    return [BotCommand(one.name, known.get(one.name, one.about)[:_MOST_ABOUT]) for one in commands]
