"""Find the words that contain signs: U.S., J. K., AT&T, C++, C#, .NET, 9/11, 1,000 and start-ups.

"U.S. start-ups raise $1,000"
─┬──       ─┬──        ──┬──
│          │            └ one word, equal to 1000 (the separator depends on the language)
│          └ two words that may also form one word
└ one word, equal to US
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Final

_LETTER: Final = r"[^\W\d_]"
_BEFORE: Final = r"(?<![^\W_])"
_AFTER: Final = r"(?![^\W_])"
_JOINTS: Final = "-‐‑'’ʼ‘\u200c"
# A word of any script. The standard ``re`` does not count the marks of Indian scripts as letters.
_WORD: Final = "(?:[^\\W_]|[\u0900-\u0903\u093a-\u094f\u0980-\u0983\u09bc-\u09cd\u0b80-\u0d7f])+"

_SPACES: Final = " \u00a0\u202f\u2009"
_COMMA, _DOT, _SPACE = ",", ".", _SPACES
_DOT_LANGUAGES_TEXT: Final = "de nl es it pt tr id da el ro hr sr bs sl ca gl vi az mk is eu"
_DOT_LANGUAGES: Final = frozenset(_DOT_LANGUAGES_TEXT.split())
_SPACE_LANGUAGES_TEXT: Final = "fr ru uk be pl cs sk bg fi sv no nb nn hu lt lv et hy ka kk"
_SPACE_LANGUAGES: Final = frozenset(_SPACE_LANGUAGES_TEXT.split())
# A query has no language: each separator is accepted.
_QUERY: Final = "query"

_DOTTED: Final = (
    # "U.S.", "F.B.I", "J. K."
    rf"(?<![^\W_.])(?:{_LETTER}\.)+{_LETTER}{_AFTER}\.?"
    r"|(?<![^\W_.])(?:[A-Z]\. ?)+[A-Z]\.(?![^\W_])"
    # "Ph.D.", "M.Sc.", "EE.UU."
    rf"|{_BEFORE}(?:[A-Z][a-z]\.[A-Z]|[A-Z]\.[A-Z][a-z]|[A-Z]{{2}}\.[A-Z]{{2}}){_AFTER}\.?"
)
_SIGNED: Final = (
    # "AT&T", "C++", "C#", ".NET", "9/11"
    rf"{_BEFORE}[^\W_]{{1,4}}&[^\W_]{{1,4}}{_AFTER}"
    rf"|{_BEFORE}(?:[A-Z]{{1,2}} & [A-Z]|[A-Z] & [A-Z]{{2}}){_AFTER}"
    rf"|{_BEFORE}[A-Za-z][A-Za-z0-9]*\+\+{_AFTER}"
    rf"|{_BEFORE}[CFJcfj]\#{_AFTER}"
    rf"|(?<![^\W_.])\.(?:NET|Net|net){_AFTER}"
    rf"|(?<![\w/.-])\d{{1,2}}/\d{{1,2}}(?![\w/-])"
)
_JOINED: Final = (
    # "start-ups", "O'Brien", "F 16"
    # Not before a dotted word: "l'O.N.U."
    rf"{_WORD}(?:[{_JOINTS}]{_WORD}(?!\.{_LETTER}\.|{_LETTER})){{1,4}}"
    rf"|{_BEFORE}[A-Z][A-Za-z]{{0,5}} \d{{1,3}}s?(?![.,]?\w)"
)
_CAPITAL, _SMALL = "[A-ZÀ-ÖØ-ÞА-Я]", "[a-zß-öø-ÿа-яё]"
# Each part has only one possible end, so that the time is linear.
_TAG_PART: Final = rf"{_CAPITAL}?{_SMALL}++|{_CAPITAL}+(?={_CAPITAL}{_SMALL}|\d|\W|_|$)|\d++"
# "#BlackLivesMatter"
_TAG: Final = rf"(?<=\#)(?:{_TAG_PART}){{2,9}}{_AFTER}"
# One of these characters is in each special word, between the characters that this pattern requires.
_TRIGGER: Final = re.compile(
    rf"[&+\#/,.0-9{_JOINTS}]"
    rf"(?:(?<=[^\W_][^\w])(?:(?=[^\W_+])|(?<=[CFJcfj+].)|(?= [A-Z]\.))|(?<=[A-Za-z] [0-9])"
    rf"|(?<=[A-Z] &)(?= [A-Z])|(?<=\#)(?={_CAPITAL}\w{{,40}}(?:{_SMALL}{_CAPITAL}|{_CAPITAL}{{2}}{_SMALL}))"
    rf"|(?<=[0-9][{_SPACES}][0-9])(?=[0-9]{{2}})|(?<=\.)(?=NET|[Nn]et))"
)
_MAX_CHUNK_CHARS: Final = 80
_MAX_CACHED_CHUNKS: Final = 20_000
_PARTS: Final = re.compile(f"[{_JOINTS} ]")
_SEPARATORS: Final = str.maketrans("", "", f"., {_SPACES}'’")
_NUMBER_SPACES: Final = str.maketrans("", "", f"{_SPACES}'’")


def find_special_words(text: str, language: str | None) -> Iterator[tuple[int, int, list[str]]]:
    """Yield the start, the end and the parts of each special word, in order.

    A word with several parts is read as these words, and as one.
    """
    separators = _number_separators(language)
    end = 0
    # A pattern for whole words would take longer than everything else about a text. So the fast
    # pattern finds the signs, and the slow one reads only the characters around them.
    for trigger in _TRIGGER.finditer(text):
        position = trigger.start()
        if position < end:
            continue
        start, stop = _chunk_around(text, position)
        start = max(start, end)
        for first, last, parts in _find_in_chunk(text[start:stop], separators):
            yield start + first, start + last, [*parts]
        end = stop


def _chunk_around(text: str, position: int) -> tuple[int, int]:
    """Return the range between the spaces around a sign, or two spaces on each side of a number."""
    lowest, highest = max(position - _MAX_CHUNK_CHARS, 0), position + _MAX_CHUNK_CHARS
    start = text.rfind(" ", lowest, position) + 1 or lowest
    stop = text.find(" ", position, highest)
    if (
        text[position].isdigit()
        or text[position] == "&"
        or text[position + 1 : position + 2] == " "
    ):
        start = text.rfind(" ", lowest, max(start - 1, 0)) + 1 or lowest
        stop = text.find(" ", stop + 1, highest) if stop >= 0 else stop
    return start, stop if stop >= 0 else min(highest, len(text))


@lru_cache(_MAX_CACHED_CHUNKS)
def _find_in_chunk(chunk: str, separators: str) -> tuple[tuple[int, int, tuple[str, ...]], ...]:
    return tuple(
        (match.start(), match.end(), _parts(match))
        for match in _pattern(separators).finditer(chunk)
    )


def _parts(match: re.Match[str]) -> tuple[str, ...]:
    word = match.group()
    match match.lastgroup:
        case "joined":
            return tuple(_PARTS.split(word))
        case "tag":
            return tag_parts(word)
        case "script":
            return tuple(word.split("."))
        case _:
            return (word,)


def tag_parts(tag: str) -> tuple[str, ...]:
    """Return the words of a hashtag: BlackLivesMatter has three."""
    return tuple(re.findall(_TAG_PART, tag)) if re.fullmatch(_TAG_WORD, tag) else (tag,)


def without_separators(word: str) -> str:
    """Return a printed word without the signs that do not distinguish it: U.S. is US."""
    if word.startswith("."):
        return word
    if word[:1].isdigit() and ("," in word or "." in word):
        return _without_number_separators(word.translate(_NUMBER_SPACES))
    return word.translate(_SEPARATORS)


def _without_number_separators(number: str) -> str:
    """Return a number without separators of thousands, and with a decimal point."""
    signs = {sign for sign in number if sign in ",."}
    if len(signs) > 1:
        last = max(number.rfind(","), number.rfind("."))
        whole = number[:last].replace(",", "").replace(".", "")
        return f"{whole}.{number[last + 1 :]}"
    groups = number.split(signs.pop())
    is_grouped = len(groups[-1]) == _GROUP_DIGITS and all(
        # Indian numbers have groups of two digits: 1,00,000.
        len(group) in (_GROUP_DIGITS, _GROUP_DIGITS - 1)
        for group in groups[1:]
    )
    return ("" if is_grouped and groups[0] != "0" else ".").join(groups)


_GROUP_DIGITS: Final = 3
_TAG_WORD: Final = rf"(?:{_TAG_PART}){{2,9}}"


def _number_separators(language: str | None) -> str:
    primary = (language or "").replace("_", "-").split("-")[0].lower()
    if primary == _QUERY:
        return _COMMA + _DOT + _SPACES[1:]
    if primary in _DOT_LANGUAGES:
        return _DOT + _SPACES
    # A space that does not break a line separates thousands in each language.
    return _SPACE if primary in _SPACE_LANGUAGES else _COMMA + _SPACES[1:]


@cache
def _pattern(separators: str) -> re.Pattern[str]:
    """Return the pattern of special words with these separators of thousands."""
    start, end = r"(?<![\w.,])", r"(?![.,]?\d)"
    number = (
        rf"{start}\d{{1,3}}(?:[{separators}'’]\d{{3}})+(?:[.,]\d{{1,2}})?(?!\w){end}"
        rf"|{start}\d{{1,2}}(?:,\d\d)+,\d{{3}}(?!\w){end}"
        rf"|{start}\d+[.,]\d+(?:{_LETTER}{{1,3}}{_AFTER})?{end}"
    )
    return re.compile(
        f"(?P<number>{number})|{_DOTTED}|{_SIGNED}|(?P<tag>{_TAG})"
        rf"|(?P<script>{_BEFORE}[A-Za-z]\w*\.js{_AFTER})|(?P<joined>{_JOINED})"
    )
