"""The stored form of search terms: one term where a word and a stem are the same text.

    terms of watchers/topics/candidates.py    wreactor  sreactor  wtested  stest
    stored terms                              breactor            wtested  stest

The index stores each term twice, in the row and in the index itself. Most words of a text equal their
stem, so the shared form makes the rows and the index about a third smaller. A query searches for both
forms of each of its terms, so it finds the same items.
"""

from __future__ import annotations

from typing import Final

from watchers.topics.candidates import ItemTerms

# The first character of a term names its kind: see watchers/topics/candidates.py.
_WORD: Final = "w"
_STEM: Final = "s"
_BOTH: Final = "b"

# FTS5 splits a term at punctuation. A letter outside ASCII takes the place of each sign.
_ASCII_SIGNS: Final = {code: "·" for code in range(128) if not chr(code).isalnum()}


def stored_terms(terms: ItemTerms) -> str:
    """Return the search terms of an item as the text that the database stores."""
    both = terms.words & terms.stems
    merged = [_BOTH + text for text in both]
    merged += [_WORD + text for text in terms.words - both]
    merged += [_STEM + text for text in terms.stems - both]
    merged += terms.others
    if not all(map(str.isalnum, merged)):
        merged = list({*map(without_signs, merged)})
    # Sorted terms have more in common with their neighbours, so the database compresses them better.
    merged.sort()
    return " ".join(merged)


def stored_forms(term: str) -> tuple[str, ...]:
    """Return the stored terms that stand for the term of a query."""
    stored = without_signs(term)
    is_mergeable = stored[:1] in {_WORD, _STEM}
    return (stored, _BOTH + stored[1:]) if is_mergeable else (stored,)


def without_signs(term: str) -> str:
    """Return ``term`` as one word of FTS5."""
    # Nearly all terms have no sign, and `translate` with a dictionary is slow.
    return term if term.isalnum() else term.translate(_ASCII_SIGNS)
