import asyncio
from hashlib import sha256

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.engine import make_url

from bot.errors import StoreError, TransferError
from bot.store import Database, migrate
from bot.store.admin.transfer import is_transfer_in_progress, transfer
from bot.store.admin.transfer.steps import steps
from bot.store.items.matches import find_candidates
from bot.store.tables import alerts, chats, items, metadata
from tests.fakes.filled_database import fill
from watchers.topics.candidates import Term

ROWS_PER_TABLE = 150


def ignore_progress(*_progress):
    return None


@pytest.fixture
async def make_database(tmp_path, empty_postgres):
    """Return a function that creates empty databases of either kind."""
    databases: list[Database] = []

    async def make(kind):
        if kind == "sqlite":
            url = make_url(f"sqlite+aiosqlite:///{tmp_path / f'{len(databases)}.sqlite3'}")
        else:
            url = await empty_postgres()
        databases.append(Database(url))
        return databases[-1]

    yield make
    for database in databases:
        await database.close()


@pytest.fixture
async def filled(make_database):
    """A SQLite database with rows in every table."""
    database = await make_database("sqlite")
    await migrate(database)
    await fill(database, ROWS_PER_TABLE)
    return database


async def digest_rows(database) -> dict[str, str]:
    """Return a digest of all rows per table, including the word index."""
    digests = {}
    async with database.reading() as connection:
        for step in steps():
            rows = await connection.execute(step.after(connection.dialect.name, None))
            lines = sorted(repr(sorted(step.read(row).items())) for row in rows.mappings())
            digests[step.name] = sha256("\n".join(lines).encode()).hexdigest()
            assert lines or step.name == "alerts that refer to others"
    return digests


async def test_a_transfer_to_postgresql_and_back_keeps_every_row(filled, make_database):
    server, back = await make_database("postgresql"), await make_database("sqlite")
    moved = await transfer(filled, server, source_name="a", progress=ignore_progress)
    assert moved.total == ROWS_PER_TABLE * (len(metadata.tables) + 1)
    assert not moved.resumed
    await transfer(server, back, source_name="b", progress=ignore_progress)
    assert await digest_rows(server) == await digest_rows(filled)
    assert await digest_rows(back) == await digest_rows(filled)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_a_transferred_database_is_fully_usable(filled, make_database, kind, clock):
    async with filled.writing() as connection:
        await connection.execute(delete(alerts).where(alerts.c.id == ROWS_PER_TABLE))
        await connection.execute(delete(chats).where(chats.c.id == ROWS_PER_TABLE))
    target = await make_database(kind)
    await transfer(filled, target, source_name="a", progress=ignore_progress)
    assert await migrate(target) == []
    async with target.writing() as connection:
        new = alerts.insert().values(chat_id=1, created_at=clock()).returning(alerts.c.id)
        assert (await connection.execute(new)).scalar_one() == ROWS_PER_TABLE + 1  # no ID is reused
        matches = await find_candidates(connection, Term("w7"), since=None, before=None, limit=9)
        assert [row_id for row_id, *_ in matches] == [7]
        await connection.execute(delete(items).where(items.c.id == 7))
        remaining = await connection.execute(text("SELECT count(*) FROM matches WHERE item_id = 7"))
        assert remaining.scalar_one() == 0  # foreign keys are enforced again


class Stopped(Exception):
    pass


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_an_interrupted_transfer_can_be_resumed_at_any_point(
    filled, make_database, kind, monkeypatch
):
    monkeypatch.setattr("bot.store.admin.transfer.steps.MAX_BATCH_ROWS", 40)
    target = await make_database(kind)
    calls = []

    def stop(*progress):
        calls.append(progress)
        if len(calls) % 23 == 0:
            raise Stopped

    breaks = 0
    while True:
        try:
            moved = await transfer(filled, target, source_name="a", progress=stop)
            break
        except Stopped:
            breaks += 1
            assert await is_transfer_in_progress(target)
            with pytest.raises(StoreError, match="not finished"):
                await migrate(target)
            if calls[-1][0] == "compared":
                stop = ignore_progress  # each attempt compares from the start
    assert breaks > 3
    assert moved.resumed
    written = [call for call in calls if call[0] == "moved"]
    # No batch was written twice.
    assert len(written) == len({(call[1], call[2]) for call in written})
    assert await digest_rows(target) == await digest_rows(filled)


