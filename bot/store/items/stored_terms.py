"""The stored form of search terms: one term where the word and its stem are the same text.

    terms of watchers/topics/candidates.py    wreactor  sreactor  wtested  stest
    stored terms                              breactor            wtested  stest

The index stores each term twice, in the row and in the index itself. Most words of a text equal their
stem, so the shared form makes the rows and the index about a third smaller. A query searches for both
forms of each of its terms, so it finds the same items.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

# The first character of a term names its kind: see watchers/topics/candidates.py.
_WORD: Final = "w"
_STEM: Final = "s"
_BOTH: Final = "b"


def merge_terms(terms: Iterable[str]) -> list[str]:
    """Return ``terms``, sorted, with one term in place of a word and a stem of the same text."""
    distinct = set(terms)
    words = {term[1:] for term in distinct if term[0] == _WORD}
    both = {term[1:] for term in distinct if term[0] == _STEM and term[1:] in words}
    merged = [term for term in distinct if term[1:] not in both or term[0] not in {_WORD, _STEM}]
    return sorted(merged + [_BOTH + text for text in both])


def stored_forms(term: str) -> tuple[str, ...]:
    """Return the stored terms that stand for ``term``."""
    is_mergeable = term[:1] in {_WORD, _STEM}
    return (term, _BOTH + term[1:]) if is_mergeable else (term,)
