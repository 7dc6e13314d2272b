"""Split compounds, so that a topic finds its word inside a longer one: Sanktion, Wirtschaftssanktionen.

A word is split only into two known parts. LANGUAGE.txt in this folder has the stems of the parts of one
language (tools/build_compound_parts.py), and is read when the first long word of that language occurs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Final

LINKING_LETTERS: Final = MappingProxyType(
    {
        "de": ("", "s", "es", "n", "en", "e"),
        "nl": ("", "s", "e", "en", "n"),
        "sv": ("", "s", "e", "o", "u"),
        "da": ("", "s", "e"),
        "nb": ("", "s", "e"),
        "fi": ("", "n", "en"),
    }
)
"""The letters between two parts, by language."""

MIN_PART_LETTERS: Final = 4
"""Letters of a part."""

MIN_COMPOUND_LETTERS: Final = 9
"""Letters of a word that is split."""

# Longer words are no news words, and each split takes time.
_MAX_COMPOUND_LETTERS: Final = 40

_LANGUAGE_BY_RULES: Final = MappingProxyType(
    {
        "german": "de",
        "dutch": "nl",
        "swedish": "sv",
        "danish": "da",
        "norwegian": "nb",
        "finnish": "fi",
    }
)

# Prefixes that form another word: the "Handel" of "Verhandlung" is not trade.
_PREFIXES_TEXT: Final = (
    "über unter gegen wider hinter nach vorher zurück zusammen voraus weiter wieder entgegen "
    "over onder tegen achter voor under efter över mellan genom mellem gennem etter mellom"
)
_PREFIXES: Final = frozenset(_PREFIXES_TEXT.split())


def compound_parts(word: str, rules: str, stem: Callable[[str], str]) -> Iterator[str]:
    """Yield the stems of the parts of a word, if it is a compound. ``stem`` stems one part."""
    language = _LANGUAGE_BY_RULES.get(rules)
    if language is None or not MIN_COMPOUND_LETTERS <= len(word) <= _MAX_COMPOUND_LETTERS:
        return
    known = _known_parts(language)
    for size in range(MIN_PART_LETTERS, len(word) - MIN_PART_LETTERS + 1):
        tail = stem(word[size:])
        if tail not in known or word[:size] in _PREFIXES:
            continue
        for letters in LINKING_LETTERS[language]:
            head = word[:size].removesuffix(letters)
            if word[:size].endswith(letters) and len(head) >= MIN_PART_LETTERS:
                head_stem = stem(head)
                if head_stem in known:
                    yield head_stem
                    yield tail
                    break


@cache
def _known_parts(language: str) -> frozenset[str]:
    return frozenset(files(__name__).joinpath(f"{language}.txt").read_text("utf-8").split())
