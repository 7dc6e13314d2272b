"""Compile a large regular expression on its first use.

A pattern with hundreds of alternatives takes 5 to 130 ms to compile, and most commands never apply it.
Small patterns are compiled on import as usual.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import regex

if TYPE_CHECKING:
    from collections.abc import Iterator


class LazyPattern:
    """A pattern of the ``regex`` package that is compiled when one of its methods is first called."""

    def __init__(self, source: str, flags: int = 0) -> None:
        self._source = source
        self._flags = flags

    @cached_property
    def compiled(self) -> regex.Pattern[str]:
        """The compiled pattern."""
        return regex.compile(self._source, self._flags)

    def search(self, text: str, pos: int = 0, endpos: int | None = None) -> regex.Match[str] | None:
        """Return the first match in the text, or None."""
        return self.compiled.search(text, pos, endpos)

    def match(self, text: str, pos: int = 0, endpos: int | None = None) -> regex.Match[str] | None:
        """Return the match at the position ``pos``, or None."""
        return self.compiled.match(text, pos, endpos)

    def fullmatch(
        self, text: str, pos: int = 0, endpos: int | None = None
    ) -> regex.Match[str] | None:
        """Return the match of the whole text from ``pos`` to ``endpos``, or None."""
        return self.compiled.fullmatch(text, pos, endpos)

    def finditer(self, text: str, *, overlapped: bool = False) -> Iterator[regex.Match[str]]:
        """Yield all matches in the text, which overlap only if ``overlapped`` is True."""
        return iter(self.compiled.finditer(text, overlapped=overlapped))

    def split(self, text: str) -> list[str]:
        """Return the parts of the text between the matches."""
        return self.compiled.split(text)

    def sub(self, replacement: str, text: str) -> str:
        """Return the text with all matches replaced."""
        return self.compiled.sub(replacement, text)
