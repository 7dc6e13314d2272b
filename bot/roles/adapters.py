"""The chat adapters that the settings ask for, each made only where it is wanted."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import structlog

from bot.chats.console import ConsoleChat
from bot.chats.console.plain import PipeScreen
from bot.chats.console.screen import Screen
from bot.chats.console.terminal import TerminalScreen
from bot.clock import Clock
from bot.conversation.conversation import Conversation
from bot.conversation.overview import Overview
from bot.delivery.accounts import Accounts
from bot.model import Ref
from bot.settings import Settings
from bot.store import Database
from bot.store.chats import find_chat
from bot.store.subscriptions import list_subscriptions

if TYPE_CHECKING:
    from bot.chats.slack import Slack
    from bot.chats.telegram import TelegramChat

log = structlog.get_logger(__name__)


def make_console(settings: Settings, database: Database, conversation: Conversation) -> ConsoleChat:
    """The chat on this terminal, or on a pipe."""

    async def topics_of(ref: Ref) -> Sequence[str]:
        async with database.reading() as connection:
            chat_id = await find_chat(connection, ref)
            followed = await list_subscriptions(connection, chat_id) if chat_id else []
        return [one.label for one in followed]

    screen: Screen
    if sys.stdin.isatty() and sys.stdout.isatty():
        history = settings.data_dir / "console_history"
        history.parent.mkdir(parents=True, exist_ok=True)
        screen = TerminalScreen(conversation.commands, history)
    else:
        screen = PipeScreen(sys.stdin.fileno(), sys.stdout)
    return ConsoleChat(conversation, screen, topics_of, settings.data_dir / "console_files")


def make_telegram(settings: Settings, conversation: Conversation) -> TelegramChat | None:
    """The bot whose token the settings have."""
    token = settings.telegram_token.get_secret_value()
    if not token:
        return None
    brought = settings.public_url if settings.web_port else ""
    if settings.public_url and not brought:
        log.warning("TOCSIN_PUBLIC_URL needs TOCSIN_WEB_PORT; Telegram is asked for news instead")
    # Each SDK takes half a second to load: only who talks there waits for it.
    from bot.chats.telegram import TelegramChat, connect  # noqa: PLC0415

    bot = connect(token, settings.telegram_base_url)
    return TelegramChat(bot, conversation, public_url=brought)


def make_slack(
    settings: Settings,
    database: Database,
    conversation: Conversation,
    workspaces: Accounts,
    clock: Clock,
) -> Slack | None:
    """Slack, with its own workspace and those that install the app.

    Raises:
        SettingsError: something is missing beside what is set.
    """
    if not settings.has_slack:
        return None
    from bot.chats.slack import Slack  # noqa: PLC0415 - as above
    from bot.slack_setup import slack_options  # noqa: PLC0415

    options = slack_options(settings)
    if options is None:
        return None
    followed = Overview(database, clock)
    return Slack(options, database, conversation, followed, workspaces, clock)
