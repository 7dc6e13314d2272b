"""Fill every declared table of a database with rows, so that a new table is filled, too."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice

from sqlalchemy import JSON, Boolean, Column, Float, Integer, Table, insert

from bot.store import Database
from bot.store.items.matches import index_items
from bot.store.items.stored_terms import stored_terms
from bot.store.tables import UtcDateTime, counters, metadata
from watchers.topics.candidates import ItemTerms

_FIRST_MOMENT = datetime(2026, 1, 1, 12, 30, 15, 123456, UTC)
_TEXTS = (
    "Sanctions on North Korea",
    "Ölpreis steigt: 'um 5 %', heißt es",
    '北韓 \\ backslash "quotes" \n a second line',
    "",
    "😀 émigré\tа́кут",
)
# Columns whose values must be parseable or refer to certain rows.
_COLUMN_VALUES = {
    "topics.query": lambda n: f"word{n}",
    "chats.mode": lambda n: "instant",
    "chats.quiet": lambda n: ("off", "22:00-07:00 hold")[n % 2],
    "chats.zone": lambda n: ("", "Europe/Berlin")[n % 2],
    "chats.language": lambda n: "",
    "chats.follow_ups": lambda n: "reply",
    "chats.chat": lambda n: f"c{n}",
    "subscriptions.mode": lambda n: (None, "daily 08:00")[n % 2],
    "subscriptions.quiet": lambda n: None,
    "subscriptions.at_least": lambda n: (None, 3)[n % 2],
    "subscriptions.most_a_day": lambda n: None,
    "subscriptions.label": lambda n: f"word{n}",
    "aliases.name": lambda n: f"alias{n}",
    "aliases.meaning": lambda n: f"word{n}",
    "sources.kind": lambda n: ("feed", "folder")[n % 9 == 0],
    "sources.state": lambda n: "active",
    "sources.address": lambda n: f"https://n{n}.test/feed",
    "sources.tags": lambda n: ["World", f"t{n % 7}"],
    "items.tags": lambda n: [] if n % 2 else ["Ö"],
    "items.text": lambda n: f"{_TEXTS[n % 5]} {n}. " * (3 + n % 40),
    "follow_ups.kind": lambda n: ("edit", "reply", "alert")[n % 3],
    "alerts.state": lambda n: ("sent", "queued", "failed")[n % 3],
    "alerts.priority": lambda n: 1 + n % 2,
    # Refers to a later row that refers to none itself.
    "alerts.briefing_id": lambda n: n + 1 if n % 5 == 1 else None,
}


_TYPE_VALUES = (
    (UtcDateTime, lambda n: _FIRST_MOMENT + timedelta(seconds=n, microseconds=n * 7 % 1_000_000)),
    (Boolean, lambda n: n % 2 == 0),
    (Float, lambda n: n / 7),
    # BigInteger and SmallInteger are subclasses.
    (Integer, lambda n: n % 1_000),
    (JSON, lambda n: [["title", n, _TEXTS[n % 5]], {"is": None, "ü": 0.1}]),
)


async def fill(database: Database, many: int, *, at_once: int = 2_000) -> int:
    """Put ``many`` rows, a multiple of 5, into each table; return the number of all rows."""
    total = 0
    for table in metadata.sorted_tables:
        async with database.writing() as connection:
            if table is counters:
                await connection.execute(counters.delete())
        rows = _rows(table, many)
        if table.name == "alerts":
            # Rows that others refer to are inserted first.
            rows = iter(sorted(rows, key=lambda row: row["briefing_id"] is not None))
        while batch := list(islice(rows, at_once)):
            async with database.writing() as connection:
                await connection.execute(insert(table), batch)
            total += len(batch)
    numbers = iter(range(1, many + 1))
    while indexed := list(islice(numbers, at_once)):
        async with database.writing() as connection:
            await index_items(
                connection,
                [(n, stored_terms(ItemTerms({f"{n}"}, {f"öme{n % 97}"}))) for n in indexed],
            )
        total += len(indexed)
    return total


def _rows(table: Table, many: int) -> Iterator[dict[str, object]]:
    for n in range(1, many + 1):
        if table is counters:
            yield {"name": ("topics", "stories")[n - 1] if n < 3 else f"counter {n}", "value": n}
            continue
        yield {column.name: _column_value(table, column, n) for column in table.columns}


def _column_value(table: Table, column: Column, n: int) -> object:
    make_value = _COLUMN_VALUES.get(f"{table.name}.{column.name}")
    if make_value is not None:
        return make_value(n)
    if column.name == "id" or column.foreign_keys:
        return n
    if column.nullable and n % 3 == 0:
        return None
    for column_type, make_typed_value in _TYPE_VALUES:
        if isinstance(column.type, column_type):
            return make_typed_value(n)
    return f"{_TEXTS[n % 5]} {column.name} {n}"
