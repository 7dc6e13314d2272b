"""Check words that are operators of other services: SENTENCE, TI, und, earn$1, #tag."""

from __future__ import annotations

from typing import Final

import regex

from watchers.topics.fields import FIELD_HINTS, NO_DATES
from watchers.topics.lexer import Kind, Token
from watchers.topics.services.distances import DISTANCE_NAMES, EBSCO_DISTANCE, FIRST_WORDS
from watchers.topics.services.field_translation import AT_LEAST, FieldTranslator
from watchers.topics.services.operator_names import (
    advise_field_code,
    advise_operator_word,
    is_field_code,
    note_field_code,
    note_plain_word,
)
from watchers.topics.services.token_rewriter import PART_ENDS, PART_STARTS

_CONJUNCTIONS: Final = {
    word: operator
    for operator, words in {
        "AND": "und et y e en og och ja ve и та",
        "OR": "oder ou o eller tai veya или або",
        "NOT": "nicht sauf sin niet ikke inte ei değil не",
    }.items()
    for word in words.split()
}
"""AND, OR and NOT in other languages."""

_CAPITAL_CONJUNCTIONS: Final = ("UND", "ODER", "NICHT", "SAUF", "ИЛИ", "НЕ")

# Both sides have four letters or more: "24/7", "AC/DC" and "HIV/AIDS" are names.
_SLASHED_NAMES: Final = regex.compile(r"[\p{L}\p{N}-]{4,}(?:/[\p{L}\p{N}-]{4,})+")

_DATE_RELATIONS: Final = ("after", "before", "within", "since", "from", "on", "between", "is")
_RELATIVE_DAYS: Final = ("today", "yesterday", "last", "past", "this")

_PAIR: Final = 2
_MAX_DIGITS: Final = 3


class WordTranslator(FieldTranslator):
    """The words that other services read as operators."""

    def check_word(self, token: Token) -> None:
        """Refuse operators that look like words."""
        word = token.value.lower()
        if word == "date" and self._is_date_condition():
            self._refuse(token, "“date” (a condition on the date) is not supported", NO_DATES)
        if self._out and self._out[-1].kind is Kind.PREFIX and self._out[-1].end == token.start:
            self._refuse(
                self._out[-1],
                "a * in the middle of a word is not supported",
                "Write each spelling with OR, or the beginning of the word: wom*.",
            )
        if self._out and self._out[-1].value == "+" and token.value.isdecimal():
            self._refuse(
                self._out[-1],
                f"“+{token.value}” can require a number or state a distance",
                f"Write {token.value} for the number, or ONEAR/4 for a distance.",
            )
        if self._out and self._out[-1].value == "+" and word in ("s", "p"):
            self._refuse_unit(token, word)
        if AT_LEAST.fullmatch(token.value) and self._next.kind in PART_STARTS:
            self._refuse(
                token,
                f"“{token.value}” (a number of mentions) is not supported",
                FIELD_HINTS["atleast"],
            )
        if "/" in token.value and _SLASHED_NAMES.fullmatch(token.value):
            names = token.value.split("/")
            self._refuse(
                token,
                f"“{token.value}” can mean one of the words or all of them",
                f"Write {' OR '.join(names)}, or {' AND '.join(names)}.",
            )
        if FIRST_WORDS.fullmatch(token.value):
            self._refuse(
                token, "“/F…/” (the first words of an item) is not supported", FIELD_HINTS["hlead"]
            )
        self._check_capitals(token)
        self._note_word(token)

    def check_conjunction(self, token: Token, word: str) -> None:
        """Refuse AND, OR and NOT in other languages where they stand between phrases or brackets."""
        operator = _CONJUNCTIONS.get(word)
        if operator is None or not self._is_infix():
            return
        is_between_words = self._previous_kind() is self._next.kind is Kind.WORD
        if not is_between_words or token.value in _CAPITAL_CONJUNCTIONS:
            self._refuse(
                token,
                f"“{token.value}” can be a word or an operator here",
                f'Write {operator} for the operator, or "{word}" in quotes for the word.',
            )

    def _is_date_condition(self) -> bool:
        """Return True at ``date after 1/1/2026`` and ``date after -7``."""
        following = self._tokens[self._index : self._index + 2]
        return (
            len(following) == _PAIR
            and following[0].value.lower() in _DATE_RELATIONS
            and (
                following[1].kind is Kind.NOT
                or following[1].value[:1].isdecimal()
                or following[1].value.lower() in _RELATIVE_DAYS
            )
        )

    def _check_capitals(self, token: Token) -> None:
        """Refuse words in capitals that are operators or fields of other services."""
        # A topic that is all capitals says nothing about a single word.
        if not token.value.isupper() or self._text.isupper():
            return
        advice = advise_operator_word(token.value) if self._is_infix() else None
        if advice is None and is_field_code(token.value) and self._next.kind in PART_STARTS:
            codes = [other for other in self._tokens if is_field_code(other.value)]
            if self._has_operators or len(codes) > 1:
                advice = advise_field_code(
                    token.value,
                    is_only_code=len(codes) == 1,
                    is_before_word=self._next.kind is Kind.WORD,
                )
                if advice is None:
                    self._notes[note_field_code(token.value)] = None
        if advice is not None:
            self._refuse(token, *advice)

    def _note_word(self, token: Token) -> None:
        """Add a note about a word that another service reads in another way."""
        if self._text[token.start - 1 : token.start] == "#":
            tag = self._text[token.start : token.end]
            self._notes[
                f"“#{tag}” is read as “{token.value.replace('-', ' ')}”."
                f" For the tags of an item, write tag:{tag}."
            ] = None
        if not self._is_infix():
            return
        note = note_plain_word(token.value, self._next.value)
        if note:
            self._notes[note] = None
        elif EBSCO_DISTANCE.fullmatch(token.value) and not self._text.isupper():
            name = "NEAR" if token.value[0] == "N" else "ONEAR"
            self._notes[
                f"“{token.value}” is read as a word. For a distance, write {name}/{token.value[1:]}."
            ] = None

    def add_named_distance(self, token: Token) -> bool:
        """Add NEAR for ``AROUND 5`` and ``within 5 words of``. Return False for other words."""
        following = self._tokens[self._index : self._index + 4]
        number = following[0].value if following else ""
        if not number.isdecimal() or len(number) > _MAX_DIGITS:
            return False
        words = [word.value.lower() for word in following[1:3]]
        is_phrase = token.value.lower() == "within" and words[:1] in (["word"], ["words"])
        if not is_phrase and token.value not in DISTANCE_NAMES:
            return False
        if self._previous_kind() is Kind.NOT:
            self._refuse(
                token,
                f"“NOT {token.value} {number}” (not close to) is not supported",
                'Exclude a phrase instead: rico -"puerto rico".',
            )
        count = 1 + (is_phrase and 1 + (words[1:] == ["of"]))
        end = self._tokens[min(self._index + count, len(self._tokens) - 1)]
        if self._previous_kind() not in PART_ENDS or end.kind not in PART_STARTS:
            return False
        last = self._tokens[self._index + count - 1]
        self._index += count
        is_ordered = token.value == "ONEAR"
        self._add_near(token._replace(end=last.end), int(number), ordered=is_ordered)
        return True
