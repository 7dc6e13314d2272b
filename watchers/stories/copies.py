"""Find copies among the items of a story: several outlets print the text of one agency.

    text with most sequences of three words of an earlier item ─┐
    text that names the agency of an earlier item ──────────────┴─► a copy of that item

Copies count as one source.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import regex

from watchers.item import Item
from watchers.text import tokens as words

MAX_COPY_CHARS: Final = 1_200
"""Characters of a text that are compared."""

_SEQUENCE_LENGTH: Final = 3
_MIN_SEQUENCES: Final = 8
# The share of the sequences of the shorter text that a copy has in common.
_MIN_COMMON: Final = 0.6

# "(Reuters) - ", "LIMA, May 3 (AFP) – ", "WARSAW/dpa — " at the start of a text.
_AGENCY: Final = regex.compile(
    r"[^()\n–—]{0,60}?\((\p{Lu}[\p{L}. ]{1,14})\)\s?[-–—:.]|[\p{Lu} ,]{2,40}/(\p{L}{2,12})\s?[-–—]"
)


def find_originals(items: Sequence[Item]) -> list[int]:
    """Return for each item, oldest first, the position of the item that it copies, or its own."""
    originals: list[int] = []
    agencies: dict[str, int] = {}
    sequences = [_sequences(item) for item in items]
    for position, item in enumerate(items):
        original = position
        agency = _agency(item)
        if agency:
            original = agencies.setdefault(agency, position)
        if original == position:
            for earlier in range(position):
                if _is_copy(sequences[position], sequences[earlier]):
                    original = originals[earlier]
                    break
        originals.append(original)
    return originals


def independent_sources(items: Sequence[Item]) -> list[str]:
    """Return the sources with a report of their own, in the order of their first."""
    originals = find_originals(items)
    return list(dict.fromkeys(items[original].source for original in originals))


def _agency(item: Item) -> str:
    match = _AGENCY.match((item.lead or item.text)[:MAX_COPY_CHARS].lstrip())
    return (match[1] or match[2]).strip().lower() if match else ""


def _sequences(item: Item) -> frozenset[tuple[str, ...]]:
    text = (item.lead if len(item.lead) >= len(item.text) else item.text)[:MAX_COPY_CHARS]
    folded = [words.normalize_word(word) for word in words.split_words(text)]
    return frozenset(zip(*(folded[start:] for start in range(_SEQUENCE_LENGTH)), strict=False))


def _is_copy(own: frozenset[tuple[str, ...]], other: frozenset[tuple[str, ...]]) -> bool:
    shorter = min(len(own), len(other))
    return shorter >= _MIN_SEQUENCES and len(own & other) >= _MIN_COMMON * shorter
