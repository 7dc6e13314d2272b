import sys
from pathlib import Path

import pytest

from watchers import Item
from watchers.topics import parse_query

sys.path.insert(0, str(Path(__file__).parent))
from inflections import INFLECTIONS


def cases(kind):
    return [
        (language, *pair)
        for language, words in INFLECTIONS.items()
        for pair in getattr(words, kind)
    ]


def finds(query, form, language):
    item = Item(key="1", title=form, text=form, language=language)
    return parse_query(query).match(item) is not None


@pytest.mark.parametrize(("language", "query", "form"), cases("same"))
def test_an_inflection_is_found(language, query, form):
    assert finds(query, form, language)


@pytest.mark.parametrize(("language", "query", "form"), cases("other"))
def test_a_near_word_is_not(language, query, form):
    assert not finds(query, form, language)


def test_the_table_is_wide_enough():
    assert len(INFLECTIONS) >= 22
    for language, words in INFLECTIONS.items():
        assert len(words.same) >= 5, language
        assert len(words.other) >= 5, language
