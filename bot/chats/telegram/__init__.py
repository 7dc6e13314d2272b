"""Telegram adapter: one bot with private chats, groups, forum topics and channels.

Not here: commands and texts of answers (`bot.conversation`).
"""

from bot.chats.telegram.adapter import TelegramAdapter
from bot.chats.telegram.client import check_token, connect

__all__ = ["TelegramAdapter", "check_token", "connect"]
