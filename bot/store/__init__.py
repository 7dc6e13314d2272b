"""The store: every table, every statement. One file an aggregate; nothing else speaks SQL."""

from bot.store.database import Database, Transaction
from bot.store.migrate import migrate

__all__ = ["Database", "Transaction", "migrate"]
