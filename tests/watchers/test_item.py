from dataclasses import FrozenInstanceError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchers.item import Item, content_digest

WORDS = st.lists(st.text("abcж́é漢1.", min_size=1), min_size=1)
SPACES = st.sampled_from([" ", "  ", "\n", "\t", "\n\n", "\u00a0", "\r\n", "\u2009"])


@given(WORDS, st.data())
def test_a_digest_ignores_white_space(words, data):
    spaced = data.draw(SPACES) + "".join(word + data.draw(SPACES) for word in words)
    assert content_digest(spaced) == content_digest(" ".join(words))


@given(st.text(), st.text())
def test_different_words_give_different_digests(first, second):
    has_same_words = first.split() == second.split()
    assert (content_digest(first) == content_digest(second)) == has_same_words


def test_a_digest_depends_on_the_part():
    assert content_digest("a b", "c") != content_digest("a", "b c")
    assert content_digest("a", "") != content_digest("", "a")


def test_a_digest_has_32_hexadecimal_digits_even_for_broken_text():
    for text in ("", "pact", "\ud800", "\0"):
        digest = content_digest(text)
        assert len(digest) == 32
        assert set(digest) <= set("0123456789abcdef")


def test_the_digest_of_an_item_covers_only_its_words():
    item = Item(key="1", title="Pact", text="Signed.")
    assert item.digest == Item(key="2", title=" Pact", text="Signed.\n", source="x").digest
    assert item.digest != Item(key="1", title="Pact", text="Broken.").digest
    assert item.digest != Item(key="1", title="Pact", lead="Signed.").digest


def test_the_length_counts_title_lead_and_text():
    assert Item(key="1", title="abc", lead="de", text="f").length == 6


def test_only_key_and_title_are_required_and_items_are_frozen():
    item = Item(key="1", title="Pact")
    assert (item.url, item.published, item.text, item.tags) == (None, None, "", ())
    with pytest.raises(FrozenInstanceError):
        item.title = "other"  # type: ignore[misc]
