"""Split compounds, so that a topic finds its word inside a longer one: Sanktion, Wirtschaftssanktionen.

A word is split only into known parts. parts/LANGUAGE.txt has the parts of one language
(tools/build_compound_parts.py), and is read when the first long word of that language occurs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import chain
from types import MappingProxyType
from typing import Final

LINKING_LETTERS: Final = MappingProxyType(
    {
        "de": ("", "s", "es", "n", "en", "e", "er"),
        "nl": ("", "s", "e", "en", "n"),
        "sv": ("", "s", "e", "o", "u"),
        "da": ("", "s", "e"),
        "nb": ("", "s", "e"),
        "fi": ("", "n", "en"),
    }
)
"""The letters between two parts, by language."""

MIN_HEAD_LETTERS: Final = 3
"""Letters of a part that is not the last one."""

MIN_TAIL_LETTERS: Final = 4
"""Letters of the last part."""

MARK: Final = "-"
"""The end of a line with a head ("schul-"), and the start of one with the stem of a tail ("-buch")."""

MIN_COMPOUND_LETTERS: Final = 7
"""Letters of a word that is split."""

# Longer words are no news words, and each split takes time.
_MAX_COMPOUND_LETTERS: Final = 40

# A word has two readings at most: "Staub-ecken" and "Stau-becken".
_MAX_RUNS: Final = 2

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
    " aus auf ein vor mit bei durch her hin los ent ver emp miss miß zer ab an um zu wer wie"
    " uit aan af op ver ont her bij door mis toe weg"
    " från för upp till ned utan hos av på med mot om fra for opp ned ved ud ind til"
)
_PREFIXES: Final = frozenset(_PREFIXES_TEXT.split())


@dataclass(frozen=True, slots=True)
class _Parts:
    """The words that begin compounds, and the stems of those that end them."""

    heads: frozenset[str]
    tails: frozenset[str]


def compound_parts(word: str, rules: str, stem: Callable[[str], str]) -> tuple[str, ...]:
    """Return the stems of the parts of a word, if it is a compound. ``stem`` stems one part."""
    language = _LANGUAGE_BY_RULES.get(rules)
    if language is None or not MIN_COMPOUND_LETTERS <= len(word) <= _MAX_COMPOUND_LETTERS:
        return ()
    known, linking_letters = _known_parts(language), LINKING_LETTERS[language]
    # The position after a run of heads, to the shortest runs of stems of these heads.
    runs: dict[int, list[tuple[str, ...]]] = {0: [()]}
    found: list[tuple[str, ...]] = []
    for start in range(len(word) - MIN_TAIL_LETTERS + 1):
        before = runs.get(start, [])
        if not before:
            continue
        tail = stem(word[start:]) if start else ""
        if tail in known.tails:
            found += [(*parts, tail) for parts in before]
        for end in range(start + MIN_HEAD_LETTERS, len(word) - MIN_TAIL_LETTERS + 1):
            head = _head(word[start:end], linking_letters, known.heads)
            if head:
                head_stem = stem(head)
                longer = [(*parts, head_stem) for parts in before]
                runs[end] = _shortest([*runs.get(end, []), *longer])
    return tuple(dict.fromkeys(chain.from_iterable(_shortest(found))))


def _shortest(runs: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Return the runs with the fewest parts: "Minister" is not "Mini" and "Ster"."""
    size = min(map(len, runs), default=0)
    return [run for run in runs if len(run) == size][:_MAX_RUNS]


def _head(text: str, linking_letters: tuple[str, ...], heads: frozenset[str]) -> str:
    """Return the word that begins a compound with ``text``, or ""."""
    if text in _PREFIXES:
        return ""
    for letters in linking_letters:
        head = text.removesuffix(letters)
        if text.endswith(letters) and head in heads and head not in _PREFIXES:
            return head
    return ""


@cache
def _known_parts(language: str) -> _Parts:
    lines = files(__package__).joinpath("parts", f"{language}.txt").read_text("utf-8").split()
    return _Parts(
        heads=frozenset(line.removesuffix(MARK) for line in lines if line.endswith(MARK)),
        tails=frozenset(line.removeprefix(MARK) for line in lines if line.startswith(MARK)),
    )
