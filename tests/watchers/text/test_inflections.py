import pytest

from tests.watchers.text.inflections import INFLECTIONS
from watchers import Item
from watchers.topics import parse_query


def cases(field):
    return [
        (language, *pair)
        for language, words in INFLECTIONS.items()
        for pair in getattr(words, field)
    ]


def matches(query, form, language):
    item = Item(key="1", title=form, text=form, language=language)
    return parse_query(query).match(item) is not None


@pytest.mark.parametrize(("language", "query", "form"), cases("same"))
def test_an_inflection_matches(language, query, form):
    assert matches(query, form, language)


@pytest.mark.parametrize(("language", "query", "form"), cases("other"))
def test_a_similar_word_does_not_match(language, query, form):
    assert not matches(query, form, language)


def test_the_table_covers_enough_languages():
    assert len(INFLECTIONS) >= 22
    for language, words in INFLECTIONS.items():
        assert len(words.same) >= 5, language
        assert len(words.other) >= 5, language


@pytest.mark.parametrize(
    ("query", "form"), [("customs", "custom"), ("arms", "arm"), ("goods", "good")]
)
def test_a_plural_of_its_own_meaning_is_not_the_singular(query, form):
    assert matches(query, query, "en")
    assert not matches(query, form, "en")
