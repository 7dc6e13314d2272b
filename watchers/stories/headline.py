"""The data of an item that reports in other languages are compared with."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from watchers.item import Item
from watchers.names.recogniser import find_names
from watchers.stories.capitals import capital_code
from watchers.stories.transliteration import MIN_FORM_LETTERS, name_form
from watchers.text import tokens as words

MAX_HEADLINE_CHARS: Final = 80
"""Characters of title and first sentence that are encoded: the cost grows with the length."""

# A character of these scripts is nearly a word.
_FIRST_DENSE_CHARACTER: Final = "\u3000"
_DENSE_SHARE: Final = 2

_MAX_READ_CHARS: Final = 600
_MIN_NAME_LETTERS: Final = 4
# A number with one digit is in every report.
_MIN_NUMBER_DIGITS: Final = 2

_SENTENCE_END: Final = re.compile(r"(?<=[.!?])\s|(?<=[。।])")
# The result of a match.
_SCORE: Final = re.compile(r"(?<![\d:–-])(\d{1,3})\s?[:–-]\s?(\d{1,3})(?![\d:–-])")
_NUMBER: Final = re.compile(r"\d{1,3}(?:[.,\s’]\d{3})+(?!\d)|\d+(?:[.,]\d+)?")
_GROUPED: Final = re.compile(r"\d{1,3}(?:[.,\s’]\d{3})+")
_SCRIPTS_WITHOUT_CAPITALS: Final = re.compile("[\u0600-\u06ff\u0900-\u097f]")


@dataclass(frozen=True, slots=True)
class Headline:
    """The statement of a report, for comparisons between languages.

    Attributes:
        text: title and first sentence.
        language: the primary language.
        names: names in a form that is equal in all alphabets.
        numbers: numbers without separators of thousands and with a decimal point.
        places: codes of the territories that the item names.
    """

    text: str
    language: str
    names: frozenset[str]
    numbers: frozenset[str]
    places: frozenset[str]


def make_headline(item: Item) -> Headline:
    """Return the headline of ``item``."""
    body = (item.lead or item.text)[:_MAX_READ_CHARS]
    first = _SENTENCE_END.split(body, maxsplit=1)[0]
    text = f"{item.title}. {first}" if item.title else first
    is_dense = max(text[: MAX_HEADLINE_CHARS // _DENSE_SHARE], default="") >= _FIRST_DENSE_CHARACTER
    full = f"{item.title}. {body}"
    printed = words.split_words(full)
    return Headline(
        text[: MAX_HEADLINE_CHARS // _DENSE_SHARE if is_dense else MAX_HEADLINE_CHARS],
        (item.language or "").split("-")[0].lower(),
        frozenset(_name_forms(printed)),
        frozenset(_numbers(full)),
        frozenset(_places(printed, item.language)),
    )


def _name_forms(printed: Iterable[str]) -> Iterable[str]:
    for word in printed:
        is_name = word[0].isupper() or _SCRIPTS_WITHOUT_CAPITALS.match(word)
        if is_name and len(word) >= _MIN_NAME_LETTERS:
            form = name_form(word)
            if len(form) >= MIN_FORM_LETTERS:
                yield form


def _places(printed: list[str], language: str | None) -> Iterable[str]:
    for name in find_names(printed, language):
        yield name.code
    for word in printed:
        code = capital_code(word)
        if code:
            yield code


def _numbers(text: str) -> Iterable[str]:
    for first, second in _SCORE.findall(text):
        yield f"{first}-{second}"
    for number in _NUMBER.findall(text):
        is_grouped = _GROUPED.fullmatch(number)
        value = re.sub(r"\D", "", number) if is_grouped else number.replace(",", ".")
        if len(value) >= _MIN_NUMBER_DIGITS:
            yield value
