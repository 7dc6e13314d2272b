"""Telegram: one bot, its private chats, groups, forum topics and channels."""

from bot.chats.telegram.chat import TelegramChat
from bot.chats.telegram.connect import check_token, connect

__all__ = ["TelegramChat", "check_token", "connect"]
