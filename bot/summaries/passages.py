"""A text to the sentences a summary may choose from.

text ─ paragraphs ─ without what belongs to the page ─ sentences ─ whole again ─► Passage(text, …)
                    (furniture.py)                     (sentencex)  quotations, abbreviations
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import regex

from bot.summaries.furniture import (
    is_aside,
    is_first_sentence,
    is_furniture,
    without_dateline,
)
from watchers.text.sentences import sentences as split_sentences
from watchers.text.words import fold, normal, split

MOST_READ: Final = 250_000
"""Characters of a text that are read; the longest newspaper article has 60,000."""

_MOST_PARAGRAPHS: Final = 3_000  # a list of more lines is no article
_LONGEST: Final = 700  # characters of a passage; longer ones are cut where they can be
_LONGEST_UNSPACED: Final = 160  # the same in scripts that part phrases, not sentences, by a space
_LONGEST_JOINED: Final = 1_000  # characters up to which a quotation is put together again
_ABBREVIATED: Final = regex.compile(
    r"(?:^|[\s(“\"«])(?:\p{Lu}|M[lm]e|Mgr|\d{1,2} \p{L}{1,5}|[Nn]o)\.$"
)
_GOES_ON: Final = regex.compile(r"[\p{Ll},;:)\]]|\d{4}\b")
_ENDED_QUOTE: Final = regex.compile(r"[」』]$")
_QUOTING: Final = regex.compile(r"(?:と|という|って|などと|との)")
_PAIRS: Final = {"“": "”", "«": "»", "「": "」", "『": "』", "‹": "›", "（": "）"}
_PHRASED: Final = regex.compile(r"[\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Tibetan}]")
_BREAK: Final = regex.compile(r"[;；،؛,，、။།។]\s*|\s+")


@dataclass(frozen=True, slots=True)
class Passage:
    """A sentence, or what stands for one in a script without full stops.

    Attributes:
        text: verbatim, on one line.
        opens: it begins a paragraph.
        aside: a heading, a list's item, a label: chosen only where nothing else is left.
    """

    text: str
    opens: bool = False
    aside: bool = False


def passages(text: str, title: str = "", language: str | None = None) -> list[Passage]:
    """The passages of ``text`` in order, without what belongs to the page and without the title."""
    # Halves of a surrogate pair, as broken JSON brings them, are no text to the splitter.
    text = text[:MOST_READ].encode("utf-8", "replace").decode()
    paragraphs = [line for line in text.split("\n") if line.strip()][:_MOST_PARAGRAPHS]
    story = [line for line in paragraphs if not is_furniture(line)]
    heading = "" if is_first_sentence(title) else _bare(title)
    if heading:
        told = [line for line in story if len(line) > 2 * len(title) + 20 or _bare(line) != heading]
        story = told or story[:1]
    ended = sum(not is_aside(line) for line in story)
    return [passage for line in story for passage in _of_paragraph(line, language, ended=ended > 0)]


def _of_paragraph(line: str, language: str | None, *, ended: bool) -> Iterator[Passage]:
    aside = ended and is_aside(line)
    first = True
    line = " ".join(without_dateline(line).split())
    for sentence in _whole(line, split_sentences(line, language)):
        for piece in _cut(sentence):
            yield Passage(piece, opens=first, aside=aside)
            first = False


def _whole(line: str, pieces: Sequence[str]) -> Iterator[str]:
    """The pieces of ``line``, put together where the splitter parted a quotation or an abbreviation."""
    start = end = 0
    for piece in pieces:
        at = line.find(piece, end)
        if end > start and at + len(piece) - start < _LONGEST_JOINED:
            joins = _belongs(line[start:end], piece)
        else:
            joins = False
        if not joins:
            if end > start:
                yield line[start:end]
            start = at
        end = at + len(piece)
    if end > start:
        yield line[start:end]


def _belongs(held: str, piece: str) -> bool:
    if any(held.count(opening) > held.count(closing) for opening, closing in _PAIRS.items()):
        return any(closing in piece for closing in _PAIRS.values())
    if _ENDED_QUOTE.search(held) and _QUOTING.match(piece):
        return True
    if _ABBREVIATED.search(held[-12:]):
        return True
    return held.endswith(".") and _GOES_ON.match(piece) is not None


def _cut(sentence: str) -> Iterator[str]:
    """A passage without end is cut at a comma or a space, so that a summary stays one."""
    longest = _LONGEST_UNSPACED if _PHRASED.search(sentence[:200]) else _LONGEST
    start = 0
    while len(sentence) - start > longest:
        breaks = [found.end() for found in _BREAK.finditer(sentence, start, start + longest)]
        end = next((end for end in reversed(breaks) if end > start + longest // 3), start + longest)
        yield sentence[start:end].strip()
        start = end
    if sentence[start:].strip():
        yield sentence[start:].strip()


def _bare(text: str) -> str:
    """``text`` as its words alone, to see whether two lines say the same."""
    return " ".join(fold(normal(word)) for word in split(text[:500]))
