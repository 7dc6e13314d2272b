import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from watchers.text.clean import clean_line, clean_text, truncate

ANYTHING = st.text(st.characters(codec=None), max_size=80)
UNUSUAL = st.text(
    "e\u0301\u0316\u0344\u200b\ufeff\r\n\u2028\x00\ud800 \u0f73\u1100\u1161\u0338=", max_size=80
)


@given(ANYTHING | UNUSUAL)
@example("e\u200b\u0301")
@example("a" + "\u0344" * 40)
def test_clean_text_is_idempotent(text):
    assert clean_text(clean_text(text)) == clean_text(text)
    assert clean_line(clean_line(text)) == clean_line(text)


@given(ANYTHING | UNUSUAL)
def test_clean_text_can_be_stored_and_shown(text):
    clean = clean_text(text)
    clean.encode("utf-8")
    assert unicodedata.is_normalized("NFC", clean)
    assert not set(clean) & set("\0\r\x1b\x7f\ufeff\u202e\u200b")


@given(ANYTHING | UNUSUAL)
def test_a_clean_line_is_one_line_without_spaces_at_its_ends(text):
    line = clean_line(text)
    assert "\n" not in line
    assert line == line.strip()
    assert "  " not in line


@pytest.mark.parametrize("newline", ["\r\n", "\r", "\u0085", "\u2028", "\u2029", "\v", "\f"])
def test_every_kind_of_newline_is_plain(newline):
    assert clean_text(f"one{newline}two") == "one\ntwo"


@pytest.mark.parametrize(
    "hidden",
    ["\u200b", "\ufeff", "\u202e", "\u2066", "\u061c", "\x00", "\x1b", "\U000e0041", "\ud800"],
)
def test_invisible_characters_do_not_split_a_word(hidden):
    assert clean_text(f"sanc{hidden}tions") == "sanctions"


def test_joiners_are_kept_for_scripts_that_need_them():
    assert clean_text("می\u200cخواهم") == "می\u200cخواهم"
    assert clean_text("क्\u200dष") == "क्\u200dष"


def test_tabs_and_newlines_are_kept():
    assert clean_text("a\tb\nc") == "a\tb\nc"


def test_a_large_stack_of_marks_is_cut():
    # Normalizing a stack of this size would take hours.
    stack = "o" + "\u0301\u0316" * 500_000
    assert len(clean_text(stack)) <= 32


def test_a_normal_stack_of_marks_is_kept():
    assert clean_text("o\u0302\u0323") == "\u1ed9"
    assert clean_text("שָׁלוֹם") == unicodedata.normalize("NFC", "שָׁלוֹם")


@given(st.text("ab ,", max_size=60), st.integers(5, 40))
def test_a_truncated_text_fits_and_is_a_prefix(text, limit):
    truncated = truncate(text, limit)
    assert len(truncated) <= limit
    assert text.startswith(truncated.removesuffix("…"))
    assert (truncated == text) == (len(text) <= limit)


def test_a_text_is_cut_between_words_without_a_dangling_comma():
    assert truncate("The minister, who left", 15) == "The minister…"
    assert truncate("a" * 30, 10) == "a" * 9 + "…"


def test_stacks_of_every_mark_are_bounded():
    for code in range(0x110000):
        char = chr(code)
        if unicodedata.category(char).startswith("M"):
            assert clean_text(char * 40) == clean_text(char * 31), hex(code)


@given(st.text(st.characters(exclude_categories=["C", "Z", "M"])))
def test_plain_text_is_only_normalized(text):
    assert clean_text(text) == unicodedata.normalize("NFC", text)
