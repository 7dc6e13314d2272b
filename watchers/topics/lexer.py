"""What a person typed, as tokens: one pass, linear in its length, every token with its position.

Full-width and typographic signs (“ ” « » （ ） ：) count as their plain cousins. Signs that other
alert services know and this language does not are refused here, with what to write instead.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from enum import Enum
from typing import Final, NamedTuple, NoReturn

import regex

from watchers.errors import QuerySyntaxError


class Kind(Enum):
    """What a token is; the value is how an error message calls it."""

    OPEN = "an opening bracket"
    CLOSE = "a closing bracket"
    OR = "OR"
    COMMA = "a comma"
    AND = "AND"
    NOT = "a minus or NOT"
    NEAR = "NEAR"
    FIELD = "a field"
    WORD = "a word"
    PREFIX = "a beginning of a word"
    PHRASE = "a phrase"
    CASED = "a case-sensitive phrase"
    WITHIN = "~"
    END = "the end"


class Token(NamedTuple):
    """One token: ``value`` is a word, a phrase without quotes, a field's name or a number."""

    kind: Kind
    value: str
    start: int
    end: int


MOST_BETWEEN: Final = 99
"""The widest NEAR/n; Lexalytics has the same bound, Meltwater advises 10."""

USUALLY_BETWEEN: Final = 4
"""NEAR without a number: Meltwater's default."""

_SCANNER: Final = regex.compile(
    r"""
      (?P<space>    [\s\u200b\ufeff]+ )
    | (?P<cased>    ="[^"]*" | =[\p{L}\p{M}\p{N}][\p{L}\p{M}\p{N}.&/-]* )
    | (?P<phrase>   "[^"]*" | (?<![\p{L}\p{M}\p{N}])['‘][^'‘’"()]+['’](?![\p{L}\p{M}\p{N}]) )
    | (?P<open>     \( )
    | (?P<close>    \) )
    | (?P<or>       \|\|? | OR (?![\p{L}\p{M}\p{N}_:]) )
    | (?P<comma>    [,;、،] )
    | (?P<and>      &&? | AND (?![\p{L}\p{M}\p{N}_:]) | \+(?=\S) )
    | (?P<near>     O?NEAR (?: /(?P<near_n>\d+) )? (?![\p{L}\p{M}\p{N}_:/]) )
    | (?P<around>   AROUND \s? \( \s? (?P<around_n>\d+) \s? \) )
    | (?P<not>      NOT (?![\p{L}\p{M}\p{N}_:]) | [-−–](?=[^\s)]) | !(?=[^\s)=]) )
    | (?P<field>    [\p{L}_]+ \s? : \s* )
    | (?P<within>   ~(?P<within_n>\d*) )
    | (?P<prefix>   [\p{L}\p{M}\p{N}]+ (?:[-'’][\p{L}\p{M}\p{N}]+)* \* )
    | (?P<word>     [\p{L}\p{M}\p{N}\u00ad]+
                    (?: (?: [-‐‑'’‘.·/@&_\u200c\u200d・׳״՚॰] | (?<=\p{N})[,:](?=\p{N}) )
                        [\p{L}\p{M}\p{N}\u00ad]+ )* )
    | (?P<quiet>    [#@$€£¥%…。\u200c\u200d]+ | [.:]+(?=\s|$|\)) )
    """,
    regex.VERBOSE,
)

_PLAIN: Final = str.maketrans("“”„‟«»「」『』＂", '"' * 11)

_KINDS: Final = {
    "phrase": Kind.PHRASE,
    "cased": Kind.CASED,
    "open": Kind.OPEN,
    "close": Kind.CLOSE,
    "or": Kind.OR,
    "comma": Kind.COMMA,
    "and": Kind.AND,
    "not": Kind.NOT,
    "word": Kind.WORD,
    "prefix": Kind.PREFIX,
}

