"""Compare capitals and joined forms, in the same way for the topic index, single queries and search.

Two to five letters typed in capitals are a name: ``WHO`` finds WHO and W.H.O., and not "who". With four
or five letters the name may also be printed with one capital: NATO and Nato. ``who`` finds the word.

The first two words of a phrase may be written as one: ``start-up`` finds "startups".
"""

from __future__ import annotations

from typing import Final

from watchers.text import tokens as words

MIN_CAPITALS: Final = 2
"""Letters of a name in capitals."""

MAX_CAPITALS: Final = 5
"""Letters of a name in capitals."""

# Fewer letters with only one capital are mostly another word: Who, Ai.
_MIN_TITLED_LETTERS: Final = 4
_OPERATORS: Final = frozenset({"AND", "OR", "NOT", "NEAR", "ONEAR"})
_PAIR: Final = 2
_MIN_JOINED_CHARS: Final = 3

# "I ran" is not "Iran", and "a part" is not "apart".
_NEVER_JOINED_TEXT: Final = "a i the an of in to at as is it we he or so no"
_NEVER_JOINED: Final = frozenset(_NEVER_JOINED_TEXT.split())


def keeps_capitals(leaf_words: tuple[str, ...] | list[str], index: int) -> bool:
    """Return True if a typed word is compared in capitals.

    Before a number it is not: COVID-19 is also printed as Covid-19.
    """
    word = leaf_words[index]
    if not is_in_capitals(word) or word in _OPERATORS:
        return False
    following = leaf_words[index + 1] if index + 1 < len(leaf_words) else ""
    return not following[:1].isdigit()


def is_in_capitals(word: str) -> bool:
    """Return True if a word consists of two to five capitals."""
    return MIN_CAPITALS <= len(word) <= MAX_CAPITALS and word.isalpha() and word.isupper()


def capital_name(printed: str) -> str:
    """Return the name in capitals that a printed word stands for, or "".

    "U.S." is US, "Nato" is NATO, "AfD" is AFD, and "MPs" is MP.
    """
    first = printed[:1]
    if first == first.lower():
        return ""
    word = words.to_nfkc(printed)
    if word.endswith("s") and is_in_capitals(word[:-1]):
        return word[:-1]
    if len(word) >= _MIN_TITLED_LETTERS if word[1:].islower() else word[-1:].isupper():
        word = word.upper()
    return word if is_in_capitals(word) else ""


def capital_spellings(name: str) -> list[str]:
    """Return how a name in capitals may be printed: NATO, N.A.T.O. and Nato."""
    titled = [name.title()] if len(name) >= _MIN_TITLED_LETTERS else []
    return [name, "".join(f"{letter}." for letter in name), *titled]


def joined_word(leaf_words: tuple[str, ...]) -> str:
    """Return the one word that the first two words of a phrase may be written as, or ""."""
    pair = leaf_words[:_PAIR]
    if len(pair) < _PAIR or any(map(is_in_capitals, pair)):
        return ""
    first, second = map(words.normalize_word, pair)
    if first in _NEVER_JOINED:
        return ""
    # "G-7" is also G7, but two letters are any abbreviation.
    if len(first) + len(second) < _MIN_JOINED_CHARS and not second.isdigit():
        return ""
    joined = first + second
    # Characters of scripts without spaces stay two words.
    return joined if words.split_words(joined) == [joined] else ""
