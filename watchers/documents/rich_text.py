"""Read a rich text document (.rtf) as a draft, with striprtf."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import regex
from striprtf.striprtf import rtf_to_text

from watchers.errors import UnreadableDocument
from watchers.text.clean import clean_line
from watchers.text.front_matter import DocumentDraft, read_plain

_SIGNATURE: Final = b"{\\rtf"
# RTF consists of 7-bit characters; other bytes belong to the code page, Windows-1252 by default.
_ENCODING: Final = "cp1252"
_PROPERTY: Final = regex.compile(r"\{\\(title|author)\s([^{}]{1,500})\}")
_HEADER_CHARS: Final = 100_000


def read_rtf(data: bytes, *, now: datetime) -> DocumentDraft:
    """Return the text of a rich text document with its title and author.

    Raises:
        UnreadableDocument: the bytes are not rich text, or they are damaged.
    """
    if not data.lstrip().startswith(_SIGNATURE):
        raise UnreadableDocument("it is not an .rtf file")
    source = data.decode(_ENCODING, "replace")
    properties = {
        match[1]: clean_line(_plain_text("{\\rtf1\\ansi " + match[2] + "}"))
        for match in _PROPERTY.finditer(source, 0, _HEADER_CHARS)
    }
    draft = read_plain(_plain_text(source), now=now)
    # The parts of a draft that its text states come before the properties.
    return DocumentDraft(
        paragraphs=draft.paragraphs,
        title=draft.title or properties.get("title") or None,
        author=draft.author or properties.get("author") or None,
        published=draft.published,
        source=draft.source,
        url=draft.url,
        language=draft.language,
        tags=draft.tags,
    )


def _plain_text(source: str) -> str:
    try:
        # A line of RTF is a paragraph, so blank lines must separate the lines of its text.
        text: str = rtf_to_text(  # type: ignore[no-untyped-call]
            source, encoding=_ENCODING, errors="replace"
        )
    except (ValueError, KeyError, IndexError, LookupError, OverflowError) as error:
        raise UnreadableDocument("it is damaged: its text cannot be read") from error
    # RTF writes a character outside the basic plane as two halves.
    text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return "\n\n".join(text.split("\n"))
