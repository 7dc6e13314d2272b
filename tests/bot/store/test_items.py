from dataclasses import replace

from bot.store import Database
from bot.store.items import newest_items, one_item, save_items
from bot.store.sources import ensure_source
from tests.bot.conftest import brief, own_stories
from watchers import Item, Source


async def _save(database: Database, clock, *items: Item):
    async with database.writing() as connection:
        watched = await ensure_source(connection, Source("folder", "/seeds"), now=clock())
        return await save_items(
            connection, watched.id, items, own_stories(connection, clock), now=clock()
        )


async def test_a_new_item_is_saved_whole_and_opens_a_story(database, clock):
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
        assert await one_item(connection, saved.id) == item


async def test_an_item_that_says_the_same_is_not_saved_again(database, clock):
    await _save(database, clock, brief("a"))
    assert await _save(database, clock, brief("a")) == []


async def test_an_item_whose_words_change_stays_the_same_item(database, clock):
    (first,) = await _save(database, clock, brief("a"))
    (second,) = await _save(database, clock, brief("a", text="More is known now."))
    assert (second.id, second.story_id) == (first.id, first.story_id)
    async with database.reading() as connection:
        assert (await one_item(connection, first.id)).text == "More is known now."


async def test_an_item_that_only_moved_is_updated_and_no_news(database, clock):
    (first,) = await _save(database, clock, brief("a"))
    moved = replace(brief("a"), source="seeds/moved.txt")
    assert await _save(database, clock, moved) == []
    async with database.reading() as connection:
        assert (await one_item(connection, first.id)).source == "seeds/moved.txt"


async def test_the_newest_items_come_first_and_in_pages(database, clock):
    await _save(database, clock, *(brief(str(n), title=f"T{n}") for n in range(5)))
    async with database.reading() as connection:
        first = await newest_items(connection, 2)
        second = await newest_items(connection, 2, before=first[-1][0])
    assert [item.title for _, item in (*first, *second)] == ["T4", "T3", "T2", "T1"]
