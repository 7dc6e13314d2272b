"""Replace the operators of other alert services in a list of tokens, or refuse them.

    president w/5 clinton      LexisNexis, Factiva   ──►  president NEAR/4 clinton
    economy AND !GDP           Pulsar                ──►  economy AND ="GDP"
    hd=(merger or acquisition) Factiva               ──►  title:(merger OR acquisition)

Each replacement adds a note, which the confirmation of a topic shows. An operator that has no meaning
here raises an error with its name and what to write instead. Canonical texts have none of these
operators, so they pass unchanged.
"""

from __future__ import annotations

from typing import NamedTuple

from watchers.names.table import find_territory
from watchers.topics.lexer import Kind, Token, tokenise
from watchers.topics.services.distances import check_precedence, merge_runs
from watchers.topics.services.plain_input import (
    blank_bullets,
    shorten_question,
    shorten_request,
    split_list,
)
from watchers.topics.services.token_rewriter import PART_ENDS, PART_STARTS
from watchers.topics.services.word_translation import WordTranslator


class Translation(NamedTuple):
    """The tokens of the topic language, and a note per replaced operator."""

    tokens: list[Token]
    notes: list[str]


def translate(text: str) -> Translation:
    """Return the tokens of ``text`` with the operators of other services replaced.

    Raises:
        QuerySyntaxError: at an operator that has no meaning here.
    """
    tokens, note = split_list(tokenise(blank_bullets(text)), text)
    return _Translator(tokens, text, [note] if note else []).translate()


