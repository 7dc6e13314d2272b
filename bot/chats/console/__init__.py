"""The console: a chat on your own terminal, or on a pipe."""

from bot.chats.console.chat import CONSOLE, ConsoleChat

__all__ = ["CONSOLE", "ConsoleChat"]
