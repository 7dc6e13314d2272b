"""The Content-Type header, as servers write it."""

from __future__ import annotations

import re
from typing import Final

_CHARSET: Final = re.compile(r"charset\s*+=\s*+(?:[\"']\s*+)?([\w.:-]{2,40})", re.IGNORECASE)
_UNKNOWN: Final = "text/html"  # what a page without a type is, nearly always


def split_content_type(header: str) -> tuple[str, str | None]:
    """The media type in lower case ("text/html" where none is given), and the encoding it names."""
    found = _CHARSET.search(header)
    media_type = header.partition(";")[0].strip().lower()
    return media_type or _UNKNOWN, found[1] if found else None