class _Translator(WordTranslator):
    """One pass over the tokens of one text."""

    def __init__(self, tokens: list[Token], text: str, notes: list[str]) -> None:
        super().__init__(tokens, text)
        self._notes.update(dict.fromkeys(notes))

    def translate(self) -> Translation:
        """Return the translated tokens and the notes about them."""
        if not self._has_operators:
            for change in (shorten_request, shorten_question):
                self._tokens, note = change(self._tokens)
                if note:
                    self._notes[note] = None
        while self._index < len(self._tokens):
            token = self._tokens[self._index]
            self._index += 1
            self._add(token)
        if self._translated_starts:
            self._out = merge_runs(self._out, self._translated_starts)
            check_precedence(self._out, self._translated_starts, self._text)
        return Translation(self._out, list(self._notes))

    # ── Tokens ────────────────────────────────────────────────────────────────────────────────────

    def _add(self, token: Token) -> None:
        handlers = {
            Kind.WORD: self._add_word,
            Kind.OPEN: self._add_opening,
            Kind.CLOSE: self._add_closing,
            Kind.NOT: self._add_not,
            Kind.NEAR: self._add_near_sign,
            Kind.PHRASE: self.add_phrase,
            Kind.COMMA: self.add_comma,
            Kind.AND: self._add_operator,
            Kind.OR: self._add_operator,
            Kind.FIELD: self.add_field,
            Kind.EQUALS_FIELD: self.add_equals_field,
            Kind.BRACES: self.add_braces,
            Kind.DISTANCE: self._add_slash_distance,
            Kind.ENDING: self._add_ending,
        }
        handlers.get(token.kind, self._out.append)(token)

    def _add_opening(self, token: Token) -> None:
        self._open_distances.append(None)
        self._out.append(token)

    def _add_closing(self, token: Token) -> None:
        self._out.append(token)
        distance = self._open_distances.pop() if self._open_distances else None
        if distance is not None:
            self._out.append(distance)

    def _add_word(self, token: Token) -> None:
        word = token.value.lower()
        if self._next.kind is Kind.OPEN and self._next.start == token.end:
            self.add_function(token, word)
        elif word in ("and", "or", "not", "and/or", "andnot", "same", "near"):
            self._add_lower_case_operator(token, word)
        elif word == "but" and (self._next.kind is Kind.NOT or self._is_before_not_word()):
            self._notes[f"“{token.value}” before NOT is left out."] = None
        elif not self.add_named_distance(token) and not self._add_distance_word(token):
            self.check_word(token)
            self.check_conjunction(token, word)
            self._out.append(token)

    def _is_before_not_word(self) -> bool:
        return self._has_operators and self._next.value.lower() == "not"

    # ── Operators ─────────────────────────────────────────────────────────────────────────────────

    def _add_lower_case_operator(self, token: Token, word: str) -> None:
        """Add "or", "and" or "not" as an operator, or as a word where the text is plain."""
        if word in ("same", "near"):
            self._check_ambiguous_word(token, word)
            kind = None
        elif word in ("or", "and/or"):
            kind = self._kind_of_or()
        elif word in ("not", "andnot"):
            kind = self._kind_of_not(token)
        else:
            kind = self._kind_of_and()
        if kind is None:
            self._out.append(token)
            return
        if self._previous_kind() is Kind.COMMA:
            # "iran, iraq, and syria": the comma already separates the entries.
            return
        name = {Kind.AND: "AND", Kind.NOT: "NOT"}.get(kind, "OR")
        self._note(token, f'{name}. For the word itself, write "{token.value}" in quotes')
        if kind in (Kind.AND, Kind.OR):
            self._translated_starts.add(token.start)
        self._out.append(Token(kind, word, token.start, token.end))

    def _kind_of_or(self) -> Kind | None:
        is_after_comma = self._previous_kind() is Kind.COMMA and self._next.kind in PART_STARTS
        if not self._is_infix() and not is_after_comma:
            return None
        # A comma keeps the words of an entry together: "joint venture or merger".
        return Kind.OR if self._has_operators else Kind.COMMA

    def _kind_of_and(self) -> Kind | None:
        is_before_part = self._next.kind in (*PART_STARTS, Kind.NOT)
        if self._is_in_list():
            # The last "and" of an enumeration: "iran, iraq and syria".
            is_last = all(
                token.kind in (Kind.WORD, Kind.END) and token.value != "and"
                for token in self._tokens[self._index :]
            )
            return Kind.COMMA if is_last and is_before_part else None
        if self._has_operators and is_before_part and self._previous_kind() in PART_ENDS:
            return Kind.AND
        return None

    def _kind_of_not(self, token: Token) -> Kind | None:
        if self._previous_kind() is Kind.COMMA:
            self._refuse(
                token,
                "“not” after a comma can exclude words or begin a phrase",
                "Write -word to exclude a word: apple -fruit.",
            )
        is_before_part = self._next.kind in (*PART_STARTS, Kind.END)
        return Kind.NOT if self._has_operators and is_before_part else None

    def _check_ambiguous_word(self, token: Token, word: str) -> None:
        """Refuse or explain a word that is an operator in other services."""
        if not self._is_infix():
            return
        if word == "same" and self._next.value.lower() != "sex":
            self._refuse(
                token,
                "“same” can be a word or an operator (the same paragraph) here",
                'Write NEAR/50 for words that stand close together, or "same" for the word.',
            )
        if word == "near":
            if Kind.WORD not in (self._previous_kind(), self._next.kind):
                self._refuse(
                    token,
                    "“near” can be a word or an operator here",
                    'Write NEAR/4 in capitals, or "near" in quotes for the word.',
                )
            self._notes["“near” is read as a word. For a distance, write NEAR/4."] = None

    def _is_in_list(self) -> bool:
        """Return True if commas separate the entries of the topic: "and" is a word of an entry."""
        return not self._has_operators and any(token.kind is Kind.COMMA for token in self._tokens)

    def _add_operator(self, token: Token) -> None:
        following = self._next
        if (
            token.value == "&"
            and self._previous_kind() is following.kind is Kind.WORD
            and self._out[-1].value[:1].isupper()
            and following.value[:1].isupper()
            and not (find_territory(self._out[-1].value) and find_territory(following.value))
        ):
            first, second = self._out[-1].value, following.value
            self._notes[
                f"“{first} & {second}” is read as one name: {first} ONEAR/1 {second}."
                f" For both words anywhere, write {first} AND {second}."
            ] = None
            token = Token(Kind.NEAR, "O1", token.start, token.end)
        elif token.kind is Kind.OR and "/" in token.value:
            self._note(token, "OR")
        self._out.append(token)

    def _add_near_sign(self, token: Token) -> None:
        if self._previous_kind() is Kind.NOT:
            self._refuse(
                token,
                f"“NOT {self._typed(token)}” (not close to) is not supported",
                'Exclude a phrase instead: rico -"puerto rico".',
            )
        is_bare = self._typed(token) in ("NEAR", "ONEAR")
        if not is_bare or not self.add_named_distance(token._replace(value=self._typed(token))):
            self._out.append(token)

    def _add_not(self, token: Token) -> None:
        following = self._next
        if token.value != "!" or following.kind not in (Kind.WORD, Kind.PHRASE):
            self._out.append(token)
            return
        value = following.value
        if value.isupper() and len(value) > 1:
            self._index += 1
            cased = Token(Kind.CASED, value, token.start, following.end)
            self._note(
                cased, f'="{value}": exactly these letters. To exclude a word, write -{value}'
            )
            self._out.append(cased)
        elif value != value.lower():
            self._refuse(
                token,
                f"“!{value}” can exclude a word or ask for exact capitals",
                f'Write -{value} to exclude the word, or ="{value}" for exactly these letters.',
            )
        else:
            self._out.append(token)

    def _add_ending(self, token: Token) -> None:
        """Handle "!" and "?" at the end of a word: punctuation, or the wildcard of a service."""
        if self._previous_kind() is not Kind.WORD or self._out[-1].end != token.start:
            return
        word = self._out[-1]
        is_name = word.value[:1].isupper()
        is_alone = len(self._text.split()) == 1
        if token.value == "!" and not is_name and (self._has_operators or is_alone):
            prefix = Token(Kind.PREFIX, f"{word.value}*", word.start, token.end)
            self._note(prefix, f"{word.value}*: words that begin with “{word.value}”")
            self._out[-1] = prefix
        elif "?" in token.value and not is_name:
            is_sentence = self._next.kind is Kind.END and not is_alone and not self._has_operators
            if not is_sentence:
                self._refuse(
                    token,
                    "“?” (a wildcard for one letter) does not exist",
                    f"Write {word.value} for the word in all its forms, or {word.value}* for all"
                    " words that begin like this.",
                )
