"""Reading along the tokens of one text: where we are, what is next, and what is wrong there."""

from __future__ import annotations

from typing import Final

from watchers.errors import QuerySyntaxError
from watchers.topics.lexer import Kind, Token, tokens

DEEPEST: Final = 32
"""Brackets and minuses inside each other."""


class TokenReader:
    """The tokens of ``text``, taken one after the other. For a parser to build on."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = tokens(text)
        self._at = 0
        self._depth = 0

    @property
    def _now(self) -> Token:
        return self._tokens[self._at]

    def _is_at(self, *kinds: Kind) -> bool:
        return self._tokens[self._at].kind in kinds

    def _take(self) -> Token:
        token = self._tokens[self._at]
        self._at += 1
        return token

    def _written(self) -> str:
        return self._text[self._now.start : self._now.end]

    def _descend(self) -> None:
        self._depth += 1
        if self._depth > DEEPEST:
            raise self._error(
                f"this is nested deeper than {DEEPEST} levels", hint="Make it flatter."
            )

    def _error(self, problem: str, *, at: int | None = None, hint: str = "") -> QuerySyntaxError:
        position = self._now.start if at is None else at
        return QuerySyntaxError(problem, text=self._text, position=position, hint=hint)
