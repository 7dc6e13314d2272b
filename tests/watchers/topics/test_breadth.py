"""The estimated share of general news that a topic matches."""

import pytest

from watchers import parse_query
from watchers.text.word_frequencies import languages_of_script, read_frequencies
from watchers.topics.breadth import estimate_share

BROAD = 0.02


def _share(topic):
    return estimate_share(parse_query(topic).node)


@pytest.mark.parametrize(
    "topic",
    [
        "government",
        "new",
        "people",
        "police OR court",
        "Regierung",
        "gouvernement",
        "президент",
        "政府",
        "gov*",
        "lang:en",
        "lang:en -football",
        "said",
    ],
)
def test_a_common_word_matches_much_of_general_news(topic):
    assert BROAD < _share(topic) <= 1


@pytest.mark.parametrize(
    "topic",
    [
        "uranium",
        "sanctions",
        "title:government",
        "government AND sanctions",
        "white house",
        '"central bank"',
        "north korea",
        "xyzzyplugh",
        "source:example.org",
        "oil NEAR/3 price",
    ],
)
def test_a_rare_word_or_a_narrow_topic_does_not(topic):
    assert 0 <= _share(topic) < BROAD


def test_a_narrower_topic_has_a_smaller_share():
    assert _share("government AND court") < _share("government") < _share("government OR court")
    assert _share("title:government") < _share("government")
    assert _share("government -court") < _share("government")


def test_the_inflections_of_a_word_count():
    assert _share("government") > _share('"government"')


def test_words_are_looked_up_in_the_languages_of_their_script():
    assert languages_of_script("government")[0] == "en"
    assert languages_of_script("президент")[0] == "ru"
    assert languages_of_script("!") == ()
    assert read_frequencies("xx", {"gov"}) == {}
    assert read_frequencies("en", set()) == {}
    assert "government" in read_frequencies("en", {"gov"})
