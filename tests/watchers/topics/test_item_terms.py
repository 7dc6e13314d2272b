"""The terms of items for the word index, which a cache of words makes fast."""

from concurrent.futures import ThreadPoolExecutor

from watchers import Item
from watchers.topics import candidates
from watchers.topics.candidates import MATCH_ALL_TERM, MAX_TERMS, IndexTermMaker

ITEMS = [
    Item(key=f"{language}{number}", title=title, text=f"{text} {number}", language=language)
    for number in range(20)
    for language, title, text in (
        ("en", "Reactors tested", "The reactor was tested in Nairobi"),
        ("de", "Reaktoren getestet", "Der Reaktor wurde in Häuser gebracht"),
        ("ko", "북한의 미사일", "서울에서 발사"),
        (None, "Санкции against Кореи", "sanctions"),
    )
]


def test_an_item_has_its_folded_words_their_stems_and_its_territories():
    terms = IndexTermMaker().make(ITEMS[0])
    assert terms.words >= {"reactors", "reactor", "tested", "nairobi"}
    assert terms.stems >= {"reactor", "test"}
    assert not terms.words & {"test"}


def test_a_full_cache_does_not_change_the_terms(monkeypatch):
    expected = [IndexTermMaker().make(item) for item in ITEMS]
    monkeypatch.setattr(candidates, "MAX_CACHED_WORDS", 10)
    monkeypatch.setattr(candidates, "_WORDS_PER_BATCH", 3)
    maker = IndexTermMaker()
    assert [maker.make(item) for item in ITEMS] == expected


def test_several_threads_share_one_maker():
    expected = [IndexTermMaker().make(item) for item in ITEMS]
    maker = IndexTermMaker()
    with ThreadPoolExecutor(4) as threads:
        assert [*threads.map(maker.make, ITEMS)] == expected


def test_the_cache_is_bounded_within_one_item(monkeypatch):
    monkeypatch.setattr(candidates, "MAX_CACHED_WORDS", 1_000)
    maker = IndexTermMaker()
    text = " ".join(f"word{number}" for number in range(MAX_TERMS))
    assert maker.make(Item(key="k", title="T", text=text)).others == {MATCH_ALL_TERM}
    assert sum(map(len, maker._words_by_rules.values())) <= 1_000 + 2_000
