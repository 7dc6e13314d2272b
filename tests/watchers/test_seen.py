import os

from hypothesis import given
from hypothesis import strategies as st

from watchers.sources.document import document_key
from watchers.sources.seen import (
    Known,
    Seen,
    Stamp,
    current_words,
    is_path_entry,
    is_text,
    item_entry,
    known_words,
    path_entry,
    seen_file,
    words_entry,
)

NUMBERS = st.integers(0, 2**63)
STAMPS = st.builds(Stamp, NUMBERS, NUMBERS, NUMBERS)
NAMES = st.binary(min_size=1).filter(lambda name: b"\0" not in name).map(os.fsdecode)


@given(st.builds(Seen, STAMPS, st.text(), st.text()))
def test_a_file_is_remembered_as_it_was_seen(seen):
    assert Seen.from_text(seen.to_text()) == seen
    assert seen_file({"/a.txt": seen.to_text()}, "a.txt") == seen


@given(st.builds(Known, st.text(), st.text()))
def test_words_are_remembered_with_their_item(known):
    assert Known.from_text(known.to_text()) == known
    assert known_words({"=d1": known.to_text()}, "d1") == known


@given(NAMES, NAMES)
def test_every_file_has_an_entry_of_its_own_that_can_be_stored(one, other):
    for name in (one, other):
        path_entry(name).encode()
        assert is_path_entry(path_entry(name))
    assert (path_entry(one) == path_entry(other)) == (one == other)


def test_a_name_in_another_encoding_is_no_text():
    assert is_text("доклад.txt")
    assert not is_text(os.fsdecode("доклад.txt".encode("cp1251")))
    assert not is_text("a\0b")


def test_files_words_and_items_never_share_an_entry():
    assert (
        len(
            {path_entry("a"), words_entry("a"), item_entry("a"), path_entry("=a"), path_entry("#a")}
        )
        == 5
    )
    assert not is_path_entry(words_entry("a"))
    assert not is_path_entry(item_entry("a"))


def test_an_unknown_file_was_never_seen():
    assert seen_file({}, "a.txt") is None
    assert seen_file({"/a.txt": None}, "a.txt") is None
    assert known_words({}, "d1") is None


def test_an_item_says_what_it_said_at_first_until_it_says_something_else():
    key = document_key("d1")
    assert current_words({}, key) == "d1"
    assert current_words({item_entry(key): "d2"}, key) == "d2"
    assert current_words({item_entry(key): None}, key) == "d1"


def test_a_moved_file_keeps_when_it_was_written():
    assert Stamp(1, 2, 3).same_writing(Stamp(1, 2, 9))
    assert not Stamp(1, 2, 3).same_writing(Stamp(1, 3, 3))
    assert not Stamp(1, 2, 3).same_writing(Stamp(2, 2, 3))
