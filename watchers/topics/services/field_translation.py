"""Replace the fields of other services: headline(…), hd=…, allintitle:…, cs(…), {BT}."""

from __future__ import annotations

from typing import Final

import regex

from watchers.topics.fields import (
    BRACKET_FIELDS,
    EQUALS_FIELDS,
    FIELD_ALIASES,
    FIELD_HINTS,
    unknown_field_hint,
)
from watchers.topics.lexer import Kind, Token
from watchers.topics.services.token_rewriter import TokenRewriter

AT_LEAST: Final = regex.compile(r"(?:atleast/?\d*|atl\d+)", regex.IGNORECASE)
"""A number of mentions: atleast5 of Factiva, atl5 of LexisNexis."""

_FUNCTION_NAME: Final = regex.compile(r"[.-].*")
_NEAR_FUNCTION: Final = regex.compile(r"near/?(\d{1,2})", regex.IGNORECASE)
_NEAR_FIELD: Final = regex.compile(r"near(\d{1,3})")
_INNER_OPERATOR: Final = regex.compile(r"\b(?:AND|OR|NOT|O?NEAR(?:/\d+)?)\b|(?<=\s)/\d+(?=\s)")
_OPERATOR_WORDS: Final = ("and", "or", "not", "and/or", "same", "near")
_ALL_IN: Final = {"allintitle": "title", "allintext": "body"}


class FieldTranslator(TokenRewriter):
    """The fields of other services."""

    def add_function(self, token: Token, word: str) -> None:
        """Handle ``headline(…)``, ``cs(…)``, ``near2(…)`` and similar."""
        if near := _NEAR_FUNCTION.fullmatch(token.value):
            opening = self._next
            self._index += 1
            self._note(token, f"(…)~{near[1]}: all of the words close together")
            self._open_distances.append(Token(Kind.PROXIMITY, near[1], token.start, token.end))
            self._out.append(opening)
            return
        field = BRACKET_FIELDS.get(word)
        if field is None:
            # The name before a sign: su.exact(…), TITLE-ABS-KEY(…).
            name = _FUNCTION_NAME.sub("", AT_LEAST.sub("atleast", word))
            hint = FIELD_HINTS.get(
                name, f"For the word, write {token.value} AND (…). A field is title:(…)."
            )
            self._refuse(token, f"“{token.value}(…)” is not supported", hint)
        if field == "cased":
            self._change_case(word)
            meaning = "exactly these letters in the brackets"
        else:
            meaning = f"{field}:(…)"
        self._note(token, meaning)
        self._out.append(Token(Kind.FIELD, field, token.start, token.end))

    def _change_case(self, function: str) -> None:
        """Make one phrase of the words in the bracket of caps( ), in the case of the function."""
        change = {"allcaps": str.upper, "nocaps": str.lower}.get(function, str)
        index = self._index + 1
        end = index
        while self._tokens[end].kind in (Kind.WORD, Kind.PHRASE):
            end += 1
        inner = self._tokens[index:end]
        if inner:
            value = change(" ".join(token.value for token in inner))
            self._tokens[index:end] = [Token(Kind.CASED, value, inner[0].start, inner[-1].end)]

    def add_field(self, token: Token) -> None:
        """Handle ``near20:"…"``, ``allintitle:…`` and unknown fields."""
        if (near := _NEAR_FIELD.fullmatch(token.value)) and self._next.kind is Kind.PHRASE:
            phrase = self._next
            self._index += 1
            self._note(token, f"“…”~{near[1]}: the words close together, in any order")
            self._out.append(phrase)
            self._out.append(Token(Kind.PROXIMITY, near[1], token.start, token.end))
            return
        field = _ALL_IN.get(token.value)
        if field is None and token.value not in FIELD_ALIASES:
            self._refuse(token, f"unknown field {token.value}:", unknown_field_hint(token.value))
        end = self._index
        while self._tokens[end].kind in (Kind.WORD, Kind.PHRASE) and (
            self._tokens[end].value not in ("or", "and", "not")
        ):
            end += 1
        words = self._tokens[self._index : end]
        if field is None or not words:
            name = field or token.value
            self._out.append(Token(Kind.FIELD, name, token.start, token.end))
            return
        self._note(token, f"{field}:(…) for all words after it")
        self._index = end
        self._out += [
            Token(Kind.FIELD, field, token.start, token.end),
            Token(Kind.OPEN, "(", token.start, token.end),
            *words,
            Token(Kind.CLOSE, ")", words[-1].end, words[-1].end),
        ]

    def add_phrase(self, token: Token) -> None:
        """Add a phrase, with a note if it contains an operator."""
        inner = _INNER_OPERATOR.search(token.value)
        if inner is not None and token.value != token.value.upper():
            self._notes[f"In quotes, “{inner.group()}” is read as a word, not as an operator."] = (
                None
            )
        self._out.append(token)

    def add_comma(self, token: Token) -> None:
        """Add a comma between two entries of a list."""
        if self._previous_kind() in (Kind.END, Kind.COMMA) or self._next.kind is Kind.END:
            return
        is_after_field = len(self._out) > 1 and self._out[-2].kind is Kind.FIELD
        if is_after_field and self._next.kind not in (Kind.FIELD, Kind.EQUALS_FIELD):
            field = self._out[-2].value
            self._refuse(
                token,
                f"a comma after {field}: can belong to the field or to the topic",
                f"Write {field}:(a OR b) for the field, or OR instead of the comma.",
            )
        self._out.append(token)

    def add_equals_field(self, token: Token) -> None:
        """Handle ``hd=…`` of Factiva."""
        field = EQUALS_FIELDS.get(token.value)
        if field is None:
            self._refuse(
                token, f"“{token.value}=” is not supported", unknown_field_hint(token.value)
            )
        self._note(token, f"{field}:")
        self._out.append(Token(Kind.FIELD, field, token.start, token.end))
        self._join_words()

    def _join_words(self) -> None:
        """Make one phrase of the words that follow ``by=``: such services read them as a phrase."""
        end = self._index
        while self._tokens[end].kind is Kind.WORD and not self._is_operator_word(self._tokens[end]):
            end += 1
        words = self._tokens[self._index : end]
        if len(words) > 1:
            value = " ".join(word.value for word in words)
            joined = Token(Kind.WORD, value, words[0].start, words[-1].end)
            self._note(joined, "one phrase")
            self._tokens[self._index : end] = [joined]

    def _is_operator_word(self, token: Token) -> bool:
        return token.value.lower() in _OPERATOR_WORDS or self._is_distance_word(token)

    def add_braces(self, token: Token) -> None:
        """Handle ``{BT}`` of Brandwatch: exact letters."""
        if not token.value or " TO " in token.value:
            self._refuse(
                token, "“{… TO …}” (a range) is not supported", "Remove the curly brackets."
            )
        if token.value.startswith("!") or _INNER_OPERATOR.search(token.value):
            self._refuse(
                token,
                "“{…}” with an operator inside is not supported",
                'Write (a OR b), and ="a" for exact letters.',
            )
        self._note(token, f'="{token.value}": exactly these letters')
        self._out.append(Token(Kind.CASED, token.value, token.start, token.end))
