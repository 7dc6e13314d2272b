"""An item as the matcher reads it: its words in one row, and how to get back to the text.

    title words · "" · lead words · "" · text words · ""

The empty words keep a phrase from running out of one field into the next, or out of the item.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from watchers.item import Item
from watchers.text import words
from watchers.topics.match import FIELDS, Span
from watchers.topics.positions import Marks, Row, runs

_ISO_3166: Final = 2  # letters of a country's code


class Reading:
    """The words of one item. Where they stand is looked up only when somebody asks for spans."""

    __slots__ = ("_ends", "_row", "item", "lead_end", "title_end", "words")

    def __init__(self, item: Item) -> None:
        self.item = item
        row = words.split(item.title)
        self.title_end = len(row)
        row.append("")
        if item.lead:
            row += words.split(item.lead)
        self.lead_end = len(row)
        row.append("")
        if item.text:
            row += words.split(item.text)
        row.append("")
        self.words = row
        self._ends: list[int] = []
        self._row: Row | None = None

    def field_of(self, position: int) -> int:
        """0 for a word of the title, 1 of the lead, 2 of the text."""
        return (position > self.title_end) + (position > self.lead_end)

    @property
    def row(self) -> Row:
        """The positions of the words."""
        if self._row is None:
            self._row = Row(self.title_end, self.lead_end, len(self.words))
        return self._row

    def spans(self, marks: Marks) -> tuple[Span, ...]:
        """Places in the row as spans of the item, in reading order, none over another."""
        return tuple(self.span(first, last) for first, last in runs(marks, self.row))

    def span(self, first: int, last: int) -> Span:
        """From one word of the row to another of the same field."""
        field = FIELDS[(first > self.title_end) + (first > self.lead_end)]
        ends = self.ends
        return Span(field, ends[first] - len(self.words[first]), ends[last])

    @property
    def ends(self) -> list[int]:
        """Where each word ends in its field."""
        if not self._ends:
            item, row, title_end, lead_end = self.item, self.words, self.title_end, self.lead_end
            self._ends = [
                *words.ends(item.title, row[: title_end + 1]),
                *words.ends(item.lead, row[title_end + 1 : lead_end + 1]),
                *words.ends(item.text, row[lead_end + 1 :]),
            ]
        return self._ends


def facts(item: Item, field: str) -> list[tuple[str, ...]]:
    """The values of a field of data, each as the folded words that a leaf may ask for.

    - ``lang``: the tag and its beginnings: "pt-BR" is also "pt".
    - ``source``: the name of the source, whatever else it goes by, and the host of the item's address.
    - ``country``: where the source is from, as far as the item tells: the region of its language
      tag and the country domain of its host. A two-letter code, "gb" for the United Kingdom.
    - ``author``, ``tag``: as the publisher gave them.
    """
    match field:
        case "lang":
            return [(code,) for code in _languages(item)]
        case "source":
            return [*map(_folded, (item.source, *item.source_names, _host(item)))]
        case "author":
            return [_folded(item.author or "")]
        case "tag":
            return [_folded(tag) for tag in item.tags]
        case _:
            return [(code,) for code in _countries(item)]


def _folded(text: str) -> tuple[str, ...]:
    return tuple(words.fold(words.normal(word)) for word in words.split(text))


def _languages(item: Item) -> list[str]:
    parts = (item.language or "").lower().replace("_", "-").split("-")
    return ["-".join(parts[:size]) for size in range(1, len(parts) + 1)]


def _countries(item: Item) -> list[str]:
    region = (item.language or "").lower().replace("_", "-").split("-")[1:]
    domain = _host(item).rpartition(".")[2]
    codes = [code for code in (*region, domain) if len(code) == _ISO_3166]
    return ["gb" if code == "uk" else code for code in codes]


def _host(item: Item) -> str:
    try:
        return urlsplit(item.url or "").hostname or ""
    except ValueError:  # an address that a publisher mistyped
        return ""
