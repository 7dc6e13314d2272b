"""A database with rows in every table, made from what the tables declare: new ones are filled too."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice

from sqlalchemy import JSON, Boolean, Column, Float, Integer, Table, insert

from bot.store import Database
from bot.store.search import index_terms
from bot.store.tables import Moment, marks, metadata

_DAWN = datetime(2026, 1, 1, 12, 30, 15, 123456, UTC)
_TEXTS = (
    "Sanctions on North Korea",
    "Ölpreis steigt: 'um 5 %', heißt es",
    '北韓 \\ backslash "quotes" \n a second line',
    "",
    "😀 émigré\tа́кут",
)
# What is read back by rules of its own has to be such that it can be.
_SAID = {
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
    # To a row that comes later, and refers to none.
    "alerts.briefing_id": lambda n: n + 1 if n % 5 == 1 else None,
}


_BY_TYPE = (
    (Moment, lambda n: _DAWN + timedelta(seconds=n, microseconds=n * 7 % 1_000_000)),
    (Boolean, lambda n: n % 2 == 0),
    (Float, lambda n: n / 7),
    (Integer, lambda n: n % 1_000),  # BigInteger and SmallInteger are such
    (JSON, lambda n: [["title", n, _TEXTS[n % 5]], {"is": None, "ü": 0.1}]),
)


async def fill(database: Database, many: int, *, at_once: int = 2_000) -> int:
    """Put ``many`` rows into each table (it has to be divisible by 5); how many there are in all."""
    total = 0
    for table in metadata.sorted_tables:
        async with database.writing() as connection:
            if table is marks:
                await connection.execute(marks.delete())
        rows = _rows(table, many)
        if table.name == "alerts":  # those that others refer to come first
            rows = iter(sorted(rows, key=lambda row: row["briefing_id"] is not None))
        while some := list(islice(rows, at_once)):
            async with database.writing() as connection:
                await connection.execute(insert(table), some)
            total += len(some)
    numbers = iter(range(1, many + 1))
    while some := list(islice(numbers, at_once)):
        async with database.writing() as connection:
            await index_terms(connection, [(n, sorted({f"w{n}", f"söme{n % 97}"})) for n in some])
        total += len(some)
    return total


def _rows(table: Table, many: int) -> Iterator[dict[str, object]]:
    for n in range(1, many + 1):
        if table is marks:
            yield {"name": ("topics", "stories")[n - 1] if n < 3 else f"mark {n}", "value": n}
            continue
        yield {one.name: _value(table, one, n, many) for one in table.columns}


def _value(table: Table, column: Column, n: int, many: int) -> object:
    said = _SAID.get(f"{table.name}.{column.name}")
    if said is not None:
        return said(n)
    if column.name == "id" or column.foreign_keys:
        return n
    if column.nullable and n % 3 == 0:
        return None
    for kind, made in _BY_TYPE:
        if isinstance(column.type, kind):
            return made(n)
    return f"{_TEXTS[n % 5]} {column.name} {n}"