_INSTEAD: Final = {
    '"': ("this quotation mark is never closed", 'End the phrase with a second ".'),
    "*": ("a * must follow three letters or more", "Write the beginning of a word: sanct*."),
    "?": ("there is no wildcard for one letter", "Write the beginning of the word: wom*."),
    "!": ("this ! stands before nothing", "Put it right before the word to leave out: !football."),
    "-": ("this dash stands alone", "Write -word to leave a word out, or drop the dash."),
    "+": ("this + stands before nothing", "Words are wanted without a sign; leave it out."),
    "^": ("weights such as ^2 mean nothing to an alert", "Leave the ^ and its number out."),
    "[": ("ranges are not known here", "Leave the square brackets out."),
    "{": ("ranges are not known here", "Leave the curly brackets out."),
    "/": ("regular expressions are not known here", "Write words, phrases or sanct*."),
    "=": ("this = stands before nothing", 'Case-sensitive words are written ="US".'),
    "'": ("this quotation mark is never closed", 'Put phrases between two ".'),
    "\\": ("there is nothing to escape here", "Leave the backslash out."),
}


def tokens(text: str) -> list[Token]:
    """The tokens of ``text``, and an END.

    Raises:
        QuerySyntaxError: at the first sign that means nothing here.
    """
    return list(_scan(text))


def _scan(text: str) -> Iterator[Token]:
    plain = _same_length(text)
    position = 0
    while position < len(plain):
        found = _SCANNER.match(plain, position)
        if found is None or found.end() == position:
            _refuse(text, plain, position)
        position = found.end()
        token = _token(text, found, str(found.lastgroup))
        if token is not None:
            yield token
    yield Token(Kind.END, "", len(text), len(text))


def _token(text: str, found: regex.Match[str], group: str) -> Token | None:
    """One match of the scanner as a token; ``None`` for what says nothing."""
    start, end = found.span()
    value = found.group()
    if group.startswith(("near", "around")):
        number = found.group("near_n") or found.group("around_n")
        ordered = "O" if value.startswith("ONEAR") else ""
        return Token(Kind.NEAR, ordered + _count(text, start, number), start, end)
    if group.startswith("within"):
        number = found.group("within_n")
        return Token(Kind.WITHIN, _count(text, start, number), start, end)
    if group == "field":
        return Token(Kind.FIELD, value.rstrip().removesuffix(":").rstrip().lower(), start, end)
    if group in ("phrase", "cased"):
        value = value.removeprefix("=").strip('"').strip("'‘’" if value[:1] in "'‘" else "")
    kind = _KINDS.get(group)
    return Token(kind, value, start, end) if kind else None


def _count(text: str, start: int, number: str | None) -> str:
    """A number of words between, checked; the usual one where none is given."""
    if not number:
        return str(USUALLY_BETWEEN)
    if len(number) > len(str(MOST_BETWEEN)):
        raise QuerySyntaxError(
            f"{number[:6]} words are too many between two words",
            text=text,
            position=start,
            hint=f"The most is {MOST_BETWEEN}; to find both anywhere, write AND.",
        )
    return str(int(number))


def _same_length(text: str) -> str:
    """Full-width and typographic signs as plain ones, each one character, so positions hold."""
    if text.isascii():
        return text
    return "".join(map(_plain_sign, text)).translate(_PLAIN)


def _plain_sign(char: str) -> str:
    """A sign's compatible form ("（" is "("); letters wait for their words, where accents join."""
    if char.isalnum() or char.isascii():
        return char
    compatible = unicodedata.normalize("NFKC", char)
    return compatible if len(compatible) == 1 else char


def _refuse(text: str, plain: str, position: int) -> NoReturn:
    char = plain[position]
    sign = "-" if char in "−–—" else char
    problem, hint = _INSTEAD.get(
        sign, (f"the character {text[position]!r} means nothing here", "Leave it out, or quote it.")
    )
    raise QuerySyntaxError(problem, text=text, position=position, hint=hint)
