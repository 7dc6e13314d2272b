import gc

import pytest

from watchers import Item, TopicIndex, parse_query
from watchers.topics.engine.vocabulary import MAX_CACHED_WORDS


def _index(*topics):
    index = TopicIndex()
    for number, topic in enumerate(topics):
        index.add(number, parse_query(topic))
    return index


def _topic_ids(index, text, **attributes):
    return sorted(index.match(Item(key="k", title="T", text=text, **attributes)).topic_ids)


def test_an_added_topic_matches_the_next_item():
    index = _index("missile")
    assert _topic_ids(index, "new sanctions, old missiles") == [0]
    index.add(7, parse_query("sanction"))
    assert _topic_ids(index, "new sanctions, old missiles") == [0, 7]
    index.discard(0)
    assert _topic_ids(index, "new sanctions, old missiles") == [7]
    index.discard(7)
    index.discard(7)
    assert _topic_ids(index, "new sanctions, old missiles") == []
    assert len(index) == 0


def test_adding_a_topic_again_replaces_its_query():
    index = _index("missile")
    index.add(0, parse_query("sanctions"))
    assert len(index) == 1
    assert 0 in index
    assert _topic_ids(index, "a missile") == []
    assert _topic_ids(index, "a sanction") == [0]


def test_a_word_is_inflected_by_the_language_of_the_item():
    index = _index("haus", "sanction")
    assert _topic_ids(index, "die Häuser", language="de") == [0]
    assert _topic_ids(index, "die Häuser", language="en") == []
    assert _topic_ids(index, "sanctions", language="en-GB") == [1]
    index.add(2, parse_query("häusern"))
    assert _topic_ids(index, "die Häuser", language="de") == [0, 2]


def test_matches_are_distinct_and_repeatable():
    index = _index("b OR d", "d", "d AND b", "d OR b OR c", "d -x", "d NEAR b")
    item = Item(key="k", title="d b", text="b d c")
    assert sorted(index.match(item).topic_ids) == [0, 1, 2, 3, 4, 5]
    assert index.match(item) == index.match(item)


def test_the_spans_of_a_match_equal_those_of_its_query():
    topics = ("b OR a", "a AND c", "a-b", '"a b c" OR a', "title:a", "lang:en", "a NEAR/0 b")
    index = _index(*topics)
    item = Item(key="k", title="a b", lead="c", text="x a b c", language="en")
    for match in index.match(item):
        assert match.spans == parse_query(topics[match.topic_id]).match(item)


def test_two_topics_with_one_query_are_both_found():
    index = _index("missile", "missile")
    assert _topic_ids(index, "missile") == [0, 1]
    index.discard(0)
    assert _topic_ids(index, "missile") == [1]


def test_a_topic_with_too_many_alternatives_is_evaluated():
    groups = " AND ".join(f"({' OR '.join(f'w{g}x{n}' for n in range(6))})" for g in range(4))
    index = _index(groups)
    assert _topic_ids(index, "w0x1 w1x2 w2x3 w3x4") == [0]
    assert _topic_ids(index, "w0x1 w1x2 w2x3") == []
    index.discard(0)
    assert not index._postings
    assert not index._vocabulary.numbers


def test_many_topics_on_one_word_are_added_and_discarded():
    topics = [f"oil AND w{number}" for number in range(30)]
    topics += [f"oil -w{number}" for number in range(30)] + ["oil", "oil OR gas", "oil (a OR b) -c"]
    index = _index(*topics)
    assert _topic_ids(index, "oil w3") == [3, *(n for n in range(30, 60) if n != 33), 60, 61]
    for number in range(len(topics)):
        index.discard(number)
    assert not index._postings
    assert not index._vocabulary.numbers


def test_a_negative_id_is_refused():
    with pytest.raises(ValueError, match="0 or more"):
        _index().add(-1, parse_query("oil"))


def test_the_cache_of_printed_words_is_bounded():
    index = _index("oil")
    item = Item(key="k", title="oil", text=" ".join(f"w{n}" for n in range(MAX_CACHED_WORDS + 9)))
    assert [match.topic_id for match in index.match(item)] == [0]
    assert len(index._vocabulary.lexicon("english", "")) <= MAX_CACHED_WORDS
    assert _topic_ids(index, "oil") == [0]


def test_an_item_without_words_matches_nothing():
    assert _index("oil", '"a b"').match(Item(key="k", title="")) == []


@pytest.mark.slow
def test_the_data_of_an_item_is_freed_with_its_matches():
    index = _index("missile", "north korea", "a OR b", "a NEAR b", "title:t")
    gc.collect()
    gc.disable()
    try:
        matches = index.match(Item(key="k", title="T", text="a b, north korea: missile, missile"))
        assert all(matches.spans)
        del matches
        # No reference cycles.
        assert gc.collect() == 0
    finally:
        gc.enable()
