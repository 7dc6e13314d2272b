import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from watchers.text.clean import clean_line, clean_text, shorten

ANYTHING = st.text(st.characters(codec=None), max_size=80)
AWKWARD = st.text(
    "e\u0301\u0316\u0344\u200b\ufeff\r\n\u2028\x00\ud800 \u0f73\u1100\u1161\u0338=", max_size=80
)


@given(ANYTHING | AWKWARD)
@example("e\u200b\u0301")
@example("a" + "\u0344" * 40)
def test_clean_text_stays_as_it_is_when_cleaned_again(text):
    assert clean_text(clean_text(text)) == clean_text(text)
    assert clean_line(clean_line(text)) == clean_line(text)


@given(ANYTHING | AWKWARD)
def test_clean_text_can_be_stored_and_shown(text):
    clean = clean_text(text)
    clean.encode("utf-8")
    assert unicodedata.is_normalized("NFC", clean)
    assert not set(clean) & set("\0\r\x1b\x7f\ufeff\u202e\u200b")


@given(ANYTHING | AWKWARD)
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
def test_what_cannot_be_seen_does_not_part_a_word(hidden):
    assert clean_text(f"sanc{hidden}tions") == "sanctions"


def test_joiners_stay_because_some_scripts_need_them():
    assert clean_text("می\u200cخواهم") == "می\u200cخواهم"
    assert clean_text("क्\u200dष") == "क्\u200dष"


def test_tabs_and_newlines_stay_in_a_text():
    assert clean_text("a\tb\nc") == "a\tb\nc"


def test_a_pile_of_marks_is_cut_to_what_a_letter_can_bear():
    pile = "o" + "\u0301\u0316" * 500_000  # ordering these as they are would take hours
    assert len(clean_text(pile)) <= 32


def test_an_honest_stack_of_marks_stays():
    assert clean_text("o\u0302\u0323") == "\u1ed9"
    assert clean_text("שָׁלוֹם") == unicodedata.normalize("NFC", "שָׁלוֹם")


@given(st.text("ab ,", max_size=60), st.integers(5, 40))
def test_a_shortened_text_fits_and_is_a_beginning(text, limit):
    short = shorten(text, limit)
    assert len(short) <= limit
    assert text.startswith(short.removesuffix("…"))
    assert (short == text) == (len(text) <= limit)


def test_a_text_is_cut_between_words_without_a_dangling_comma():
    assert shorten("The minister, who left", 15) == "The minister…"
    assert shorten("a" * 30, 10) == "a" * 9 + "…"


def test_no_mark_of_any_script_is_piled_up_without_end():
    for code in range(0x110000):
        char = chr(code)
        if unicodedata.category(char).startswith("M"):
            assert clean_text(char * 40) == clean_text(char * 31), hex(code)


@given(st.text(st.characters(exclude_categories=["C", "Z", "M"])))
def test_what_is_plain_stays_as_it_is(text):
    assert clean_text(text) == unicodedata.normalize("NFC", text)
