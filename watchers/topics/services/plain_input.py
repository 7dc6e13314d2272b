"""Plain text that is not a list of words: lists with bullets or numbers, requests and questions."""

from __future__ import annotations

from typing import Final

import regex

from watchers.topics.lexer import Kind, Token
from watchers.topics.services.token_rewriter import PLAIN_KINDS

_BULLET: Final = regex.compile(r"^[^\S\n]*[-*•–—·+►▪◦‣](?=[^\S\n]+\S)", regex.MULTILINE)
_LIST_NUMBER: Final = regex.compile(r"(?<!\S)(?:\d{1,2}|[a-h])[.)](?=\s)")
_HAS_LIST_NUMBERS: Final = regex.compile(r"\s*(?:1[.)]\s.*\s2|a\)\s.*\sb)[.)]\s", regex.DOTALL)

_QUESTION_WORDS: Final = "what who whom where when why how which"
_QUESTION_FILLERS: Final = (
    "is are was were do does did has have had can will the a an in on of for to at with about "
    "happening going much many long"
)
_MIN_QUESTION_WORDS: Final = 4
_PAIR: Final = 2

_REQUEST_NOUNS: Final = (
    "news updates update information info articles article stories headlines alerts anything "
    "everything something reports tell nachrichten noticias notícias actualités nouvelles новости"
)
_REQUEST_WORDS: Final = (
    f"{_REQUEST_NOUNS} please can could you i want would like to tell show give send alert notify me "
    "us keep get find is are there all any every some more the latest recent new breaking"
)
_PREPOSITIONS: Final = "about on regarding concerning über sobre sur о об про"
_THANKS: Final = ("please", "pls", "thanks")
_PAIRED_WORDS: Final = {"either": "or", "both": "and"}


def blank_bullets(text: str) -> str:
    """Return ``text`` with spaces in place of the bullets of a list with one entry per line."""
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) < _PAIR or not all(_BULLET.match(line) for line in lines):
        return text
    return _BULLET.sub(lambda match: " " * len(match.group()), text)


def split_list(tokens: list[Token], text: str) -> tuple[list[Token], str]:
    """Return ``tokens`` with commas between the entries of a list, and a note, or "" for no list."""
    has_numbers = _HAS_LIST_NUMBERS.match(text) is not None
    is_plain = all(token.kind in PLAIN_KINDS for token in tokens)
    if not has_numbers and (not is_plain or "\n" not in text.strip()):
        return tokens, ""
    markers = {
        position: match.start()
        for match in (_LIST_NUMBER.finditer(text) if has_numbers else ())
        for position in range(*match.span())
    }
    entries: list[Token] = []
    end = 0
    for token in tokens:
        is_marker = token.start in markers and token.kind is not Kind.END
        is_number = is_marker and markers[token.start] == token.start
        starts_entry = is_number or (is_plain and "\n" in text[end : token.start])
        end = token.end
        can_split = bool(entries) and entries[-1].kind is not Kind.COMMA
        if starts_entry and can_split and token.kind not in (Kind.COMMA, Kind.END):
            entries.append(Token(Kind.COMMA, ",", token.start, token.start))
        if not is_marker:
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
    if _without_verb(words[0]) not in _QUESTION_WORDS.split():
        return tokens, ""
    fillers = {*_QUESTION_WORDS.split(), *_QUESTION_FILLERS.split()}
    kept = [token for token in words if _without_verb(token) not in fillers]
    if not kept:
        return tokens, ""
    left_out = [token for token in words if token not in kept]
    if len(kept) == _PAIR and words.index(kept[1]) != words.index(kept[0]) + 1:
        # Two words that do not stand side by side are not a phrase.
        kept.insert(1, Token(Kind.NEAR, "4", kept[0].end, kept[1].start))
    return [*kept, tokens[-1]], f"{_list_words(left_out)} left out of the question."


def shorten_request(tokens: list[Token]) -> tuple[list[Token], str]:
    """Return the topic of a request such as "tell me all news about wheat, please", and a note.

    The note is "" for input that is not a request.
    """
    if any(token.kind not in PLAIN_KINDS for token in tokens):
        return tokens, ""
    kept = tokens
    if len(kept) > _PAIR and kept[-2].value.lower() in _THANKS:
        kept = [*(kept[:-3] if kept[-3].kind is Kind.COMMA else kept[:-2]), kept[-1]]
    start = _start_of_subject(kept)
    words = [token.value.lower() for token in kept]
    if start == 0 and words[0] in _PAIRED_WORDS and _PAIRED_WORDS[words[0]] in words:
        start = 1
    left_out = [token for token in tokens if token.kind is Kind.WORD and token not in kept[start:]]
    if not left_out or kept[start].kind is Kind.END:
        return tokens, ""
    return kept[start:], f"{_list_words(left_out)} left out of the request."


def _start_of_subject(tokens: list[Token]) -> int:
    """Return the number of tokens before the subject: 2 for "news about wheat"."""
    has_noun = False
    for index, token in enumerate(tokens):
        word = token.value.lower()
        if has_noun and word in _PREPOSITIONS.split():
            is_article = tokens[index + 1].value.lower() == "the"
            return index + 1 + is_article + _start_of_subject(tokens[index + 1 + is_article :])
        if token.kind is not Kind.WORD or word not in _REQUEST_WORDS.split():
            return 0
        has_noun = has_noun or word in _REQUEST_NOUNS.split()
    return 0


def _without_verb(token: Token) -> str:
    """Return the word in small letters, without the verb of "what's"."""
    return token.value.lower().removesuffix("’s").removesuffix("'s")


def _list_words(tokens: list[Token]) -> str:
    """Return "“a”, “b” and “c” are" for the start of a sentence."""
    names = [f"“{token.value}”" for token in tokens]
    if len(names) == 1:
        return f"{names[0]} is"
    return f"{', '.join(names[:-1])} and {names[-1]} are"
