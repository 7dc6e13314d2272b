"""The word index returns every item that a query matches as a candidate, on both databases."""

import sys
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from bot.store.feeds.sources import get_or_create_source
from bot.store.items.items import save_items
from bot.store.items.matches import (
    count_since,
    find_candidates,
    index_items,
    oldest_since,
)
from bot.store.items.stored_terms import stored_terms
from tests.bot.conftest import one_story_per_item
from watchers import Item, QuerySyntaxError, Source, parse_query
from watchers.topics.candidates import MATCH_ALL_TERM, IndexTermMaker, make_candidate_formula

sys.path.insert(0, str(Path(__file__).parents[2] / "watchers" / "topics"))
import random_topics


async def _save(database, clock, *items: Item) -> dict[int, Item]:
    async with database.writing() as connection:
        watched = await get_or_create_source(connection, Source("folder", "/x"), now=clock())
        saved = await save_items(
            connection, watched.id, items, one_story_per_item(connection, clock), now=clock()
        )
        term_maker = IndexTermMaker()
        terms = [(row.id, stored_terms(term_maker.make(row.item))) for row in saved]
        await index_items(connection, terms)
    return {row.id: row.item for row in saved}


async def _search(database, text: str) -> list[str]:
    query = parse_query(text)
    async with database.reading() as connection:
        rows = await find_candidates(
            connection, make_candidate_formula(query), since=None, before=None, limit=10_000
        )
    return [item.key for _, _, item in rows if query.match(item) is not None]


@pytest.mark.slow
async def test_search_agrees_with_live_matching_on_random_topics_and_items(database, clock):
    chance = Random(11)
    stored = await _save(
        database, clock, *(random_topics.random_item(chance, number) for number in range(150))
    )
    for _ in range(150):
        try:
            query = parse_query(random_topics.random_query(chance).typed())
        except QuerySyntaxError:
            continue
        live = {item.key for item in stored.values() if query.match(item) is not None}
        assert set(await _search(database, str(query))) == live, str(query)


@pytest.mark.parametrize(
    "topic",
    ["sanctioned", '"north korea"', "sanct*", "missile NEAR/3 korea", "kore* -football", "북한"],
)
async def test_every_kind_of_leaf_finds_the_item(database, clock, topic):
    item = Item(key="k", title="Sanctions, a missile: North Korea", text="북한의", language="en")
    await _save(database, clock, item)
    assert await _search(database, topic) == ["k"]


async def test_only_candidates_are_read(database, clock):
    await _save(database, clock, *(Item(key=str(n), title=f"Title number{n}") for n in range(50)))
    async with database.reading() as connection:
        formula = make_candidate_formula(parse_query("number7"))
        rows = await find_candidates(connection, formula, since=None, before=None, limit=99)
    assert [item.key for _, _, item in rows] == ["7"]


async def test_a_changed_item_is_found_only_by_its_new_text(database, clock):
    await _save(database, clock, Item(key="k", title="Old words"))
    await _save(database, clock, Item(key="k", title="New words"))
    assert await _search(database, "new") == ["k"]
    assert await _search(database, "old") == []


async def test_an_item_with_too_many_words_is_a_candidate_of_every_query(database, clock):
    item = Item(key="k", title="T", text=" ".join(f"word{n}" for n in range(30_000)))
    assert IndexTermMaker().make(item).others == {MATCH_ALL_TERM}
    await _save(database, clock, item)
    assert await _search(database, "word29999") == ["k"]


@pytest.mark.parametrize(
    "text", ["a.m. ㏂ ½", "it's o'clock", 'x_y "q" (z)', "a' | b:* & !c\\", "x" * 500]
)
async def test_special_characters_neither_break_the_index_nor_hide_the_item(database, clock, text):
    await _save(database, clock, Item(key="k", title="anchor", text=text))
    assert await _search(database, "anchor") == ["k"]
    for word in ("m", "b", "clock", "z", "x" * 500):
        query = parse_query(word)
        live = query.match(Item(key="k", title="anchor", text=text)) is not None
        assert (await _search(database, word) == ["k"]) == live


async def test_since_means_the_time_of_publication_where_it_is_believable(database, clock):
    now = clock()
    published = {
        "old": now - timedelta(days=400),
        "recent": now - timedelta(days=2),
        "undated": None,
        # A date after the discovery is an error of the source.
        "future": now + timedelta(hours=12),
    }
    await _save(
        database,
        clock,
        *(Item(key=key, title="Oil", published=date) for key, date in published.items()),
    )
    since = now - timedelta(days=7)
    async with database.reading() as connection:
        rows = await find_candidates(connection, None, since=since, before=None, limit=10)
        assert {item.key for _, _, item in rows} == {"recent", "undated", "future"}
        assert await count_since(connection, since) == 3
        assert await oldest_since(connection, since) == published["recent"]