async def test_a_target_that_is_not_empty_is_refused(filled, make_database):
    other = await make_database("sqlite")
    await migrate(other)
    await fill(other, 5)
    with pytest.raises(TransferError, match="is not empty"):
        await transfer(filled, other, source_name="a", progress=ignore_progress)


async def test_an_unfinished_transfer_from_another_source_is_refused(filled, make_database):
    target = await make_database("sqlite")

    def stop(*_progress):
        raise Stopped

    with pytest.raises(Stopped):
        await transfer(filled, target, source_name="sqlite:///here", progress=stop)
    with pytest.raises(TransferError, match="an unfinished transfer from sqlite:///here, schema"):
        await transfer(filled, target, source_name="sqlite:///there", progress=ignore_progress)
    with pytest.raises(TransferError, match="is incomplete"):
        await transfer(
            target, await make_database("sqlite"), source_name="x", progress=ignore_progress
        )


async def test_a_source_that_changed_during_the_transfer_is_reported_with_the_row(
    filled, make_database
):
    target = await make_database("sqlite")

    def stop(done, step, *_):
        if step == "matches":
            raise Stopped

    with pytest.raises(Stopped):
        await transfer(filled, target, source_name="a", progress=stop)
    async with filled.writing() as connection:
        await connection.execute(update(items).where(items.c.id == 3).values(title="Another"))
    with pytest.raises(TransferError, match="items: the row 3 differs in title"):
        await transfer(filled, target, source_name="a", progress=ignore_progress)
    assert await is_transfer_in_progress(target)  # no version starts on it


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        (
            "DELETE FROM callback_texts WHERE key = (SELECT min(key) FROM callback_texts)",
            "is not in the target",
        ),
        (
            (
                "INSERT INTO callback_texts SELECT key || 'ü', text, kept_at FROM callback_texts"
                " WHERE key LIKE '%10'"
            ),
            "alone",
        ),
    ],
)
async def test_a_missing_or_additional_row_in_the_target_is_reported(
    filled, make_database, statement, message
):
    target = await make_database("postgresql")

    def stop(done, *_):
        if done == "compared":
            raise Stopped

    with pytest.raises(Stopped):
        await transfer(filled, target, source_name="a", progress=stop)
    async with target.writing() as connection:
        await connection.execute(text(statement))
    with pytest.raises(TransferError, match=f"callback_texts: the row .* {message}"):
        await transfer(filled, target, source_name="a", progress=ignore_progress)


async def test_a_source_with_an_older_schema_is_refused(filled, make_database):
    async with filled.writing() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    with pytest.raises(TransferError, match=r"has schema 0001.*run `tocsin migrate`"):
        await transfer(
            filled, await make_database("sqlite"), source_name="a", progress=ignore_progress
        )


async def test_a_source_that_is_not_a_tocsin_database_is_refused(make_database):
    with pytest.raises(TransferError, match="is not a Tocsin database"):
        await transfer(
            await make_database("sqlite"),
            await make_database("sqlite"),
            source_name="a",
            progress=ignore_progress,
        )


async def test_a_transfer_from_a_running_database_reads_one_snapshot(filled, make_database):
    server = await make_database("postgresql")
    await transfer(filled, server, source_name="a", progress=ignore_progress)
    copy = await make_database("sqlite")
    tasks: list[asyncio.Task] = []

    def write_concurrently(done, step, *_):
        if not tasks:
            tasks.append(asyncio.ensure_future(_add_chat(server)))

    await transfer(server, copy, source_name="b", progress=write_concurrently)
    await tasks[0]
    async with copy.reading() as connection:
        assert (
            await connection.execute(select(chats.c.id).where(chats.c.chat == "new"))
        ).all() == []


async def _add_chat(database):
    async with database.writing() as connection:
        await connection.execute(
            text(
                "INSERT INTO chats (platform, account, chat, created_at)"
                " SELECT 'fake', 'bot', 'new', created_at FROM chats WHERE id = 1"
            )
        )
