"""Text that was wrapped at a fixed width: paragraphs are joined, and no letter is lost."""

# ruff: noqa: E501

import random
import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchers.text.clean import clean_text, split_paragraphs

PARAGRAPHS = {
    "en": "The ministers met on Tuesday, diplomats in Brussels said. The talks continue on Wednesday, and a "
    "decision on the long list of goods is expected before the end of the week, the official said.",
    "de": "Die Minister trafen sich am Dienstag in Brüssel, wie Diplomaten sagten. Die Gespräche dauern an, "
    "und eine Entscheidung über die lange Liste der Waren wird noch vor dem Ende der Woche erwartet.",
    "fr": "Les ministres se sont réunis mardi à Bruxelles, ont dit des diplomates. Les discussions se "
    "poursuivent mercredi, et une décision sur la longue liste des biens est attendue cette semaine.",
    "ru": "Министры встретились во вторник в Брюсселе, сообщили дипломаты. Переговоры продолжатся в среду, "
    "и решение по длинному списку товаров ожидается до конца недели, сказал представитель.",
    "es": "Los ministros se reunieron el martes en Bruselas, dijeron diplomáticos. Las conversaciones siguen "
    "el miércoles, y se espera una decisión sobre la larga lista de bienes antes del fin de semana.",
}


@pytest.mark.parametrize("language", PARAGRAPHS)
@pytest.mark.parametrize("width", [30, 45, 60, 72, 80, 100])
def test_a_wrapped_paragraph_is_one_paragraph(language, width):
    paragraph = PARAGRAPHS[language]
    wrapped = "\n".join(textwrap.wrap(paragraph, width, break_on_hyphens=False))
    assert split_paragraphs(wrapped) == [paragraph]


@pytest.mark.parametrize("language", PARAGRAPHS)
@pytest.mark.parametrize("seed", range(5))
def test_lines_of_a_printed_page_have_different_lengths(language, seed):
    """Letters of different widths: each line has up to a quarter fewer characters than the widest."""
    rng = random.Random(seed)
    words, lines, line = PARAGRAPHS[language].split(), [], ""
    limit = 60
    for word in words:
        if line and len(line) + 1 + len(word) > limit:
            lines.append(line)
            line, limit = word, rng.randint(52, 66)
        else:
            line = f"{line} {word}".strip()
    lines.append(line)
    joined = split_paragraphs("\n".join(lines))
    assert " ".join(joined) == PARAGRAPHS[language]
    # A short line that ends a sentence may end a paragraph.
    assert all(paragraph.endswith(".") for paragraph in joined)


def test_paragraphs_without_blank_lines_end_at_a_short_line_or_sentence():
    first = textwrap.wrap("The first paragraph has " + "several words " * 12 + "here.", 70)
    second = textwrap.wrap("Another paragraph has " + "different words " * 9 + "too.", 70)
    first[-1] = first[-1][:20].rsplit(" ", 1)[0] + "."
    joined = split_paragraphs("\n".join([*first, *second]))
    assert len(joined) == 2
    assert joined[1].startswith("Another paragraph")


@pytest.mark.parametrize(
    ("text", "joined"),
    [
        ("The close and very friendly economic co-\noperation of both of the sides is now nec-\nessary for the long plan.", "The close and very friendly economic cooperation of both of the sides is now necessary for the long plan."),
        ("A visit to Rio-\nGrande was planned for the next spring and it\nwas long.", "A visit to Rio- Grande was planned for the next spring and it was long."),
        ("政府は月曜日に新しい計画を発表した。この計画は来年の春から始まる予定で、\n多くの町が参加する見込みだと発表した。", "政府は月曜日に新しい計画を発表した。この計画は来年の春から始まる予定で、多くの町が参加する見込みだと発表した。"),
    ],
)  # fmt: skip
def test_words_divided_at_the_end_of_a_line(text, joined):
    assert " ".join(split_paragraphs(text)) == joined


@pytest.mark.parametrize(
    "lines",
    [
        ["Short lines", "of a poem", "stand alone"],
        ["1. First item of the list", "2. Second item of the list", "3. Third item of it"],
        ["- one point of the agenda of the day", "- another point", "- a third point"],
        ["Name: John Doe of the north", "Title: Head of the office", "Age: 44"],
        ["Minister visits the flooded towns in the north", "Parliament votes on the new budget today", "Port strike enters its second week"],
        ["Crude oil 81.20 -0.4 % 12,300 lots traded", "Natural gas 2.91 +1.2 % 9,100 lots traded", "Gold 2,310.00 +0.1 % 4,000 lots traded"],
    ],
)  # fmt: skip
def test_lines_that_were_broken_on_purpose_stay(lines):
    assert split_paragraphs("\n".join(lines)) == lines


@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=90), max_size=20))
def test_no_letter_is_lost(lines):
    text = clean_text("\n".join(lines))
    kept = "".join(split_paragraphs(text))
    # Only white space and the hyphen of a divided word may disappear.
    expected = "".join(text.split())
    assert sorted("".join(kept.split()).replace("-", "").replace("\u2010", "")) == sorted(
        expected.replace("-", "").replace("\u2010", "")
    )
