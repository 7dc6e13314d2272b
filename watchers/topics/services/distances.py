"""Operators of other services that state a distance between words: w/5, pre/3, adj5, near5, /5.

translation.py calls these functions; NEAR and ONEAR of this language need none of them.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from typing import Final

import regex

from watchers.errors import QuerySyntaxError
from watchers.topics.lexer import Kind, Token

DISTANCE_WORD: Final = regex.compile(
    r"""(?P<counted>  (?:w|within) / (?P<n>\d{1,3}) | near (?P<n>\d{1,3}) )
      | (?P<ordered>  (?:pre|adj) / (?P<n>\d{1,3}) | adj (?P<n>\d{0,3}) )
      | (?P<between>  (?:n|near|around) / (?P<n>\d{1,3}) )
      | (?P<forward>  (?:p|onear|next) / (?P<n>\d{1,3}) | onear (?P<n>\d{1,3}) | near / (?P<n>\d{1,3}) f )
    """,
    regex.VERBOSE | regex.IGNORECASE,
)
"""Distances. Services that write w/5 or adj5 count the position of the second word, so four words may
stand between. The others count the words between."""

EBSCO_DISTANCE: Final = regex.compile(r"(?P<order>[NW])(?P<n>\d{1,2})")
"""N5 and W5 of EBSCO: distances only beside other operators, because they are also names of roads."""

UNSUPPORTED_DISTANCE: Final = regex.compile(
    r"(?:w/|/)(?P<unit>s|p|seg|sent|sentence|para|paragraph|doc)", regex.IGNORECASE
)
DIALOG_DISTANCE: Final = regex.compile(r"\((?P<n>\d{0,2})(?P<order>[NW])\)", regex.IGNORECASE)
"""(W) and (3N) of Dialog: n words between, in this order or in any order."""

DISTANCE_NAMES: Final = ("NEAR", "ONEAR", "AROUND", "WITHIN")
"""Words in capitals that state a distance if a number follows."""

# The left part ends at the first operator, so that a text of many operators is read once.
JOINED_DISTANCE: Final = regex.compile(
    r"(.(?:(?!/n\d{1,3}/).)*+)/n(\d{1,3})/(.++)", regex.IGNORECASE
)
FIRST_WORDS: Final = regex.compile(r".*/f\d{1,3}/?", regex.IGNORECASE)

_WORDS_OF_SENTENCE: Final = 12
_WORDS_OF_PARAGRAPH: Final = 50


def unsupported_unit(unit: str) -> tuple[str, int]:
    """Return the name of the unit of w/s or w/p, and a distance in words that comes close to it."""
    if unit.lower() in ("s", "sent", "sentence"):
        return "sentence", _WORDS_OF_SENTENCE
    return "paragraph or section", _WORDS_OF_PARAGRAPH


def merge_runs(tokens: list[Token], distance_starts: AbstractSet[int]) -> list[Token]:
    """Return ``tokens`` with a phrase in place of words side by side that stand next to a distance.

    In "world cup adj5 rugby" the distance is that from the phrase "world cup".
    """

    def is_distance(token: Token) -> bool:
        return token.kind is Kind.NEAR and token.start in distance_starts

    merged: list[Token] = []
    is_operand = False
    for index, token in enumerate(tokens):
        if token.kind is not Kind.WORD:
            is_operand = is_distance(token)
        elif merged and merged[-1].kind is Kind.WORD and is_operand:
            first = merged[-1]
            value = f"{first.value} {token.value}"
            merged[-1] = Token(Kind.WORD, value, first.start, token.end)
            continue
        elif not is_operand:
            end = index
            while tokens[end].kind is Kind.WORD:
                end += 1
            is_operand = is_distance(tokens[end])
        merged.append(token)
    return merged


def check_precedence(tokens: list[Token], translated_starts: AbstractSet[int], text: str) -> None:
    """Refuse operators side by side whose order differs between services.

    LexisNexis evaluates OR before w/n and AND; Factiva, Google and this language after them.

    Raises:
        QuerySyntaxError: at the operator of the other service.
    """
    # Per open bracket: the kinds of operators of this level, and those of another service.
    levels: list[tuple[set[Kind], list[Token]]] = [(set(), [])]
    for token in tokens:
        if token.kind is Kind.OPEN:
            levels.append((set(), []))
        elif token.kind is Kind.CLOSE and len(levels) > 1:
            levels.pop()
        elif token.kind in (Kind.OR, Kind.AND, Kind.NEAR):
            kinds, translated = levels[-1]
            kinds.add(token.kind)
            if token.start in translated_starts:
                translated.append(token)
            if translated and Kind.OR in kinds and len(kinds) > 1:
                first = translated[0]
                raise QuerySyntaxError(
                    f"services evaluate “{text[first.start : first.end].strip()}” and the operators"
                    " beside it in different orders",
                    text=text,
                    position=first.start,
                    hint="Put brackets around the parts that belong together: (a OR b) AND c.",
                )
