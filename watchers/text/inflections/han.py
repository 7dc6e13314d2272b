"""Write Chinese characters in their simplified form, so that 聯合國 and 联合国 are equal.

han.txt has two lines of equal length: the traditional characters, and below them the simplified ones.
The pairs are those of the OpenCC project (Apache License 2.0) for single characters.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

_FIRST_HAN = "\u2e80"


def to_simplified(word: str) -> str:
    """Return ``word`` with simplified characters."""
    return word.translate(_table()) if word >= _FIRST_HAN else word


@cache
def _table() -> dict[int, str]:
    """Return the table. The first call reads it: other languages do not need its 400 KB."""
    text = files("watchers.text.inflections").joinpath("han.txt").read_text("utf-8")
    traditional, simplified = text.splitlines()
    return dict(zip(map(ord, traditional), simplified, strict=True))
