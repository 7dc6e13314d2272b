import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.engine import URL

import bot.store
from bot.store import Database, migrate
from bot.store.items.stored_terms import stored_forms, stored_terms
from watchers.topics.candidates import MATCH_ALL_TERM, ItemTerms

TEXTS = st.sets(st.sampled_from("abc"))


def test_a_word_and_a_stem_of_the_same_text_are_one_stored_term():
    terms = ItemTerms({"reactor", "tested"}, {"reactor", "test"}, {"nKP"})
    assert stored_terms(terms) == "breactor nKP stest wtested"


def test_signs_are_replaced_in_terms_of_items_and_of_queries():
    assert stored_terms(ItemTerms({"a.m", "x y"}, {"a.m"})) == "ba·m wx·y"
    assert stored_forms("wx y") == ("wx·y", "bx·y")


@pytest.mark.slow
@given(TEXTS, TEXTS, st.sampled_from("ws"), st.sampled_from("abc"))
def test_a_term_is_found_exactly_if_the_item_has_it(words, stems, kind, text):
    stored = stored_terms(ItemTerms(words, stems)).split()
    expected = text in (words if kind == "w" else stems)
    assert any(form in stored for form in stored_forms(kind + text)) == expected


def test_the_term_of_items_with_too_many_terms_has_one_form():
    stored = stored_terms(ItemTerms(others={MATCH_ALL_TERM}))
    assert stored_forms(MATCH_ALL_TERM) == (stored,)


@pytest.mark.parametrize("is_full", [False, True])
async def test_the_migration_shrinks_the_search_index_of_a_sqlite_file(
    tmp_path, monkeypatch, is_full
):
    file = tmp_path / "old.sqlite3"
    database = Database(URL.create("sqlite+aiosqlite", database=str(file)))
    async with database.schema_change() as transaction:
        await transaction.run_sync(_upgrade_to, "0005")
    with closing(sqlite3.connect(file)) as connection:
        for number in range(1, 2_001):
            texts = [f"{word}{number % 50}" for word in ("reactor", "missile", "treaty", "vote")]
            terms = " ".join(kind + text for kind in "sw" for text in sorted(texts) * 10)
            values = (number, terms)
            connection.execute("INSERT INTO item_terms (rowid, terms) VALUES (?, ?)", values)
        connection.commit()
        connection.execute("VACUUM")
    size_before = file.stat().st_size
    if is_full:
        # Without free disk space, the migration still succeeds.
        def fail(_file):
            raise sqlite3.OperationalError("database or disk is full")

        # `bot.store.migrate` is the function, which hides the module of the same name.
        monkeypatch.setattr(sys.modules["bot.store.migrate"], "_vacuum", fail)
    assert "0006" in await migrate(database)
    await database.close()
    with closing(sqlite3.connect(file)) as connection:
        rows = connection.execute("SELECT rowid, terms FROM item_terms ORDER BY rowid").fetchall()
        found = connection.execute(
            "SELECT count(*) FROM item_terms WHERE item_terms MATCH '\"breactor7\"'"
        ).fetchone()
    assert rows[6] == (7, "bmissile7 breactor7 btreaty7 bvote7")
    assert (len(rows), found) == (2_000, (40,))
    if not is_full:
        assert file.stat().st_size < size_before / 2


def _upgrade_to(connection, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(bot.store.__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)
