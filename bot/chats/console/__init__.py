"""Console adapter: a chat on a terminal or on a pipe.

Not here: commands of the command line (`bot.cli`).
"""

from bot.chats.console.adapter import CONSOLE, ConsoleChat

__all__ = ["CONSOLE", "ConsoleChat"]
