"""Make texts on which a pattern that backtracks is slow: a prefix, a part that repeats, a bad tail."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import product
from re import _constants as codes  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

_MOST_UNITS = 12
_MOST_ATTACKS = 60
_MOST_VARIANTS = 6
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
    structural, plain = (list(dict.fromkeys(some)) for some in _all(text, pattern.flags))
    spread = structural[:: max(1, -(-len(structural) // (_MOST_ATTACKS // 2)))]
    found = dict.fromkeys((*spread, *plain[: _MOST_ATTACKS - len(spread)]))
    return [(prefix, pump, tail) for prefix, pump in found for tail in TAILS]


def _all(text: str, flags: int) -> tuple[Iterator[tuple[str, str]], Iterator[tuple[str, str]]]:
    """Return the attacks that the pattern's repetitions give, and those of its letters alone."""
    return _structural(text, flags), _plain(_units(text))


def _structural(text: str, flags: int) -> Iterator[tuple[str, str]]:
    tree = _parsed(text, flags)
    for prefix, pump in _repeats(tree, "") if tree is not None else ():
        yield prefix, pump
        yield "", prefix + pump


def _plain(units: Sequence[str]) -> Iterator[tuple[str, str]]:
    for unit in units:
        yield "", unit
    for one, other in product(units, repeat=2):
        if one != other:
            yield "", one + other


def _parsed(text: str, flags: int) -> Any:
    """Return the parse tree, with properties that only ``regex`` knows put as one of their letters."""
    plain = _PROPERTY.sub(lambda found: _PROPERTIES.get(found[1], "a"), text)
    plain = plain.replace(r"\X", ".").replace(r"(?i:", "(?:")
    try:
        return parser.parse(plain, flags & re.VERBOSE)
    except re.error:
        return None


def _units(text: str) -> list[str]:
    """Return letters, signs and words of the pattern, the signs first."""
    plain = _PROPERTY.sub("", text)
    signs = dict.fromkeys(re.findall(r"[^\w\s\\()\[\]?*+|{}^$]|(?<=\\)[^\w\s]", plain))
    common = [" ", "a", "0", "A", "\n"]
    words = dict.fromkeys(re.findall(r"[^\W\d_]{2,}", re.sub(r"\\\w|\?P<\w+>", " ", plain)))
    picked = list(words)[:: max(1, len(words) // 5)][:5]
    return [*common, *list(signs)[: _MOST_UNITS - len(common)], *picked]


def _repeats(tree: Sequence[Any], before: str) -> Iterator[tuple[str, str]]:
    """Yield (text before, repeated part) of each repetition, those within groups too."""
    for operator, value in tree:
        if operator in (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT):
            _, most, body = value
            if most > 1:
                for pump in _variants(body):
                    yield before, pump
            yield from _repeats(body, before)
        elif operator is codes.SUBPATTERN:
            yield from _repeats(value[-1], before)
        elif operator is codes.ATOMIC_GROUP:
            yield from _repeats(value, before)
        elif operator is codes.BRANCH:
            for branch in value[1]:
                yield from _repeats(branch, before)
        elif operator in (codes.ASSERT, codes.ASSERT_NOT):
            yield from _repeats(value[1], before)
        before += _sample([(operator, value)], 0)


def _variants(body: Sequence[Any]) -> list[str]:
    if len(body) == 1 and body[0][0] is codes.IN:
        return _letters(body[0][1])[:_MOST_VARIANTS]
    return [
        text for text in dict.fromkeys(_sample(body, at) for at in range(_MOST_VARIANTS)) if text
    ]


def _sample(tree: Sequence[Any], choice: int) -> str:
    """Return a text that ``tree`` matches, as good as can be said without matching."""
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
            least, most, body = value
            text += _sample(body, choice) * min(max(least, choice % 2), most, 50)
        elif operator is codes.SUBPATTERN:
            text += _sample(value[-1], choice)
        elif operator is codes.ATOMIC_GROUP:
            text += _sample(value, choice)
        elif operator is codes.BRANCH:
            text += _sample(value[1][choice % len(value[1])], choice)
    return text


def _letters(members: Sequence[Any]) -> list[str]:
    """Return letters of a class: an end of each range, one or two of each category."""
    if members[0][0] is codes.NEGATE:
        refused = set(_letters(members[1:])) if len(members) > 1 else set()
        return [letter for letter in "a .0A/<&-\"'é" if letter not in refused] or ["\x04"]
    found = ""
    for operator, value in members:
        if operator is codes.LITERAL:
            found += chr(value)
        elif operator is codes.RANGE:
            found += chr(value[0])
        elif operator is codes.CATEGORY:
            found += _CATEGORIES[value]
    return list(dict.fromkeys(found)) or ["a"]
