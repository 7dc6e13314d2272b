"""Transfer of a whole database to another one: SQLite, PostgreSQL or a backup file.

Not here: the command line (`bot.cli.migrate`, `bot.cli.backup`).

    source, one snapshot ──► steps (one table each, referenced tables first) ──► batches ──► target
                                   progress is written in the transaction of each batch ──┘
    every row of both sides is compared ──► counters are set, the schema revision is written

Until the end, the schema revision of the target is `bot.store.migrate.MOVING`, which no version
starts on. After a crash, the transfer resumes after the last committed batch.
"""

from bot.store.admin.transfer.other_clients import list_other_clients
from bot.store.admin.transfer.preflight import (
    check_source,
    drop_all_tables,
    is_transfer_in_progress,
    non_empty_tables,
    unfinished_transfer_source,
)
from bot.store.admin.transfer.run import Progress, TransferResult, transfer

__all__ = [
    "Progress",
    "TransferResult",
    "check_source",
    "drop_all_tables",
    "is_transfer_in_progress",
    "list_other_clients",
    "non_empty_tables",
    "transfer",
    "unfinished_transfer_source",
]
