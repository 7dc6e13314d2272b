"""The rebuild of search terms reaches every item, keeps newer changes, and runs once per version."""

from types import SimpleNamespace

import pytest
from sqlalchemy import delete

from bot.jobs import search_terms
from bot.jobs.search_terms import SearchTermsRebuild
from bot.store.items.matches import find_candidates, index_items
from bot.store.items.search_terms import read_cursor, read_page, write_page
from bot.store.tables import items
from tests.bot.conftest import make_item
from watchers import parse_query
from watchers.topics.candidates import TERMS_VERSION, make_candidate_formula

COUNT = 7


@pytest.fixture
async def stored(world, monkeypatch):
    """Store items whose search terms are those of an older version."""
    monkeypatch.setattr(search_terms, "PAGE_SIZE", 3)
    await world.ingest_items(
        *(make_item(str(number), f"Start-up number{number}") for number in range(COUNT))
    )
    async with world.database.writing() as connection:
        page = await read_page(connection, 1_000, 100)
        await index_items(connection, [(row.id, "wold") for row in page])
    return page


async def find(world, typed):
    async with world.database.reading() as connection:
        formula = make_candidate_formula(parse_query(typed))
        rows = await find_candidates(connection, formula, since=None, before=None, limit=99)
    return sorted(item.title for _, _, item in rows)


async def run(rebuild):
    step_count = 1
    while await rebuild.step():
        step_count += 1
    return step_count


async def test_every_item_is_found_by_its_new_terms(world, stored, monkeypatch):
    # An earlier test may have configured the loggers to drop events of this level.
    logs = []
    recorder = SimpleNamespace(info=lambda event, **fields: logs.append({"event": event, **fields}))
    monkeypatch.setattr(search_terms, "log", recorder)
    assert await find(world, "startup") == []
    # Three pages, and the step that finds no further one.
    assert await run(SearchTermsRebuild(world.database)) == 4
    assert len(await find(world, "startup")) == COUNT
    assert await find(world, "old") == []
    assert [entry["event"] for entry in logs] == ["search_terms_rebuilding", "search_terms_rebuilt"]
    assert logs[0]["remaining_up_to"] == stored[2].id - 1


async def test_a_rebuild_continues_after_a_restart_and_runs_once(world, stored):
    await SearchTermsRebuild(world.database).step()
    assert len(await find(world, "startup")) == 3
    assert await run(SearchTermsRebuild(world.database)) == 3
    assert len(await find(world, "startup")) == COUNT
    async with world.database.reading() as connection:
        assert await read_cursor(connection, TERMS_VERSION) is None
        assert await read_cursor(connection, TERMS_VERSION + 1) == stored[0].id
    assert await run(SearchTermsRebuild(world.database)) == 1


async def test_an_item_that_changed_or_was_deleted_in_the_meantime_is_left(world, stored):
    world.clock.advance(seconds=60)
    await world.ingest_items(make_item("0", "Changed title"))
    async with world.database.writing() as connection:
        await connection.execute(delete(items).where(items.c.id == stored[0].id))
        await write_page(connection, stored, ["wstartup"] * len(stored), TERMS_VERSION)
    found = await find(world, "startup")
    assert len(found) == COUNT - 2
    assert await find(world, "changed") == ["Changed title"]


async def test_an_empty_database_is_up_to_date_at_once(world):
    assert await run(SearchTermsRebuild(world.database)) == 1
    async with world.database.reading() as connection:
        assert await read_cursor(connection, TERMS_VERSION) is None
