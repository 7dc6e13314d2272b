from dataclasses import FrozenInstanceError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchers.item import Item, content_digest

WORDS = st.lists(st.text("abcж́é漢1.", min_size=1), min_size=1)
SPACES = st.sampled_from([" ", "  ", "\n", "\t", "\n\n", "\u00a0", "\r\n", "\u2009"])


@given(WORDS, st.data())
def test_a_digest_is_blind_to_white_space(words, data):
    spaced = data.draw(SPACES) + "".join(word + data.draw(SPACES) for word in words)
    assert content_digest(spaced) == content_digest(" ".join(words))


@given(st.text(), st.text())
def test_other_words_give_another_digest(one, other):
    same = one.split() == other.split()
    assert (content_digest(one) == content_digest(other)) == same


def test_a_digest_tells_the_title_from_the_text():
    assert content_digest("a b", "c") != content_digest("a", "b c")
    assert content_digest("a", "") != content_digest("", "a")


def test_a_digest_is_32_hexadecimal_digits_even_of_broken_text():
    for text in ("", "pact", "\ud800", "\0"):
        digest = content_digest(text)
        assert len(digest) == 32
        assert set(digest) <= set("0123456789abcdef")


def test_the_digest_of_an_item_is_what_it_says_and_nothing_else():
    item = Item(key="1", title="Pact", text="Signed.")
    assert item.digest == Item(key="2", title=" Pact", text="Signed.\n", source="x").digest
    assert item.digest != Item(key="1", title="Pact", text="Broken.").digest
    assert item.digest != Item(key="1", title="Pact", lead="Signed.").digest


def test_the_length_counts_all_that_is_matched():
    assert Item(key="1", title="abc", lead="de", text="f").length == 6


def test_only_key_and_title_are_needed_and_nothing_can_be_changed():
    item = Item(key="1", title="Pact")
    assert (item.url, item.published, item.text, item.tags) == (None, None, "", ())
    with pytest.raises(FrozenInstanceError):
        item.title = "other"
