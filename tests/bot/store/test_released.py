"""Databases of released schemas, kept as SQL, are migrated to the current schema with all their rows.

A release adds `released/<revision>.sqlite.sql` and `released/<revision>.postgresql.sql` with a few rows
in every table.
"""

import asyncio
import re
import sqlite3
from contextlib import closing
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import MetaData, inspect, select, text
from sqlalchemy.engine import make_url

from bot.store import Database, migrate
from bot.store.items.matches import find_candidates
from bot.store.migrate import known_revisions
from bot.store.outbox.fanout import fan_out_batch
from bot.store.outbox.outbox import due_chats, queued_alert_ids, read_alerts
from bot.store.tables import metadata
from watchers import parse_query
from watchers.topics.candidates import make_candidate_formula

RELEASED = Path(__file__).with_name("released")
REVISIONS = sorted({path.name.partition(".")[0] for path in RELEASED.iterdir()})

NEW_NAMES = {
    "marks": "counters",
    "kept": "callback_texts",
    "written": "llm_summaries",
    "spending": "llm_usage",
    "forgotten": "item_tombstones",
    "thin_items": "pending_items",
    "retellings": "alert_edit_jobs",
    "shown": "chat_item_numbers",
    "pushes": "websub_subscriptions",
    "fanouts": "fanout_jobs",
    "announced": "announcement_alerts",
}
"""Tables that revision 0005 renamed."""

DROPPED_COLUMNS = {
    "0001": {
        "chats": {"held_until"},
        "alerts": {"platform", "account", "lease_until", "lease_owner"},
    },
}
"""Columns of each released schema that the current schema no longer has."""

ADDED_ROWS = {"0001": {"counters": [{"name": "stories", "value": "0"}]}}
"""Rows that the migrations of each released schema insert."""

LAST_ALERT_ID = {"0001": 6, "0004": 9}


@pytest.fixture(params=REVISIONS)
def revision(request):
    return request.param


@pytest.fixture
async def released_database(database_url, empty_postgres, tmp_path, revision):
    """A database as the release of ``revision`` left it."""
    is_sqlite = database_url.get_backend_name() == "sqlite"
    script = (RELEASED / f"{revision}.{database_url.get_backend_name()}.sql").read_text("utf-8")
    if is_sqlite:
        database_url = database_url.set(database=str(tmp_path / "released.sqlite3"))
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
    database = Database(database_url)
    yield database
    await database.close()


def _describe(connection) -> dict[str, object]:
    """Return every table with all that its schema defines, in a form that can be compared."""
    inspector = inspect(connection)
    description: dict[str, object] = {}
    for table in sorted(metadata.tables):
        columns = {
            column["name"]: (
                str(column["type"]),
                column["nullable"] or bool(column.get("primary_key")),
                str(column["default"] or "").strip("()"),
            )
            for column in inspector.get_columns(table)
        }
        indexes = {
            index["name"]: (
                index["column_names"],
                bool(index["unique"]),
                str(next(iter(index.get("dialect_options", {}).values()), "")),
            )
            for index in inspector.get_indexes(table)
            if not index.get("duplicates_constraint")
        }
        foreign_keys = {
            key["name"]: (key["constrained_columns"], key["referred_table"], key["options"])
            for key in inspector.get_foreign_keys(table)
        }
        unique = {
            constraint["name"]: constraint["column_names"]
            for constraint in inspector.get_unique_constraints(table)
        }
        primary_key = inspector.get_pk_constraint(table)
        key = (primary_key["name"], primary_key["constrained_columns"])
        description[table] = (columns, indexes, foreign_keys, unique, key)
    return description


# Names that no table description contains: of sequences, and of PostgreSQL's NOT NULL constraints.
POSTGRES_NAMES = text(
    "SELECT relname FROM pg_class WHERE relnamespace = CAST('public' AS regnamespace)"
    " UNION SELECT conname FROM pg_constraint WHERE connamespace = CAST('public' AS regnamespace)"
)
SQLITE_NAMES = text("SELECT name FROM sqlite_master WHERE name NOT LIKE 'sqlite_autoindex%'")


async def _read_names(database) -> set[str]:
    """Return the name of everything in the schema, except for the word index and Alembic's table."""
    async with database.reading() as connection:
        names = await connection.execute(SQLITE_NAMES if database.is_sqlite else POSTGRES_NAMES)
        return {name for name in names.scalars() if not re.search("item_terms|alembic", name)}


