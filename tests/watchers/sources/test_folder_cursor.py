import os

from hypothesis import given
from hypothesis import strategies as st

from watchers.sources.document import document_key
from watchers.sources.folder_cursor import (
    ContentRecord,
    FileRecord,
    FileStamp,
    content_record,
    current_digest,
    digest_entry,
    file_record,
    is_path_entry,
    is_utf8_name,
    item_entry,
    path_entry,
)

NUMBERS = st.integers(0, 2**63)
STAMPS = st.builds(FileStamp, NUMBERS, NUMBERS, NUMBERS)
NAMES = st.binary(min_size=1).filter(lambda name: b"\0" not in name).map(os.fsdecode)


@given(st.builds(FileRecord, STAMPS, st.text(), st.text()))
def test_a_file_record_round_trips(record):
    assert FileRecord.from_text(record.to_text()) == record
    assert file_record({"/a.txt": record.to_text()}, "a.txt") == record


@given(st.builds(ContentRecord, st.text(), st.text()))
def test_a_content_record_round_trips(record):
    assert ContentRecord.from_text(record.to_text()) == record
    assert content_record({"=d1": record.to_text()}, "d1") == record


@given(NAMES, NAMES)
def test_every_file_has_a_unique_entry_that_can_be_stored(first, second):
    for name in (first, second):
        path_entry(name).encode()
        assert is_path_entry(path_entry(name))
    assert (path_entry(first) == path_entry(second)) == (first == second)


def test_a_name_in_another_encoding_is_not_utf8():
    assert is_utf8_name("доклад.txt")
    assert not is_utf8_name(os.fsdecode("доклад.txt".encode("cp1251")))
    assert not is_utf8_name("a\0b")


def test_entries_of_files_digests_and_items_never_collide():
    assert (
        len(
            {
                path_entry("a"),
                digest_entry("a"),
                item_entry("a"),
                path_entry("=a"),
                path_entry("#a"),
            }
        )
        == 5
    )
    assert not is_path_entry(digest_entry("a"))
    assert not is_path_entry(item_entry("a"))


def test_an_unknown_file_has_no_record():
    assert file_record({}, "a.txt") is None
    assert file_record({"/a.txt": None}, "a.txt") is None
    assert content_record({}, "d1") is None


def test_the_current_digest_of_an_item_is_the_first_one_unless_stored():
    key = document_key("d1")
    assert current_digest({}, key) == "d1"
    assert current_digest({item_entry(key): "d2"}, key) == "d2"
    assert current_digest({item_entry(key): None}, key) == "d1"


def test_a_moved_file_has_the_same_content_stamp():
    assert FileStamp(1, 2, 3).same_content_as(FileStamp(1, 2, 9))
    assert not FileStamp(1, 2, 3).same_content_as(FileStamp(1, 3, 3))
    assert not FileStamp(1, 2, 3).same_content_as(FileStamp(2, 2, 3))
