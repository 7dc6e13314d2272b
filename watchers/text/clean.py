"""Clean text from outside, and split it into paragraphs and sentences.

Every text passes `clean_text` or `clean_line` before it becomes part of an item or a query.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

import regex
import sentencex

# ── Cleaning ──────────────────────────────────────────────────────────────────────────────────────

# Control characters, lone surrogates and tag characters carry no words. They break terminals and
# PostgreSQL (which refuses NUL), and bidirectional overrides hide text from readers.
_INVISIBLE: Final = regex.compile(
    r"[\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}\u061c\u200b\u200e\u200f\u2060\u202a-\u202e\u2066-\u2069\ufeff"
    r"\U000e0000-\U000e007f--\n\t]",
    regex.VERSION1,
)
_NEWLINES: Final = regex.compile(r"\r\n?|[\u0085\u2028\u2029\v\f]")
# No script stacks this many marks on one letter, and NFC sorts a stack in quadratic time.
_MARK_STACK: Final = regex.compile(r"(\p{M}{30})\p{M}+")


def clean_text(text: str) -> str:
    """Return ``text`` in NFC, with plain newlines, without control and invisible characters."""
    # Nearly all English text takes this path.
    if text.isascii() and text.replace("\n", "").replace("\t", "").isprintable():
        return text
    if not text.isprintable():
        text = _INVISIBLE.sub("", _NEWLINES.sub("\n", text))
    # NFC can build new stacks of marks, so they are cut before and after.
    return _cut_mark_stacks(unicodedata.normalize("NFC", _cut_mark_stacks(text)))


def _cut_mark_stacks(text: str) -> str:
    # A substitution without a match is much slower than a search.
    return _MARK_STACK.sub(r"\1", text) if _MARK_STACK.search(text) else text


def clean_line(text: str) -> str:
    """Return ``text`` cleaned and on one line: a title, a name or a label."""
    return " ".join(clean_text(text).split())


def truncate(text: str, limit: int) -> str:
    """Return ``text`` in at most ``limit`` characters, cut between words if possible."""
    if len(text) <= limit:
        return text
    cut = text[: limit - 1]
    space = cut.rfind(" ")
    return (cut[:space] if space > limit // 2 else cut).rstrip(" ,;:–—-") + "…"


# ── Sentences, with sentencex: the best splitter on average in a comparison of 25 languages ───────

# The English rules suit every script that ends a sentence with punctuation.
_DEFAULT_LANGUAGE: Final = "en"
# sentencex needs quadratic time for quotation marks that are never closed.
_MAX_SEGMENT_CHARS: Final = 5_000
_SENTENCE_END: Final = regex.compile(r"[.!?…。！？؟।][\p{Pf}\p{Pe}\"'’”]*\s*")


def split_sentences(text: str, language: str | None = None) -> list[str]:
    """Return the sentences of ``text`` in order, each on one line.

    Lines of the text are separate paragraphs: a heading never joins the sentence below it.
    """
    tag = (language or _DEFAULT_LANGUAGE).split("-")[0].lower()
    result: list[str] = []
    for paragraph in text.split("\n"):
        if paragraph and not paragraph.isspace():
            for segment in _segments(paragraph):
                pieces: list[str] = sentencex.segment(tag, segment)
                result.extend(" ".join(piece.split()) for piece in pieces if not piece.isspace())
    return result


def _segments(paragraph: str) -> Iterator[str]:
    """Yield a paragraph in segments of bounded length, cut after a sentence if possible."""
    start = 0
    while len(paragraph) - start > _MAX_SEGMENT_CHARS:
        end = start + _MAX_SEGMENT_CHARS
        sentence_ends = [
            match.end()
            for match in _SENTENCE_END.finditer(paragraph, start + _MAX_SEGMENT_CHARS // 2, end)
        ]
        after_space = paragraph.rfind(" ", start + 1, end) + 1
        end = sentence_ends[-1] if sentence_ends else after_space or end
        yield paragraph[start:end]
        start = end
    yield paragraph[start:]


# ── Paragraphs ────────────────────────────────────────────────────────────────────────────────────

# Narrower lines were broken on purpose; wider lines were not wrapped by an editor.
_MIN_WRAP_CHARS: Final = 40
_MAX_WRAP_CHARS: Final = 120
# A column of a printed page is narrower, if it has several lines.
_MIN_COLUMN_CHARS: Final = 20
_MIN_COLUMN_LINES: Final = 4
# In wrapped prose, at least this share of the lines begins in lower case.
_MIN_LOWER_SHARE: Final = 0.25
# A line with this share of the width is full.
_FULL_LINE_SHARE: Final = 0.7
# A line that ends with a sentence is the last one of its paragraph if it is shorter than this share.
_FULL_LAST_LINE_SHARE: Final = 0.9
_LIST_ITEM: Final = regex.compile(r"(?:[-–—•▪◦*·]|\d{1,3}[.)]|\p{L}\))\s")
_HYPHENATED: Final = regex.compile(r"\p{Ll}[-\u2010\u00ad]\Z")
# Scripts without spaces between words.
_UNSPACED: Final = regex.compile(
    r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}。、，]"
)
# A label such as "Date: …" begins a line of its own.
_LABEL: Final = regex.compile(r"\p{Lu}[\w ]{0,20}[:：]\s")

SENTENCE_ENDINGS: Final = tuple('.!?…。！？।؟։”»"')
"""Characters that end a sentence or a quotation."""


def split_paragraphs(text: str) -> list[str]:
    """Return the paragraphs of ``text``, each on one line, without empty ones.

    Blank lines separate paragraphs. Lines that were wrapped at a fixed width are joined.
    """
    result: list[str] = []
    block: list[str] = []
    for line in (*text.split("\n"), ""):
        stripped = " ".join(line.split())
        if stripped:
            block.append(stripped)
        elif block:
            result.extend(_unwrap(block))
            block = []
    return result


def _unwrap(lines: list[str]) -> list[str]:
    """Return ``lines`` with wrapped lines joined.

    If every line ends a sentence, each one is a paragraph.
    """
    width = _wrap_width(lines)
    is_prose = _is_prose(lines)
    is_unspaced = all(_UNSPACED.match(line) for line in lines)
    is_column = is_unspaced or (is_prose and len(lines) >= _MIN_COLUMN_LINES)
    min_width = _MIN_COLUMN_CHARS if is_column else _MIN_WRAP_CHARS
    # In a list of headlines or a table, all lines begin in upper case.
    may_be_wrapped = is_prose or not any(line[:1].isupper() for line in lines[1:])
    is_wrapped = (
        may_be_wrapped
        and min_width <= width <= _MAX_WRAP_CHARS
        and any(
            not previous.endswith(SENTENCE_ENDINGS) and _was_wrapped(previous, line, width)
            for previous, line in pairwise(lines)
        )
    )
    # Lists of parts, joined at the end: appending to a string would copy it for each line.
    joined = [[lines[0]]]
    for previous, line in pairwise(lines):
        if is_wrapped and (
            _was_wrapped(previous, line, width)
            or (is_prose and _continues_sentence(previous, line, width))
        ):
            _append_line(joined[-1], line)
        else:
            joined.append([line])
    return ["".join(parts) for parts in joined]


def _wrap_width(lines: list[str]) -> int:
    """Return the width at which the lines were wrapped, in characters.

    In a long block, a tenth of the lines may be wider: an address does not wrap.
    """
    lengths = sorted(map(len, lines))
    return lengths[-1 - len(lengths) // 10]


def _is_prose(lines: list[str]) -> bool:
    """Return True if sentences run over the ends of lines.

    Many lines begin in lower case, or only the last line ends a sentence. Headlines and tables do neither.
    """
    lower_count = sum(line[:1].islower() for line in lines[1:])
    if lower_count >= _MIN_LOWER_SHARE * (len(lines) - 1) > 0:
        return True
    return lines[-1].endswith(SENTENCE_ENDINGS) and any(
        not line.endswith(SENTENCE_ENDINGS) for line in lines[:-1]
    )


def _was_wrapped(previous: str, line: str, width: int) -> bool:
    """Return True if the first word of ``line`` did not fit on the previous line.

    If the word fits, the writer broke the line on purpose.
    """
    if _LABEL.match(line) or _LIST_ITEM.match(line):
        return False
    first_word = line.split(" ", 1)[0]
    return line[:1].islower() or len(previous) + 1 + len(first_word) > width


def _continues_sentence(previous: str, line: str, width: int) -> bool:
    """Return True if ``previous`` is an unfinished sentence that is about as wide as the others.

    The letters of a printed page have different widths, so a full line may have fewer characters.
    """
    if _LABEL.match(line) or _LIST_ITEM.match(line) or previous[-1:].isdigit():
        return False
    if previous.endswith((*SENTENCE_ENDINGS, ":")):
        return len(previous) >= _FULL_LAST_LINE_SHARE * width
    return previous.endswith((",", ";")) or len(previous) >= _FULL_LINE_SHARE * width


def _append_line(parts: list[str], line: str) -> None:
    """Append a line to the parts of a paragraph, with the separator that its script needs."""
    last = parts[-1]
    if _HYPHENATED.search(last) and line[:1].islower():
        # A word that was divided at the end of the line.
        parts[-1] = last[:-1]
    elif not (_UNSPACED.search(last[-1:]) and _UNSPACED.search(line[:1])):
        parts.append(" ")
    parts.append(line)