async def _tables_with(database, option: str) -> set[str]:
    async with database.reading() as connection:
        rows = await connection.execute(
            text(
                "SELECT name FROM sqlite_master"
                " WHERE sql LIKE :option AND name NOT LIKE 'item_terms%'"
            ),
            {"option": f"%{option}%"},
        )
        return set(rows.scalars())


async def test_a_released_schema_becomes_the_declared_schema(
    released_database, empty_postgres, tmp_path, revision
):
    newer = known_revisions()[known_revisions().index(revision) + 1 :]
    assert await migrate(released_database) == newer
    if released_database.is_sqlite:
        # SQLite never reuses an ID of these tables.
        assert await _tables_with(released_database, "AUTOINCREMENT") == {
            "chats",
            "alerts",
            "follow_ups",
        }
        assert await _tables_with(released_database, "WITHOUT ROWID") == {"item_tombstones"}
        declared = Database(make_url(f"sqlite+aiosqlite:///{tmp_path / 'declared.sqlite3'}"))
    else:
        declared = Database(await empty_postgres())
    async with declared.writing() as connection:
        await connection.run_sync(metadata.create_all)
    async with declared.reading() as connection:
        expected = await connection.run_sync(_describe)
    async with released_database.reading() as connection:
        assert await connection.run_sync(_describe) == expected
    assert await _read_names(released_database) == await _read_names(declared)
    await declared.close()


async def _read_rows(database) -> dict[str, list[dict[str, str]]]:
    """Return the rows of every table by the table's current name, without those of the word index."""

    def read(connection):
        released = MetaData()
        released.reflect(connection, only=lambda name, _: not re.search("item_terms|alembic", name))
        return {
            NEW_NAMES.get(table.name, table.name): [
                {name: str(value) for name, value in row.items()}
                for row in connection.execute(select(table)).mappings()
            ]
            for table in released.sorted_tables
        }

    async with database.reading() as connection:
        return await connection.run_sync(read)


@pytest.mark.slow
async def test_a_migration_keeps_every_row_of_every_table(released_database, revision):
    before = await _read_rows(released_database)
    assert [table for table, rows in before.items() if not rows] == []
    if revision == known_revisions()[-2]:
        assert before.keys() == metadata.tables.keys()
    await migrate(released_database)
    after = await _read_rows(released_database)
    for table, rows in before.items():
        columns = rows[0].keys() - DROPPED_COLUMNS.get(revision, {}).get(table, set())
        kept = [{name: row[name] for name in columns} for row in after[table]]
        expected = [{name: row[name] for name in columns} for row in rows]
        expected += ADDED_ROWS.get(revision, {}).get(table, [])
        sort_key = lambda row: sorted(row.items())  # noqa: E731
        assert sorted(kept, key=sort_key) == sorted(expected, key=sort_key), table


async def test_the_queued_alerts_of_a_released_schema_are_due(released_database):
    await migrate(released_database)
    async with released_database.reading() as connection:
        console = await due_chats(connection, "console", "local", limit=9)
        fake = await due_chats(connection, "fake", "bot", limit=9)
        assert [chat.id for chat in console] == [1]
        assert [chat.id for chat in fake] == [2]  # the third chat is suspended
        assert fake[0].due_at.hour == 18  # the delay that the platform requested is kept
        queued = await queued_alert_ids(connection, 2, limit=9)
        alert = (await read_alerts(connection, queued))[0]
        assert (alert.chat_item.item.title, alert.priority) == ("A pact", 1)


async def test_the_work_of_a_released_database_continues(released_database, clock, revision):
    await migrate(released_database)
    async with released_database.writing() as connection:
        assert await fan_out_batch(connection, now=clock()) == 1  # the remaining subscribers
    query = parse_query("sanctions")
    async with released_database.reading() as connection:
        matches = await find_candidates(
            connection, make_candidate_formula(query), since=None, before=None, limit=9
        )
    assert [row_id for row_id, _, _ in matches] == [3, 1]
    # New rows get IDs that were never used.
    async with released_database.writing() as connection:
        alert_id = await connection.execute(
            text(
                "INSERT INTO alerts (chat_id, created_at) SELECT 1, created_at FROM chats"
                " WHERE id = 1 RETURNING id"
            )
        )
        assert alert_id.scalar_one() == LAST_ALERT_ID[revision] + 1


async def test_two_processes_may_migrate_at_the_same_time(released_database):
    other = Database(released_database.url)
    revisions = await asyncio.gather(migrate(released_database), migrate(other))
    await other.close()
    assert sorted(map(bool, revisions)) == [False, True]
