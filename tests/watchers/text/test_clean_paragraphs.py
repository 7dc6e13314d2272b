from textwrap import fill

from hypothesis import given
from hypothesis import strategies as st

from watchers.text.clean import split_paragraphs

LONG = (
    "The envoys of both countries met for the third time this year and left without a word to the "
    "press, although the hall had been full since the morning and the translators had been promised "
    "a statement by noon."
)


def test_a_blank_line_separates_paragraphs():
    assert split_paragraphs("One.\n\nTwo.\n \t \nThree.\n") == ["One.", "Two.", "Three."]


def test_hard_wrapped_lines_are_joined():
    for width in (60, 72, 79, 100):
        assert split_paragraphs(fill(LONG, width)) == [LONG]


def test_one_paragraph_per_line_is_kept():
    text = f"{LONG}\n{LONG} Again.\nRead more: maps"
    assert split_paragraphs(text) == [LONG, f"{LONG} Again.", "Read more: maps"]


def test_short_lines_that_all_end_a_sentence_are_paragraphs():
    lines = [
        "The envoys met for the third time this year.",
        "They left at noon.",
        "Nobody spoke to the press.",
    ]
    assert split_paragraphs("\n".join(lines)) == lines


def test_a_heading_above_a_wrapped_paragraph_stays_separate():
    assert split_paragraphs(f"A heading\n{fill(LONG, 72)}") == ["A heading", LONG]


def test_a_label_below_a_wrapped_paragraph_stays_separate():
    wrapped = fill(LONG, 72)
    assert split_paragraphs(f"{wrapped}\nRead more: maps")[-1] == "Read more: maps"
    assert split_paragraphs(f"{wrapped}\nSource: a diary")[-1] == "Source: a diary"


def test_short_lines_are_not_joined():
    assert split_paragraphs("Roses are red\nviolets are blue") == [
        "Roses are red",
        "violets are blue",
    ]


def test_spaces_within_a_line_are_collapsed():
    assert split_paragraphs("  a \t b\u00a0 c ") == ["a b c"]


def test_empty_text_has_no_paragraphs():
    assert split_paragraphs("") == split_paragraphs("\n \n\t\n") == []


def test_a_book_without_a_blank_line_is_one_paragraph():
    line = "the quick brown fox jumped over the lazy dog and then went on its way home to sleep"
    # Appending to a string for each line would copy 100 GB.
    (paragraph,) = split_paragraphs(f"{line}\n" * 60_000)
    assert len(paragraph) == 60_000 * (len(line) + 1) - 1


@given(st.text("ab .\n:Ж", max_size=300))
def test_every_word_is_kept_in_order(text):
    assert " ".join(split_paragraphs(text)).split() == text.split()
