"""The base of the translation of other services: reading tokens, notes, errors and distances."""

from __future__ import annotations

from typing import Final, NoReturn

from watchers.errors import QuerySyntaxError
from watchers.topics.fields import FIELD_HINTS
from watchers.topics.lexer import MAX_GAP_WORDS, Kind, Token
from watchers.topics.services.distances import (
    DIALOG_DISTANCE,
    DISTANCE_WORD,
    EBSCO_DISTANCE,
    FIRST_WORDS,
    JOINED_DISTANCE,
    UNSUPPORTED_DISTANCE,
    unsupported_unit,
)

PART_ENDS: Final = (Kind.WORD, Kind.PHRASE, Kind.CASED, Kind.PREFIX, Kind.CLOSE)
"""Kinds of tokens with which a part of a topic ends."""

PART_STARTS: Final = (
    *(Kind.WORD, Kind.PHRASE, Kind.CASED, Kind.PREFIX, Kind.OPEN, Kind.FIELD),
    *(Kind.EQUALS_FIELD, Kind.BRACES, Kind.URL),
)
"""Kinds of tokens with which a part of a topic starts."""

PLAIN_KINDS: Final = (Kind.WORD, Kind.COMMA, Kind.ENDING, Kind.END)
"""Kinds of tokens of a topic without an operator."""


class TokenRewriter:
    """A pass over the tokens of one text, which writes other tokens."""

    def __init__(self, tokens: list[Token], text: str) -> None:
        self._text = text
        self._tokens = tokens
        self._index = 0
        self._out: list[Token] = []
        self._notes: dict[str, None] = {}
        # The positions of operators whose precedence differs between services.
        self._translated_starts: set[int] = set()
        # Brackets of near2( ), by the depth of the bracket, with their distance.
        self._open_distances: list[Token | None] = []
        self._has_operators = any(
            token.kind not in PLAIN_KINDS or self._is_distance_word(token) for token in tokens
        )

    # ── Reading ───────────────────────────────────────────────────────────────────────────────────

    @property
    def _next(self) -> Token:
        return self._tokens[min(self._index, len(self._tokens) - 1)]

    def _previous_kind(self) -> Kind:
        return self._out[-1].kind if self._out else Kind.END

    def _is_infix(self) -> bool:
        """Return True if the current token stands between two parts of the topic."""
        return self._previous_kind() in PART_ENDS and self._next.kind in PART_STARTS

    def _typed(self, token: Token) -> str:
        return self._text[token.start : token.end].strip()

    def _note(self, token: Token, meaning: str) -> None:
        self._notes[f"“{self._typed(token)}” is read as {meaning}."] = None

    def _refuse(self, token: Token, problem: str, hint: str) -> NoReturn:
        raise QuerySyntaxError(problem, text=self._text, position=token.start, hint=hint)

    def _is_distance_word(self, token: Token) -> bool:
        return token.kind is Kind.WORD and DISTANCE_WORD.fullmatch(token.value) is not None

    # ── Distances ─────────────────────────────────────────────────────────────────────────────────

    def _add_distance_word(self, token: Token) -> bool:
        """Add NEAR for w/5, near5, adj5 and similar. Return False for other words."""
        joined = JOINED_DISTANCE.fullmatch(token.value)
        if joined:
            left, right = joined.span(1)[1], joined.span(3)[0]
            self._out.append(Token(Kind.WORD, joined[1], token.start, token.start + left))
            sign = Token(Kind.WORD, "", token.start + left, token.start + right)
            self._add_near(sign, int(joined[2]) - 1, ordered=False)
            self._out.append(Token(Kind.WORD, joined[3], token.start + right, token.end))
            return True
        match = DISTANCE_WORD.fullmatch(token.value)
        unsupported = UNSUPPORTED_DISTANCE.fullmatch(token.value)
        if self._previous_kind() is Kind.NOT and (match or unsupported):
            self._refuse(
                token,
                f"“NOT {token.value}” (not close to) is not supported",
                'Exclude a phrase instead: rico -"puerto rico".',
            )
        if not self._is_infix():
            return False
        if unsupported:
            self._refuse_unit(token, unsupported["unit"])
        if match:
            counts_position = match["counted"] is not None or match["ordered"] is not None
            is_ordered = match["ordered"] is not None or match["forward"] is not None
            gap = int(match["n"] or 1) - counts_position
            self._add_near(token, gap, ordered=is_ordered)
            return True
        ebsco = EBSCO_DISTANCE.fullmatch(token.value) if self._has_operators else None
        if ebsco:
            self._add_near(token, int(ebsco["n"]), ordered=ebsco["order"] == "W")
        return ebsco is not None

    def _add_slash_distance(self, token: Token) -> None:
        value = token.value
        if dialog := DIALOG_DISTANCE.fullmatch(value):
            self._add_near(token, int(dialog["n"] or 0), ordered=dialog["order"] in "Ww")
            return
        if unsupported := UNSUPPORTED_DISTANCE.fullmatch(value):
            self._refuse_unit(token, unsupported["unit"])
        if FIRST_WORDS.fullmatch(value):
            self._refuse(
                token,
                f"“{value}” (the first words of an item) is not supported",
                FIELD_HINTS["hlead"],
            )
        digits = value.strip("/nN")
        if not digits.isdecimal() or not self._is_infix():
            self._refuse(
                token,
                f"“{value}” has no meaning here",
                "Write words, phrases or sanct*, and NEAR/5 for a distance.",
            )
        self._add_near(token, int(digits) - 1, ordered=False)

    def _refuse_unit(self, token: Token, unit: str) -> NoReturn:
        name, words = unsupported_unit(unit)
        self._refuse(
            token,
            f"“{token.value}” (the same {name}) is not supported",
            f"Write NEAR/{words} for words that stand close together.",
        )

    def _add_near(self, token: Token, gap: int, *, ordered: bool) -> None:
        if gap > MAX_GAP_WORDS:
            self._refuse(
                token,
                f"“{self._typed(token)}” is too far between two words",
                f"The maximum is NEAR/{MAX_GAP_WORDS}. To find both words anywhere, write AND.",
            )
        gap = max(gap, 0)
        name = f"{'O' if ordered else ''}NEAR/{gap}"
        words = "no other word" if not gap else f"at most {gap} other word{'s' * (gap != 1)}"
        order = "in this order" if ordered else "in any order"
        self._note(token, f"{name}: {words} between, {order}")
        self._translated_starts.add(token.start)
        self._out.append(Token(Kind.NEAR, f"{'O' if ordered else ''}{gap}", token.start, token.end))
