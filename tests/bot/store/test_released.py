"""Databases of every released schema, kept as SQL, come forward with all that is in them.

A release adds its own: `released/<revision>.sqlite.sql` and `.postgresql.sql`, a few rows of every table.
"""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import inspect, text
from sqlalchemy.engine import make_url

from bot.store import Database, migrate
from bot.store.fanout import fan_out_page
from bot.store.migrate import known_revisions
from bot.store.outbox import due_chats, first_alerts, read_alerts
from bot.store.search import candidates
from bot.store.tables import metadata
from watchers import parse_query
from watchers.topics.candidates import candidates_of

RELEASED = Path(__file__).with_name("released")
REVISIONS = sorted({path.name.partition(".")[0] for path in RELEASED.iterdir()})


@pytest.fixture(params=REVISIONS)
def revision(request):
    return request.param


@pytest.fixture
async def old(database_url, empty_postgres, tmp_path, revision):
    """A database as that release left it."""
    is_sqlite = database_url.get_backend_name() == "sqlite"
    script = (RELEASED / f"{revision}.{database_url.get_backend_name()}.sql").read_text("utf-8")
    if is_sqlite:
        with closing(sqlite3.connect(database_url.database)) as file:
            file.executescript(script)
    else:
        database_url = await empty_postgres()
        server = await asyncpg.connect(
            host=str(database_url.query["host"]),
            user=database_url.username,
            database=database_url.database,
        )
        await server.execute(script)
        await server.close()
    made = Database(database_url)
    yield made
    await made.close()


def _described(connection) -> dict[str, object]:
    """Every table with all that a schema says, in words that can be compared."""
    found = inspect(connection)
    told: dict[str, object] = {}
    for table in sorted(metadata.tables):
        columns = {
            one["name"]: (
                str(one["type"]),
                one["nullable"] or bool(one.get("primary_key")),
                str(one["default"] or "").strip("()"),
            )
            for one in found.get_columns(table)
        }
        indexes = {
            one["name"]: (
                one["column_names"],
                bool(one["unique"]),
                str(next(iter(one.get("dialect_options", {}).values()), "")),
            )
            for one in found.get_indexes(table)
            if not one.get("duplicates_constraint")
        }
        references = {
            one["name"]: (one["constrained_columns"], one["referred_table"], one["options"])
            for one in found.get_foreign_keys(table)
        }
        unique = {o["name"]: o["column_names"] for o in found.get_unique_constraints(table)}
        key = found.get_pk_constraint(table)["constrained_columns"]
        told[table] = (columns, indexes, references, unique, key)
    return told


async def _counted(database) -> bool:
    """Whether SQLite gives no number twice where it must not."""
    async with database.reading() as connection:
        rows = await connection.execute(
            text("SELECT name FROM sqlite_master WHERE sql LIKE '%AUTOINCREMENT%'")
        )
        return set(rows.scalars()) == {"chats", "alerts", "follow_ups"}


async def test_a_released_schema_becomes_the_one_that_the_tables_declare(
    old, empty_postgres, tmp_path
):
    assert await migrate(old) == known_revisions()[known_revisions().index("0001") + 1 :]
    if old.is_sqlite:
        assert await _counted(old)
        wanted = Database(make_url(f"sqlite+aiosqlite:///{tmp_path / 'wanted.sqlite3'}"))
    else:
        wanted = Database(await empty_postgres())
    async with wanted.writing() as connection:
        await connection.run_sync(metadata.create_all)
    async with wanted.reading() as connection:
        expected = await connection.run_sync(_described)
    async with old.reading() as connection:
        assert await connection.run_sync(_described) == expected
    await wanted.close()


async def _all(database, statement: str) -> list[tuple]:
    async with database.reading() as connection:
        return [tuple(row) for row in await connection.execute(text(statement))]


UNCHANGED = {
    "stories": "id",
    "items": "id, source_id, story_id, key, digest, found_at, changed_at, title, url, source,"
    " published, lead, text, language, author, tags",
    "topics": "id, query, active, revision",
    "chats": "id, platform, account, chat, thread, created_at, suspended_at, suspended_because,"
    " last_number",
    "sources": "id, kind, address, created_at, baseline_at, polled_at, problem",
    "cursors": "source_id, name, value",
    "subscriptions": "id, chat_id, topic_id, created_at, created_by, label, muted_until",
    "aliases": "chat_id, name, meaning",
    "matches": "item_id, topic_id, spans",
    "shown": "chat_id, number, item_id",
    "alerts": "id, chat_id, story_id, item_id, state, created_at, attempts, ended_at, message_id,"
    " reason",
    "alert_topics": "alert_id, topic_id",
    "fanouts": "id, item_id, chat_id",
}


async def test_every_row_of_a_released_schema_is_still_there(old):
    def rows(table, columns):
        first, second = columns.split(", ")[:2] if ", " in columns else (columns, columns)
        return _all(old, f"SELECT {columns} FROM {table} ORDER BY {first}, {second}")

    before = {table: await rows(table, columns) for table, columns in UNCHANGED.items()}
    await migrate(old)
    after = {table: await rows(table, columns) for table, columns in UNCHANGED.items()}
    plain = lambda told: {name: [list(map(str, row)) for row in told[name]] for name in told}  # noqa: E731
    assert plain(after) == plain(before)
    assert all(before.values())


async def test_what_was_queued_in_a_released_schema_is_due(old, clock):
    await migrate(old)
    async with old.reading() as connection:
        console = await due_chats(connection, "console", "local", most=9)
        fake = await due_chats(connection, "fake", "bot", most=9)
        assert [one.id for one in console] == [1]
        assert [one.id for one in fake] == [2]  # the suspended chat waits for its return
        assert fake[0].due_at.hour == 18  # what the platform asked for holds
        queued = await first_alerts(connection, 2, most=9)
        alert = (await read_alerts(connection, queued))[0]
        assert (alert.shown.item.title, alert.priority) == ("A pact", 1)


async def test_a_released_database_goes_on_where_it_was(old, clock):
    await migrate(old)
    async with old.writing() as connection:
        assert await fan_out_page(connection, now=clock()) == 1  # the rest of the followers
    query = parse_query("sanctions")
    async with old.reading() as connection:
        found = await candidates(connection, candidates_of(query), since=None, before=None, most=9)
    assert [row_id for row_id, _, _ in found] == [3, 1]
    # New rows take numbers that nobody had.
    async with old.writing() as connection:
        made = await connection.execute(
            text(
                "INSERT INTO alerts (chat_id, created_at) SELECT 1, created_at FROM chats"
                " WHERE id = 1 RETURNING id"
            )
        )
        assert made.scalar_one() == 7


async def test_two_processes_may_bring_it_forward_at_once(old):
    other = Database(old.url)
    done = await asyncio.gather(migrate(old), migrate(other))
    await other.close()
    assert sorted(map(bool, done)) == [False, True]
