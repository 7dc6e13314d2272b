import asyncio
from hashlib import sha256

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.engine import make_url

from bot.errors import StoreError, TransferError
from bot.store import Database, migrate
from bot.store.search import candidates
from bot.store.tables import alerts, chats, items, metadata
from bot.store.transfer import is_moving, transfer
from bot.store.transfer.steps import steps
from tests.fakes.filled_database import fill
from watchers.topics.candidates import Term

EACH = 150  # rows of each table


def silent(*_told):
    return None


@pytest.fixture
async def made(tmp_path, empty_postgres):
    """Makes empty databases of either kind, and closes them in the end."""
    several = []

    async def make(kind):
        if kind == "sqlite":
            url = make_url(f"sqlite+aiosqlite:///{tmp_path / f'{len(several)}.sqlite3'}")
        else:
            url = await empty_postgres()
        several.append(Database(url))
        return several[-1]

    yield make
    for one in several:
        await one.close()


@pytest.fixture
async def filled(made):
    """A SQLite database with rows in every table."""
    database = await made("sqlite")
    await migrate(database)
    await fill(database, EACH)
    return database


async def everything(database) -> dict[str, str]:
    """A digest of all rows of every table, the word index too."""
    found = {}
    async with database.reading() as connection:
        for step in steps():
            rows = await connection.execute(step.after(connection.dialect.name, None))
            told = sorted(repr(sorted(step.read(row).items())) for row in rows.mappings())
            found[step.name] = sha256("\n".join(told).encode()).hexdigest()
            assert told or step.name == "alerts that refer to others"
    return found


async def test_a_database_moves_to_postgresql_and_back_with_every_row(filled, made):
    server, back = await made("postgresql"), await made("sqlite")
    moved = await transfer(filled, server, name="a", progress=silent)
    assert moved.total == EACH * (len(metadata.tables) + 1)
    assert not moved.resumed
    await transfer(server, back, name="b", progress=silent)
    assert await everything(server) == await everything(filled)
    assert await everything(back) == await everything(filled)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_what_was_moved_is_a_database_like_any_other(filled, made, kind, clock):
    async with filled.writing() as connection:
        await connection.execute(delete(alerts).where(alerts.c.id == EACH))
        await connection.execute(delete(chats).where(chats.c.id == EACH))
    target = await made(kind)
    await transfer(filled, target, name="a", progress=silent)
    assert await migrate(target) == []
    async with target.writing() as connection:
        new = alerts.insert().values(chat_id=1, created_at=clock()).returning(alerts.c.id)
        assert (await connection.execute(new)).scalar_one() == EACH + 1  # no number comes again
        found = await candidates(connection, Term("w7"), since=None, before=None, most=9)
        assert [row_id for row_id, *_ in found] == [7]
        await connection.execute(delete(items).where(items.c.id == 7))
        left = await connection.execute(text("SELECT count(*) FROM matches WHERE item_id = 7"))
        assert left.scalar_one() == 0  # references act again


class Stopped(Exception):
    pass


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_a_move_that_is_broken_off_anywhere_goes_on(filled, made, kind, monkeypatch):
    monkeypatch.setattr("bot.store.transfer.batches.MOST_ROWS", 40)
    target = await made(kind)
    told = []

    def stop(*one):
        told.append(one)
        if len(told) % 23 == 0:
            raise Stopped

    breaks = 0
    while True:
        try:
            moved = await transfer(filled, target, name="a", progress=stop)
            break
        except Stopped:
            breaks += 1
            assert await is_moving(target)
            with pytest.raises(StoreError, match="not finished"):
                await migrate(target)
            if told[-1][0] == "compared":
                stop = silent  # comparing begins anew each time
    assert breaks > 3
    assert moved.resumed
    written = [one for one in told if one[0] == "moved"]
    assert len(written) == len({(one[1], one[2]) for one in written})  # nothing was written twice
    assert await everything(target) == await everything(filled)


async def test_a_target_with_something_in_it_is_refused(filled, made):
    other = await made("sqlite")
    await migrate(other)
    await fill(other, 5)
    with pytest.raises(TransferError, match="is not empty"):
        await transfer(filled, other, name="a", progress=silent)


async def test_an_unfinished_move_from_elsewhere_is_refused(filled, made):
    target = await made("sqlite")

    def stop(*_told):
        raise Stopped

    with pytest.raises(Stopped):
        await transfer(filled, target, name="sqlite:///here", progress=stop)
    with pytest.raises(TransferError, match="an unfinished move from sqlite:///here, schema"):
        await transfer(filled, target, name="sqlite:///there", progress=silent)
    with pytest.raises(TransferError, match="not complete itself"):
        await transfer(target, await made("sqlite"), name="x", progress=silent)


async def test_a_source_that_changes_meanwhile_is_told_with_the_row(filled, made):
    target = await made("sqlite")

    def stop(done, step, *_):
        if step == "matches":
            raise Stopped

    with pytest.raises(Stopped):
        await transfer(filled, target, name="a", progress=stop)
    async with filled.writing() as connection:
        await connection.execute(update(items).where(items.c.id == 3).values(title="Another"))
    with pytest.raises(
        TransferError, match="items: the row 3 differs in title; something was written"
    ):
        await transfer(filled, target, name="a", progress=silent)
    assert await is_moving(target)  # nobody starts on it


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("DELETE FROM kept WHERE key = (SELECT min(key) FROM kept)", "is not in the target"),
        (
            "INSERT INTO kept SELECT key || 'ü', text, kept_at FROM kept WHERE key LIKE '%10'",
            "alone",
        ),
    ],
)
async def test_a_row_that_is_missing_or_too_many_in_the_target_is_named(
    filled, made, statement, told
):
    target = await made("postgresql")

    def stop(done, *_):
        if done == "compared":
            raise Stopped

    with pytest.raises(Stopped):
        await transfer(filled, target, name="a", progress=stop)
    async with target.writing() as connection:
        await connection.execute(text(statement))
    with pytest.raises(TransferError, match=f"kept: the row .* {told}"):
        await transfer(filled, target, name="a", progress=silent)


async def test_a_source_of_an_older_schema_is_refused_with_what_to_do(filled, made):
    async with filled.writing() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    with pytest.raises(TransferError, match=r"has schema 0001.*run `tocsin migrate`"):
        await transfer(filled, await made("sqlite"), name="a", progress=silent)


async def test_a_source_that_is_no_database_of_tocsin_is_refused(made):
    with pytest.raises(TransferError, match="is no database of Tocsin"):
        await transfer(await made("sqlite"), await made("sqlite"), name="a", progress=silent)


async def test_what_a_reader_sees_of_a_running_database_is_of_one_moment(filled, made):
    server = await made("postgresql")
    await transfer(filled, server, name="a", progress=silent)
    copy = await made("sqlite")
    wrote = []

    def write_beside(done, step, *_):
        if not wrote:
            wrote.append(asyncio.ensure_future(_add_chat(server)))

    await transfer(server, copy, name="b", progress=write_beside)
    await wrote[0]
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
