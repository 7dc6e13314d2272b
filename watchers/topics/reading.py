"""An item as the matcher reads it: its words in one row, and how to get back to the text.

    title words · "" · lead words · "" · text words · ""

The empty words keep a phrase from running out of one field into the next, or out of the item.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from functools import partial
from itertools import chain, compress, repeat
from typing import Final
from urllib.parse import urlsplit

from watchers.item import Item
from watchers.text import words
from watchers.topics.match import FIELDS, Place, Span, merged

_ISO_3166: Final = 2  # letters of a country's code

_SPAN: Final = partial(tuple.__new__, Span)  # a span from its three values, without a Python frame


class Reading:
    """The words of one item. Offsets are looked up only when somebody asks for spans."""

    __slots__ = ("_offsets", "item", "lead_end", "title_end", "words")

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
        self._offsets: list[tuple[int, int]] = []

    def field_of(self, position: int) -> int:
        """0 for a word of the title, 1 of the lead, 2 of the text."""
        return (position > self.title_end) + (position > self.lead_end)

    def is_in(self, scope: str, position: int) -> bool:
        """Whether the word at ``position`` belongs to "title", "body" or "" (anywhere)."""
        return not scope or (position < self.title_end) == (scope == "title")

    def spans(self, places: Collection[Place]) -> tuple[Span, ...]:
        """Places in the row as spans of the item, in reading order."""
        if not self._offsets:
            self._look_up_offsets()
        offsets, title_end, lead_end = self._offsets, self.title_end, self.lead_end
        ordered = merged(sorted(places)) if len(places) > 1 else places
        return tuple(
            [
                _SPAN(
                    (
                        FIELDS[(start > title_end) + (start > lead_end)],
                        offsets[start][0],
                        offsets[end - 1][1],
                    )
                )
                for start, end in ordered
            ]
        )

    def word_spans(self, wanted: Iterable[object]) -> Iterator[Span]:
        """The spans of those words in the row for which ``wanted`` has something true."""
        if not self._offsets:
            self._look_up_offsets()
        sizes = (self.title_end + 1, self.lead_end - self.title_end, len(self.words))
        fields = chain.from_iterable(map(repeat, FIELDS, sizes))
        starts, ends = zip(*self._offsets, strict=True)
        return map(_SPAN, compress(zip(fields, starts, ends, strict=False), wanted))

    def _look_up_offsets(self) -> None:
        offsets: list[tuple[int, int]] = []
        for text in (self.item.title, self.item.lead, self.item.text):
            offsets += words.offsets(text)
            offsets.append((len(text), len(text)))  # the empty word after each field
        self._offsets = offsets


def facts(item: Item, field: str) -> list[tuple[str, ...]]:
    """The values of a field of data, each as the folded words that a leaf may ask for.

    - ``lang``: the tag and its beginnings: "pt-BR" is also "pt".
    - ``source``: the name of the source, and the host of the item's address.
    - ``country``: where the source is from, as far as the item tells: the region of its language
      tag and the country domain of its host. A two-letter code, "gb" for the United Kingdom.
    - ``author``, ``tag``: as the publisher gave them.
    """
    match field:
        case "lang":
            return [(code,) for code in _languages(item)]
        case "source":
            return [_folded(item.source), _folded(_host(item))]
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
