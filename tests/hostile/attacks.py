"""Build texts on which a backtracking pattern is slow: a prefix, a repeated part, a tail that fails."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import product
from re import _constants as codes  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

_MAX_UNITS = 12
_MAX_ATTACKS = 60
_MAX_VARIANTS = 6
_CATEGORIES = {
    codes.CATEGORY_DIGIT: "0",
    codes.CATEGORY_NOT_DIGIT: "a ",
    codes.CATEGORY_SPACE: " \n",
    codes.CATEGORY_NOT_SPACE: "a.",
    codes.CATEGORY_WORD: "a0",
    codes.CATEGORY_NOT_WORD: " .",
}
_PROPERTIES = {
    "L": "a", "Lu": "A", "Lt": "A", "Ll": "a", "M": "\u0301", "N": "0", "Nd": "0", "No": "²", "Nl": "Ⅳ",
    "Pf": "”", "Pe": ")", "Cc": "\x01", "Cf": "\u200b", "Cs": "\x02", "Co": "\ue000",
    "Noncharacter_Code_Point": "\ufffe", "Han": "漢", "Hiragana": "の", "Katakana": "カ", "Thai": "ก",
    "Lao": "ກ", "Khmer": "ក", "Myanmar": "က", "Tibetan": "ཀ", "Latin": "a", "Greek": "α", "Cyrillic": "а",
    "Armenian": "ա", "Georgian": "ა",
}  # fmt: skip
_PROPERTY = re.compile(r"\\p\{(\w+)\}")
TAILS = ("", "\n\x03")


def attacks(pattern: Any) -> list[tuple[str, str, str]]:
    """Return (prefix, pump, tail) for each hostile text of ``pattern``."""
    source = pattern.pattern
    text = source.decode("latin-1") if isinstance(source, bytes) else source
    structural, plain = (
        list(dict.fromkeys(candidates)) for candidates in _all(text, pattern.flags)
    )
    sampled = structural[:: max(1, -(-len(structural) // (_MAX_ATTACKS // 2)))]
    chosen = dict.fromkeys((*sampled, *plain[: _MAX_ATTACKS - len(sampled)]))
    return [(prefix, pump, tail) for prefix, pump in chosen for tail in TAILS]


def _all(text: str, flags: int) -> tuple[Iterator[tuple[str, str]], Iterator[tuple[str, str]]]:
    """Return the attacks from the repetitions of the pattern, and those from its letters."""
    return _structural(text, flags), _plain(_units(text))


def _structural(text: str, flags: int) -> Iterator[tuple[str, str]]:
    tree = _parsed(text, flags)
    for prefix, pump in _repeats(tree, "") if tree is not None else ():
        yield prefix, pump
        yield "", prefix + pump


def _plain(units: Sequence[str]) -> Iterator[tuple[str, str]]:
    for unit in units:
        yield "", unit
    for first, second in product(units, repeat=2):
        if first != second:
            yield "", first + second


def _parsed(text: str, flags: int) -> Any:
    """Return the parse tree, with one letter for each property that only ``regex`` supports."""
    plain = _PROPERTY.sub(lambda match: _PROPERTIES.get(match[1], "a"), text)
    plain = plain.replace(r"\X", ".").replace(r"(?i:", "(?:")
    try:
        return parser.parse(plain, flags & re.VERBOSE)
    except re.error:
        return None


def _units(text: str) -> list[str]:
    """Return common letters, signs and words of the pattern."""
    plain = _PROPERTY.sub("", text)
    signs = dict.fromkeys(re.findall(r"[^\w\s\\()\[\]?*+|{}^$]|(?<=\\)[^\w\s]", plain))
    common = [" ", "a", "0", "A", "\n"]
    words = dict.fromkeys(re.findall(r"[^\W\d_]{2,}", re.sub(r"\\\w|\?P<\w+>", " ", plain)))
    sampled_words = list(words)[:: max(1, len(words) // 5)][:5]
    return [*common, *list(signs)[: _MAX_UNITS - len(common)], *sampled_words]


def _repeats(tree: Sequence[Any], prefix: str) -> Iterator[tuple[str, str]]:
    """Yield (prefix, repeated part) of each repetition, including those inside groups."""
    for operator, value in tree:
        if operator in (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT):
            _, maximum, body = value
            if maximum > 1:
                for pump in _variants(body):
                    yield prefix, pump
            yield from _repeats(body, prefix)
        elif operator is codes.SUBPATTERN:
            yield from _repeats(value[-1], prefix)
        elif operator is codes.ATOMIC_GROUP:
            yield from _repeats(value, prefix)
        elif operator is codes.BRANCH:
            for branch in value[1]:
                yield from _repeats(branch, prefix)
        elif operator in (codes.ASSERT, codes.ASSERT_NOT):
            yield from _repeats(value[1], prefix)
        prefix += _sample([(operator, value)], 0)


def _variants(body: Sequence[Any]) -> list[str]:
    if len(body) == 1 and body[0][0] is codes.IN:
        return _letters(body[0][1])[:_MAX_VARIANTS]
    return [
        text
        for text in dict.fromkeys(_sample(body, choice) for choice in range(_MAX_VARIANTS))
        if text
    ]


def _sample(tree: Sequence[Any], choice: int) -> str:
    """Return a text that ``tree`` probably matches."""
    text = ""
    for operator, value in tree:
        if operator is codes.LITERAL:
            text += chr(value)
        elif operator is codes.NOT_LITERAL:
            text += "a" if value != ord("a") else "b"
        elif operator is codes.ANY:
            text += "a "[choice % 2]
        elif operator is codes.IN:
            letters = _letters(value)
            text += letters[choice % len(letters)]
        elif operator in (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT):
            minimum, maximum, body = value
            text += _sample(body, choice) * min(max(minimum, choice % 2), maximum, 50)
        elif operator is codes.SUBPATTERN:
            text += _sample(value[-1], choice)
        elif operator is codes.ATOMIC_GROUP:
            text += _sample(value, choice)
        elif operator is codes.BRANCH:
            text += _sample(value[1][choice % len(value[1])], choice)
    return text


def _letters(members: Sequence[Any]) -> list[str]:
    """Return letters of a class: the start of each range, and examples of each category."""
    if members[0][0] is codes.NEGATE:
        excluded = set(_letters(members[1:])) if len(members) > 1 else set()
        return [letter for letter in "a .0A/<&-\"'é" if letter not in excluded] or ["\x04"]
    letters = ""
    for operator, value in members:
        if operator is codes.LITERAL:
            letters += chr(value)
        elif operator is codes.RANGE:
            letters += chr(value[0])
        elif operator is codes.CATEGORY:
            letters += _CATEGORIES[value]
    return list(dict.fromkeys(letters)) or ["a"]
