"""Whatever a query matches, the word index gives as a candidate: on both databases."""

import sys
from pathlib import Path
from random import Random

import pytest

from bot.store.items import save_items
from bot.store.search import candidates, index_terms
from bot.store.sources import ensure_source
from tests.bot.conftest import own_stories
from watchers import Item, QuerySyntaxError, Source, parse_query
from watchers.topics.candidates import ANYTHING, candidates_of, terms_of

sys.path.insert(0, str(Path(__file__).parents[2] / "watchers" / "topics"))
import random_topics


async def _store(database, clock, *items: Item) -> dict[int, Item]:
    async with database.writing() as connection:
        watched = await ensure_source(connection, Source("folder", "/x"), now=clock())
        saved = await save_items(
            connection, watched.id, items, own_stories(connection, clock), now=clock()
        )
        await index_terms(connection, [(one.id, terms_of(one.item)) for one in saved])
    return {one.id: one.item for one in saved}


async def _found(database, text: str) -> list[str]:
    query = parse_query(text)
    async with database.reading() as connection:
        rows = await candidates(
            connection, candidates_of(query), since=None, before=None, most=10_000
        )
    return [item.key for _, _, item in rows if query.match(item) is not None]


async def test_search_agrees_with_live_matching_on_random_topics_and_items(database, clock):
    chance = Random(11)
    stored = await _store(
        database, clock, *(random_topics.item(chance, number) for number in range(150))
    )
    for _ in range(150):
        try:
            query = parse_query(random_topics.asked(chance).typed())
        except QuerySyntaxError:
            continue
        live = {item.key for item in stored.values() if query.match(item) is not None}
        assert set(await _found(database, str(query))) == live, str(query)


@pytest.mark.parametrize(
    "topic",
    ["sanctioned", '"north korea"', "sanct*", "missile NEAR/3 korea", "kore* -football", "북한"],
)
async def test_every_kind_of_leaf_finds_its_item(database, clock, topic):
    item = Item(key="k", title="Sanctions, a missile: North Korea", text="북한의", language="en")
    await _store(database, clock, item)
    assert await _found(database, topic) == ["k"]


async def test_only_candidates_come_back(database, clock):
    await _store(database, clock, *(Item(key=str(n), title=f"Title number{n}") for n in range(50)))
    async with database.reading() as connection:
        formula = candidates_of(parse_query("number7"))
        rows = await candidates(connection, formula, since=None, before=None, most=99)
    assert [item.key for _, _, item in rows] == ["7"]


async def test_an_item_that_changes_is_found_by_its_new_words_only(database, clock):
    await _store(database, clock, Item(key="k", title="Old words"))
    await _store(database, clock, Item(key="k", title="New words"))
    assert await _found(database, "new") == ["k"]
    assert await _found(database, "old") == []


async def test_an_item_with_too_many_words_is_a_candidate_for_everything(database, clock):
    item = Item(key="k", title="T", text=" ".join(f"word{n}" for n in range(30_000)))
    assert terms_of(item) == [ANYTHING]
    await _store(database, clock, item)
    assert await _found(database, "word29999") == ["k"]


@pytest.mark.parametrize(
    "text", ["a.m. ㏂ ½", "it's o'clock", 'x_y "q" (z)', "a' | b:* & !c\\", "x" * 500]
)
async def test_hostile_words_neither_break_the_index_nor_hide_the_item(database, clock, text):
    await _store(database, clock, Item(key="k", title="anchor", text=text))
    assert await _found(database, "anchor") == ["k"]
    for word in ("a", "clock", "y", "x" * 500):
        query = parse_query(word)
        live = query.match(Item(key="k", title="anchor", text=text)) is not None
        assert (await _found(database, word) == ["k"]) == live
