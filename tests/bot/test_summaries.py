import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.summaries import summarize
from watchers import parse_query

TEXT = """The council agreed on sanctions against two banks on Monday. It was the third vote this year.

The envoy of the island state spoke for an hour. He thanked the cooks.

Ships that call at the closed port lose their insurance. The weather was fine.

Banks have until May to end their dealings with the two, the council said."""


def test_the_sentences_come_in_the_order_of_the_article():
    made = summarize(TEXT, "Sanctions on two banks", 3)
    places = [TEXT.index(sentence) for sentence in made.sentences]
    assert len(made.sentences) == 3
    assert places == sorted(places)


def test_the_same_article_is_always_summarised_the_same():
    assert summarize(TEXT) == summarize(TEXT)


def test_a_short_text_comes_back_whole():
    made = summarize("One sentence. And another.")
    assert made.sentences == ("One sentence.", "And another.")
    assert made.is_whole


def test_an_empty_text_has_an_empty_summary():
    assert summarize("").sentences == ()


def test_a_topic_draws_the_choice_to_what_it_is_about():
    about = summarize(TEXT, "Council votes", 2, parse_query("insurance"))
    assert any("insurance" in sentence for sentence in about.sentences)


def test_less_than_one_sentence_is_refused():
    with pytest.raises(ValueError, match="at least one"):
        summarize(TEXT, sentences=0)


@given(st.text(max_size=400), st.integers(1, 5))
def test_nothing_is_said_that_the_text_does_not_say(text: str, many: int):
    made = summarize(text, sentences=many)
    whole = " ".join(text.split())
    assert all(sentence in whole for sentence in made.sentences)
    assert len(made.sentences) <= many
