"""Plain text that is not a list of words: lists on several lines or with numbers, and questions."""

from __future__ import annotations

from typing import Final

import regex

from watchers.topics.lexer import Kind, Token

_LIST_NUMBER: Final = regex.compile(r"(?<!\S)\d{1,2}\.(?=\s)")
_HAS_LIST_NUMBERS: Final = regex.compile(r"\s*1\.\s.*\s2\.\s", regex.DOTALL)

_QUESTION_WORDS: Final = "what who whom where when why how which"
_QUESTION_FILLERS: Final = (
    "is are was were do does did has have had can will the a an in on of for to at with about "
    "happening going"
)
_MIN_QUESTION_WORDS: Final = 4
_PAIR: Final = 2


def split_list(tokens: list[Token], text: str) -> tuple[list[Token], str]:
    """Return ``tokens`` with commas between the entries of a list, and a note, or "" for no list."""
    has_numbers = _HAS_LIST_NUMBERS.match(text) is not None
    if not has_numbers and "\n" not in text.strip():
        return tokens, ""
    numbers = {match.start() for match in _LIST_NUMBER.finditer(text)} if has_numbers else set()
    entries: list[Token] = []
    end = 0
    for token in tokens:
        is_number = token.start in numbers and token.kind is not Kind.END
        starts_entry = is_number or "\n" in text[end : token.start]
        end = token.end
        can_split = bool(entries) and entries[-1].kind is not Kind.COMMA
        if starts_entry and can_split and token.kind not in (Kind.COMMA, Kind.END):
            entries.append(Token(Kind.COMMA, ",", token.start, token.start))
        if not is_number:
            entries.append(token)
    return entries, "Each line or numbered entry is read as a topic of its own."


def shorten_question(tokens: list[Token]) -> tuple[list[Token], str]:
    """Return the content words of a question such as "what is happening in Sudan", and a note.

    The note is "" for input that is not a question.
    """
    words = [token for token in tokens if token.kind is Kind.WORD]
    is_plain = all(token.kind in (Kind.WORD, Kind.ENDING, Kind.END) for token in tokens)
    if not is_plain or len(words) < _MIN_QUESTION_WORDS:
        return tokens, ""
    if words[0].value.lower() not in _QUESTION_WORDS.split():
        return tokens, ""
    fillers = {*_QUESTION_WORDS.split(), *_QUESTION_FILLERS.split()}
    kept = [token for token in words if token.value.lower() not in fillers]
    if not kept:
        return tokens, ""
    left_out = [f"“{token.value}”" for token in words if token not in kept]
    if len(kept) == _PAIR and words.index(kept[1]) != words.index(kept[0]) + 1:
        # Two words that do not stand side by side are not a phrase.
        kept.insert(1, Token(Kind.NEAR, "4", kept[0].end, kept[1].start))
    verb = "is" if len(left_out) == 1 else "are"
    names = ", ".join(left_out[:-1]) + (" and " if len(left_out) > 1 else "") + left_out[-1]
    return [*kept, tokens[-1]], f"{names} {verb} left out of the question."
