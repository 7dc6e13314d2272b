"""Store: all tables and SQL statements, one module per aggregate.

Not here: rules; no module outside of this package contains SQL.
"""

from bot.store.database import Database, Transaction
from bot.store.migrate import migrate

__all__ = ["Database", "Transaction", "migrate"]
