"""Split the text of a topic into tokens, and read them one after the other.

The scanner makes one pass, linear in the length of the text, and keeps the position of each token.
Full-width and typographic signs (“ ” « » （ ） ：) count as their ASCII equivalents. Signs of other
alert services that have no meaning here are refused with a hint what to write instead; the folder
services/ replaces the others.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from enum import Enum
from typing import Final, NamedTuple, NoReturn

import regex

from watchers.errors import QuerySyntaxError
from watchers.names.table import territory_of_flag
from watchers.text.special_words import tag_parts

# Lexalytics has the same limit; Meltwater advises 10.
MAX_GAP_WORDS: Final = 99
"""The largest n of NEAR/n."""

# Meltwater's default.
DEFAULT_GAP_WORDS: Final = 4
"""The n of a NEAR without a number."""

MAX_DEPTH: Final = 32
"""Levels of nested brackets and minuses."""


class Kind(Enum):
    """The kind of a token. The value is its name in error messages."""

    OPEN = "an opening bracket"
    CLOSE = "a closing bracket"
    OR = "OR"
    COMMA = "a comma"
    AND = "AND"
    NOT = "a minus or NOT"
    NEAR = "NEAR"
    FIELD = "a field"
    WORD = "a word"
    PREFIX = "the beginning of a word"
    PHRASE = "a phrase"
    CASED = "a case-sensitive phrase"
    PROXIMITY = "~"
    # Tokens of other services. services/translation.py replaces all of them.
    EQUALS_FIELD = "a field with ="
    BRACES = "curly brackets"
    DISTANCE = "a distance between slashes"
    ENDING = "a sign at the end of a word"
    URL = "a web address"
    END = "the end"


class Token(NamedTuple):
    """One token: ``value`` is a word, a phrase without quotes, the name of a field, or a number."""

    kind: Kind
    value: str
    start: int
    end: int


_SCANNER: Final = regex.compile(
    r"""
      (?P<space>    [\s\u200b\ufeff]+ )
    | (?P<flag>     [\U0001f1e6-\U0001f1ff]{2} | :flag-[a-z]{2}: )
    | (?P<url>      https?://[^\s"()<>|]* )
    | (?P<equals>   (?<![\p{L}\p{M}\p{N}_=]) [A-Za-z]{2,10} = (?=[\p{L}\p{N}"(]) )
    | (?P<compare>  [A-Za-z_]+ \s? [<>] =? \s? \d+ )
    | (?P<cased>    ="[^"]*" | =[\p{L}\p{M}\p{N}][\p{L}\p{M}\p{N}.&/-]* )
    | (?P<phrase>   "[^"]*" | (?<![\p{L}\p{M}\p{N}])['‘][^'‘’"()]+['’](?![\p{L}\p{M}\p{N}]) )
    | (?P<dialog>   (?<=[\p{L}\p{M}\p{N}"]) \(\d{0,2}[NnWw]\) (?=[\p{L}\p{N}"])
                    | \(\d{1,2}[NnWw]\) (?=\s*[\p{L}\p{N}"]) )
    | (?P<open>     \( )
    | (?P<close>    \) )
    | (?P<braces>   \{[^{}"]*\} )
    | (?P<or>       \|\|? | AND/OR (?![\p{L}\p{M}\p{N}_:]) | OR (?![\p{L}\p{M}\p{N}_:]) )
    | (?P<comma>    [,;、،•] )
    | (?P<plus>     (?<=[\p{L}\p{N}])\+{1,2}(?=[\s),]|$) )
    | (?P<and_not>  AND[-_]?NOT (?![\p{L}\p{M}\p{N}_:]) )
    | (?P<entity>   &(?:quot|amp|lt|gt|nbsp|apos|\#\d{1,5}); )
    | (?P<and>      &&? | AND (?![\p{L}\p{M}\p{N}_:]) | \+(?=\S) )
    | (?P<around>   (?:AROUND|O?NEAR) \s? \( \s? (?:n\s?=\s?)? (?P<around_n>\d+) \s? \) )
    | (?P<near>     O?NEAR (?: [/:~](?P<near_n>\d+) )? (?![\p{L}\p{M}\p{N}_:/]) )
    | (?P<not>      NOT (?![\p{L}\p{M}\p{N}_:]) | [-−–](?=[^\s)]) | !(?=[^\s)=]) )
    | (?P<field>    (?:near|repeat)\d+ \s? : \s* | [\p{L}_]+ \s? : \s* )
    | (?P<host_start> (?<=(?:site|domain|source|url):\s?) \*?\. (?=\p{L}) )
    | (?P<fuzzy>    ~\d?\.\d+ | ~(?=\p{L}) )
    | (?P<distance> (?<![\p{L}\p{M}\p{N}]) / (?: \d{1,3} | [A-Za-z]{1,4} | [NnFf]\d{1,3}/ )
                    (?![\p{L}\p{M}\p{N}./*+]) )
    | (?P<slash>    /(?=\s) )
    | (?P<ending>   (?<=[\p{L}\p{M}\p{N}"'’)]) [!?]+ (?=[\s),;]|$) )
    | (?P<percent>  (?<=\p{L}\s)%(?=\s) )
    | (?P<url_code> %[0-9A-Fa-f]{2}(?=[\p{L}\p{N}%]) )
    | (?P<hash>     (?<=\p{L})\#(?=\p{L}) )
    | (?P<range>    \.\.[\d$€£] )
    | (?P<account>  (?<![\p{L}\p{M}\p{N}]) @ (?=[\p{L}\p{N}_]) )
    | (?P<endings>  (?<=\p{Ll}) \$ \d* )
    | (?P<proximity> ~(?P<proximity_n>\d*) )
    | (?P<prefix>   [\p{L}\p{M}\p{N}]+ (?:[-'’][\p{L}\p{M}\p{N}]+)* \* )
    | (?P<tag>      \# (?=\p{Lu}\p{L}{0,40}(?:\p{Ll}\p{Lu}|\p{Lu}{2}\p{Ll})) [\p{L}\p{N}]+ (?![*\p{M}_]) )
    | (?P<word>     \.(?:NET|Net|net)(?![\p{L}\p{N}]) | [A-Za-z][A-Za-z0-9]*\+\+(?![\p{L}\p{N}])
                    | [CFJcfj]\#(?![\p{L}\p{N}]) | (?:[A-Z]\.\ ?)+[A-Z]\.(?![\p{L}\p{N}])
                    | [A-Z]{1,2}\ &\ [A-Z](?![\p{L}\p{N}]) | [A-Z]\ &\ [A-Z]{2}(?![\p{L}\p{N}])
                    | \p{N}{1,3}(?:\ \p{N}{3}){2,}(?![\p{L}\p{N}])
                    | \p{N}{1,3}(?:[\u00a0\u202f\u2009]\p{N}{3})+(?!\p{N})
                    | [\p{L}\p{M}\p{N}][\p{L}\p{M}\p{N}\u00ad\u200b\u200d-\u200f\u2060\ufeff]*
                    (?: (?: [-‐‑–−'’‘.·/@&_\u200c\u200d・׳״՚॰] | (?<=\p{N})[,:](?=\p{N})
                          | (?<=\p{Hebrew})" )
                        [\p{L}\p{M}\p{N}][\p{L}\p{M}\p{N}\u00ad\u200b\u200d-\u200f\u2060\ufeff]*
                    )* )
    | (?P<ignored>  [#@$€£¥%…。\u200c\u200d]+ | [.:]+(?=\s|$|\))
                    | (?<=\p{L})['’](?=[\s),]|$) | ['’](?=\p{N}{2}s?(?![\p{L}\p{N}])) )
    """,
    regex.VERBOSE,
)

_ASCII_QUOTES: Final = str.maketrans("“”„‟«»「」『』＂", '"' * 11)

# Ovid: wheat.ti,ab. and (a adj3 b).tw.
_FIELD_CODES: Final = "ti|ab|tw|mp|kw|kf|hw|sh|fs|af|au|jn|jw|pt|ot|nm"
_FIELD_SUFFIX: Final = regex.compile(
    rf"(?<=[\p{{L}}\p{{N}})$*\"])\.(?:{_FIELD_CODES})(?:,(?:{_FIELD_CODES}))*\.(?=[\s)]|$)"
)

# A dash between two letters is a hyphen, not a minus: Iran–Israel.
_INNER_DASH: Final = regex.compile(r"(?<=[\p{L}\p{M}\p{N}])[–−‒—](?=[\p{L}\p{N}])")

_KINDS: Final = {
    "phrase": Kind.PHRASE,
    "flag": Kind.PHRASE,
    "cased": Kind.CASED,
    "open": Kind.OPEN,
    "close": Kind.CLOSE,
    "or": Kind.OR,
    "comma": Kind.COMMA,
    "and": Kind.AND,
    "not": Kind.NOT,
    "word": Kind.WORD,
    "tag": Kind.WORD,
    "prefix": Kind.PREFIX,
    "url": Kind.URL,
    "distance": Kind.DISTANCE,
    "dialog": Kind.DISTANCE,
    "and_not": Kind.NOT,
    "ending": Kind.ENDING,
}

# A group of the scanner that is refused, to the problem and the hint. {} is the typed text.
_REFUSED_GROUPS: Final = {
    "compare": (
        "“{}” compares a number, which topics cannot do",
        "Remove it. The length and the figures of an item are not compared.",
    ),
    "fuzzy": (
        "“{}” (similar words) is not supported",
        "Remove the ~: all forms of a word are found. Write other words with OR: (car OR vehicle).",
    ),
    "plus": (
        "the sign “{}” at the end of a word cannot be compared",
        "Remove it. Every word is required without a sign.",
    ),
    "percent": ("“%” (one word between) is not supported", "Write a ONEAR/1 b."),
    "url_code": (
        "“{}” is the code of a character in a web address",
        "Write the characters themselves: a space, and quotation marks.",
    ),
    "entity": (
        "“{}” is the code of a character in HTML",
        'Write the character itself: " or &.',
    ),
    "hash": (
        "“#” (a wildcard for one letter) is not supported",
        "Write each spelling with OR: (color OR colour).",
    ),
    "slash": ("“/” can mean one of the words or all of them", "Write a OR b, or a AND b."),
    "range": ("“..” (a range of numbers) is not supported", "Remove the range."),
    "account": (
        "“@” (an account or a date of another service) is not supported",
        "Remove the @ to find the word, or write author:name.",
    ),
    "endings": (
        "“$” (a number of endings) is not supported",
        "Write the beginning of the word and a *: engineer*.",
    ),
}

# A sign that is refused, to the problem and the hint.
_REFUSED_SIGNS: Final = {
    '"': ("this quotation mark is never closed", 'End the phrase with a second ".'),
    "*": ("a * must follow three letters or more", "Write the beginning of a word: sanct*."),
    "?": (
        "“?” (a wildcard for one letter) does not exist",
        "Write each spelling, (woman OR women), or the beginning of the word: wom*.",
    ),
    "!": ("no word follows this !", "Put it directly before the word to exclude: !football."),
    "-": ("no word follows this dash", "Write -word to exclude a word, or remove the dash."),
    "+": ("no word follows this +", "Every word is required without a sign. Remove the +."),
    "^": ("alerts have no weights such as ^2", "Remove the ^ and its number."),
    "[": (
        "square brackets (fields and ranges) are not supported",
        "Write ( ) for a group, title:word for a field, and remove a range.",
    ),
    "{": ("curly brackets are not supported here", "Write exact capitals like this: =BT."),
    "/": ("regular expressions (/…/) are not supported", "Write words, phrases or sanct*."),
    "<": ("“<…>” is not supported", "Write NEAR/5 without the < and >."),
    ">": ("“>” is not supported", "Remove it. Numbers are not compared."),
    "=": ("no word follows this =", 'Write case-sensitive words like this: ="US".'),
    "'": ("this quotation mark is never closed", 'Write phrases between two ".'),
    "\\": ("escape characters are not supported", "Remove the backslash."),
}


def tokenise(text: str) -> list[Token]:
    """Return the tokens of ``text``, and an END.

    Raises:
        QuerySyntaxError: at the first sign that has no meaning.
    """
    return list(_scan(text))


def _scan(text: str) -> Iterator[Token]:
    plain = _to_plain_signs(text)
    suffix = _FIELD_SUFFIX.search(plain)
    if suffix is not None:
        raise QuerySyntaxError(
            f"“{suffix.group()}” (a field after the word) is not supported",
            text=text,
            position=suffix.start(),
            hint="Write title:word, body:word or author:name.",
        )
    position = 0
    while position < len(plain):
        match = _SCANNER.match(plain, position)
        if match is None or match.end() == position:
            _refuse(text, plain, position)
        position = match.end()
        token = _make_token(text, match, str(match.lastgroup))
        if token is not None:
            yield token
    yield Token(Kind.END, "", len(text), len(text))


def _make_token(text: str, match: regex.Match[str], group: str) -> Token | None:
    """Return one match of the scanner as a token, or ``None`` for ignored characters."""
    start, end = match.span()
    value = match.group()
    if group in _REFUSED_GROUPS:
        problem, hint = _REFUSED_GROUPS[group]
        raise QuerySyntaxError(problem.format(value), text=text, position=start, hint=hint)
    if group == "equals":
        return Token(Kind.EQUALS_FIELD, value.removesuffix("=").lower(), start, end)
    if group == "braces":
        return Token(Kind.BRACES, value[1:-1].strip(), start, end)
    if group.startswith(("near", "around")):
        digits = match.group("near_n") or match.group("around_n")
        ordered = "O" if value.startswith("ONEAR") else ""
        return Token(Kind.NEAR, ordered + _parse_gap(text, start, digits), start, end)
    if group.startswith("proximity"):
        digits = match.group("proximity_n")
        return Token(Kind.PROXIMITY, _parse_gap(text, start, digits), start, end)
    if group == "field":
        return Token(Kind.FIELD, value.rstrip().removesuffix(":").rstrip().lower(), start, end)
    if group == "tag":
        start += 1
    kind = _KINDS.get(group)
    return Token(kind, _word_value(text, match, group), start, end) if kind else None


def _word_value(text: str, match: regex.Match[str], group: str) -> str:
    """Return the value of a word or phrase: a name for a flag, without signs for the others."""
    value = match.group()
    if group in ("phrase", "cased"):
        return value.removeprefix("=").strip('"').strip("'‘’" if value[:1] in "'‘" else "")
    if group == "flag":
        return _country_of_flag(text, value, match.start())
    if group == "tag":
        # "#MeToo" is "me too", also as one word.
        return "-".join(tag_parts(value[1:]))
    if group == "word" and value[0].isdigit():
        # "1 000 000" is one number.
        return value.replace(" ", "")
    return value


def _country_of_flag(text: str, flag: str, position: int) -> str:
    territory = territory_of_flag(flag)
    if territory is None:
        hint = "Write the name of the country instead."
        problem = f"“{flag}” is not the flag of a known country"
        raise QuerySyntaxError(problem, text=text, position=position, hint=hint)
    return territory.display


def _parse_gap(text: str, start: int, digits: str | None) -> str:
    """Return a checked number of words between two words, or the default without ``digits``."""
    if not digits:
        return str(DEFAULT_GAP_WORDS)
    if len(digits) > len(str(MAX_GAP_WORDS)):
        raise QuerySyntaxError(
            f"{digits[:6]} words are too many between two words",
            text=text,
            position=start,
            hint=f"The maximum is {MAX_GAP_WORDS}. To find both words anywhere, write AND.",
        )
    return str(int(digits))


def _to_plain_signs(text: str) -> str:
    """Return ``text`` with full-width and typographic signs as ASCII, without moving positions."""
    if text.isascii():
        return text
    signs = "".join(map(_plain_sign, text)).translate(_ASCII_QUOTES)
    return _INNER_DASH.sub("-", signs)


def _plain_sign(char: str) -> str:
    """Return the compatible form of a sign: "（" becomes "(".

    Letters stay: they are normalised as parts of words, where accents combine.
    """
    if char.isalnum() or char.isascii():
        return char
    compatible = unicodedata.normalize("NFKC", char)
    return compatible if len(compatible) == 1 else char


def _refuse(text: str, plain: str, position: int) -> NoReturn:
    char = plain[position]
    sign = "-" if char in "−–—" else char
    problem, hint = _REFUSED_SIGNS.get(
        sign,
        (
            f"the character {text[position]!r} has no meaning here",
            "Remove it, or put it in quotes.",
        ),
    )
    raise QuerySyntaxError(problem, text=text, position=position, hint=hint)


class TokenReader:
    """A cursor over the tokens of ``text``, the base class of the parser."""

    def __init__(self, text: str, tokens: list[Token]) -> None:
        self._text = text
        self._tokens = tokens
        self._index = 0
        self._depth = 0

    @property
    def _current(self) -> Token:
        return self._tokens[self._index]

    def _is_at(self, *kinds: Kind) -> bool:
        return self._tokens[self._index].kind in kinds

    def _advance(self) -> Token:
        """Move to the next token and return the one before it."""
        token = self._tokens[self._index]
        self._index += 1
        return token

    def _current_text(self) -> str:
        return self._text[self._current.start : self._current.end]

    def _descend(self) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self._error(
                f"this topic has more than {MAX_DEPTH} nested levels", hint="Remove some brackets."
            )

    def _error(
        self, problem: str, *, position: int | None = None, hint: str = ""
    ) -> QuerySyntaxError:
        start = self._current.start if position is None else position
        return QuerySyntaxError(problem, text=self._text, position=start, hint=hint)
