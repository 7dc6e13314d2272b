"""Plain text to paragraphs: blank lines part them; hard-wrapped lines belong together."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

import regex

_NARROWEST_WRAP: Final = 40  # characters; narrower lines were broken on purpose
_WIDEST_WRAP: Final = 120  # wider lines were not wrapped by an editor
ENDS_A_SENTENCE: Final = tuple('.!?…。！？।؟։”»"')
_LABEL: Final = regex.compile(r"\p{Lu}[\w ]{0,20}[:：]\s")  # "Date: …" opens a line of its own


def paragraphs(text: str) -> list[str]:
    """The paragraphs of ``text``, each on one line, empty ones left out."""
    found: list[str] = []
    block: list[str] = []
    for line in (*text.split("\n"), ""):
        stripped = " ".join(line.split())
        if stripped:
            block.append(stripped)
        elif block:
            found.extend(_unwrap(block))
            block = []
    return found


def _unwrap(lines: list[str]) -> list[str]:
    """Join a line to the one before it where only the right margin parted them.

    Where every line ends its sentence, each is a paragraph.
    """
    width = max(map(len, lines))
    wrapped = _NARROWEST_WRAP <= width <= _WIDEST_WRAP and any(
        not before.endswith(ENDS_A_SENTENCE) and _was_wrapped(before, line, width)
        for before, line in pairwise(lines)
    )
    joined = [[lines[0]]]
    for before, line in pairwise(lines):
        if wrapped and _was_wrapped(before, line, width):
            joined[-1].append(line)
        else:
            joined.append([line])
    return [" ".join(parts) for parts in joined]


def _was_wrapped(before: str, line: str, width: int) -> bool:
    """An editor wraps when the next word does not fit: had it fitted, the break was meant."""
    if _LABEL.match(line):
        return False
    first_word = line.split(" ", 1)[0]
    return line[:1].islower() or len(before) + 1 + len(first_word) > width
