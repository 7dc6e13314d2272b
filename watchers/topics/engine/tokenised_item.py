"""The words of an item in one row, and the way back from words to positions in its text.

    title words · "" · lead words · "" · text words · ""

The empty words keep a phrase from crossing from one field into the next, or past the end.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from watchers.item import Item
from watchers.names.recogniser import Occurrence, find_names
from watchers.text import tokens as words
from watchers.topics.match import SPAN_FIELDS, Span
from watchers.topics.positions import Marks, Row, merge_marks
from watchers.topics.word_forms import MAX_CAPITALS

_COUNTRY_CODE_LETTERS: Final = 2


class TokenisedItem:
    """The words of one item. Their character offsets are computed only when spans are read.

    Attributes:
        words: the words as printed.
        lookups: what to look up for each word (see :func:`watchers.text.tokens.tokenise`).
    """

    __slots__ = ("_ends", "_names", "_row", "item", "lead_end", "lookups", "title_end", "words")

    def __init__(self, item: Item) -> None:
        self.item = item
        language = item.language
        title, title_lookups = words.tokenise(item.title, language)
        lead, lead_lookups = words.tokenise(item.lead, language) if item.lead else ([], [])
        text, text_lookups = words.tokenise(item.text, language) if item.text else ([], [])
        self.title_end = len(title)
        self.lead_end = len(title) + 1 + len(lead)
        self.words = [*title, "", *lead, "", *text, ""]
        if is_in_capitals(title):
            # In a headline in capitals, only the text shows which words are names.
            title_lookups = as_printed_in_text(title_lookups, {*lead, *text})
        self.lookups = [*title_lookups, "", *lead_lookups, "", *text_lookups, ""]
        self._ends: list[int] = []
        self._row: Row | None = None
        self._names: list[Occurrence] | None = None

    def field_index(self, position: int) -> int:
        """Return the index in `SPAN_FIELDS` of the field of a word."""
        return (position > self.title_end) + (position > self.lead_end)

    def find_names(self) -> list[Occurrence]:
        """Return the names of territories in the item."""
        if self._names is None:
            self._names = find_names(self.words, self.item.language, self._gap_before)
        return self._names

    def _gap_before(self, position: int) -> str:
        """Return the text between a word and the previous one of its field."""
        ends, item = self.ends, self.item
        text = (item.title, item.lead, item.text)[self.field_index(position)] or ""
        is_first = position in (0, self.title_end + 1, self.lead_end + 1)
        start = 0 if is_first else ends[position - 1]
        return text[start : ends[position] - len(self.words[position])]

    @property
    def row(self) -> Row:
        """The positions of the words."""
        if self._row is None:
            self._row = Row(self.title_end, self.lead_end, len(self.words))
        return self._row

    def spans(self, marks: Marks) -> tuple[Span, ...]:
        """Return occurrences as spans of the item, in reading order and without overlaps."""
        return tuple(self.span(first, last) for first, last in merge_marks(marks, self.row))

    def span(self, first: int, last: int) -> Span:
        """Return the span from one word to another word of the same field."""
        field = SPAN_FIELDS[self.field_index(first)]
        ends = self.ends
        return Span(field, ends[first] - len(self.words[first]), ends[last])

    @property
    def ends(self) -> list[int]:
        """The offset in its field where each word ends."""
        if not self._ends:
            item, row, title_end, lead_end = self.item, self.words, self.title_end, self.lead_end
            # The empty word after each field ends at 0, and no occurrence contains it.
            self._ends = [
                *words.word_ends(item.title, row[:title_end]),
                0,
                *words.word_ends(item.lead, row[title_end + 1 : lead_end]),
                0,
                *words.word_ends(item.text, row[lead_end + 1 : -1]),
                0,
            ]
        return self._ends


def is_in_capitals(title: list[str]) -> bool:
    """Return True if a headline has no lower-case letter and at least one long word."""
    return (
        len(title) > 1
        and any(map(_is_long, title))
        and not any(word != word.upper() for word in title)
    )


def as_printed_in_text(lookups: list[str], text_words: set[str]) -> list[str]:
    """Return the words of a headline in capitals in lower case, except those in ``text_words``.

    A headline without a text is not changed: nothing shows which of its words are names.
    """
    if not text_words:
        return lookups
    return [lookup if lookup in text_words else lookup.lower() for lookup in lookups]


def _is_long(word: str) -> bool:
    return len(word) > MAX_CAPITALS and word.isupper()


def field_values(item: Item, field: str) -> list[tuple[str, ...]]:
    """Return the values of a data field, each as folded words that a leaf may contain.

    - ``lang``: the language tag and its prefixes: "pt-BR" is also "pt".
    - ``source``: the name of the source, its other names, and the host of the item's address.
    - ``country``: the country of the source, as far as the item shows it: the region of its
      language tag and the country domain of its host. A two-letter code, "gb" for the United
      Kingdom.
    - ``author``, ``tag``: as published.
    """
    match field:
        case "lang":
            return [(code,) for code in _languages(item)]
        case "source":
            return [*map(_folded_words, (item.source, *item.source_names, _host(item)))]
        case "author":
            return [_folded_words(item.author or "")]
        case "tag":
            return [_folded_words(tag) for tag in item.tags]
        case _:
            return [(code,) for code in _countries(item)]


def _folded_words(text: str) -> tuple[str, ...]:
    return tuple(
        words.strip_accents(words.normalize_word(word)) for word in words.split_words(text)
    )


def _languages(item: Item) -> list[str]:
    parts = (item.language or "").lower().replace("_", "-").split("-")
    return ["-".join(parts[:size]) for size in range(1, len(parts) + 1)]


def _countries(item: Item) -> list[str]:
    region = (item.language or "").lower().replace("_", "-").split("-")[1:]
    domain = _host(item).rpartition(".")[2]
    codes = [code for code in (*region, domain) if len(code) == _COUNTRY_CODE_LETTERS]
    # British hosts end in .uk, but the ISO 3166 code of the United Kingdom is GB.
    return ["gb" if code == "uk" else code for code in codes]


def _host(item: Item) -> str:
    try:
        return urlsplit(item.url or "").hostname or ""
    except ValueError:
        # Publishers mistype addresses.
        return ""
