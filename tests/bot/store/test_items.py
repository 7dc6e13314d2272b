from dataclasses import replace

from bot.store import Database
from bot.store.feeds.sources import get_or_create_source
from bot.store.items.items import get_item, newest_items, save_items
from tests.bot.conftest import make_item, one_story_per_item
from watchers import Item, Source


async def _save(database: Database, clock, *items: Item):
    async with database.writing() as connection:
        source = await get_or_create_source(connection, Source("folder", "/seeds"), now=clock())
        return await save_items(
            connection, source.id, items, one_story_per_item(connection, clock), now=clock()
        )


async def test_a_new_item_is_saved_with_all_its_fields(database, clock):
    item = Item(
        key="k",
        title="Ώ title",
        url="https://example.org/a",
        source="example.org",
        published=clock(),
        lead="lead",
        text="text\n\nmore",
        language="el",
        author="A. Author",
        tags=("one", "two"),
    )
    (saved,) = await _save(database, clock, item)
    async with database.reading() as connection:
        assert await get_item(connection, saved.id) == item


async def test_an_unchanged_item_is_not_saved_again(database, clock):
    await _save(database, clock, make_item("a"))
    assert await _save(database, clock, make_item("a")) == []


async def test_a_changed_item_keeps_its_id_and_story(database, clock):
    (first,) = await _save(database, clock, make_item("a"))
    (second,) = await _save(database, clock, make_item("a", text="More is known now."))
    assert (second.id, second.story_id) == (first.id, first.story_id)
    async with database.reading() as connection:
        assert (await get_item(connection, first.id)).text == "More is known now."


async def test_an_item_that_only_moved_is_updated_but_not_returned(database, clock):
    (first,) = await _save(database, clock, make_item("a"))
    moved = replace(make_item("a"), source="seeds/moved.txt")
    assert await _save(database, clock, moved) == []
    async with database.reading() as connection:
        assert (await get_item(connection, first.id)).source == "seeds/moved.txt"


async def test_items_are_listed_newest_first_in_pages(database, clock):
    await _save(database, clock, *(make_item(str(n), title=f"T{n}") for n in range(5)))
    async with database.reading() as connection:
        first_page = await newest_items(connection, 2)
        second_page = await newest_items(connection, 2, before=first_page[-1][0])
    assert [item.title for _, item in (*first_page, *second_page)] == ["T4", "T3", "T2", "T1"]
