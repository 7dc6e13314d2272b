"""Moving a whole database to another one: SQLite to PostgreSQL, back, or to a file that is kept.

    source, one snapshot ──► steps (a table each, referred-to first) ──► batches ──► target
                                                                           │  with each, in one
                                                                           ▼  transaction: how far
                                                              every row of both sides compared
                                                                           │
                                                                           ▼
                                                  counters set, the schema named: now it is a Tocsin's

Until the end, the target's schema is named `bot.store.migrate.MOVING`, which no version of Tocsin
starts on. A move that was killed goes on behind the last batch that was committed.
"""

from bot.store.transfer.fit import begun_from, check_source, empty, is_moving, what_is_in
from bot.store.transfer.moving import Progress, Transferred, transfer
from bot.store.transfer.others import others_on

__all__ = [
    "Progress",
    "Transferred",
    "begun_from",
    "check_source",
    "empty",
    "is_moving",
    "others_on",
    "transfer",
    "what_is_in",
]
