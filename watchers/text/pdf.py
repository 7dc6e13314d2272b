"""PDF to a Draft, by pypdf. Call it in a process that may be killed: a PDF can be made to take for ever."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from typing import Final

from pypdf import PageObject, PdfReader
from pypdf.errors import DependencyError, PyPdfError

from watchers.errors import UnreadableDocument
from watchers.text.clean import clean_line
from watchers.text.dates import parse_date
from watchers.text.draft import Draft
from watchers.text.plain import read_plain

_MOST_PAGES: Final = 200
_MOST_CHARACTERS: Final = 5_000_000  # all pages may share one huge text
_LOCKED: Final = "the PDF is locked with a password; save an unlocked copy"


def read_pdf(data: bytes, *, now: datetime) -> Draft:
    """What the text layer of a PDF says, its first 200 pages.

    Raises:
        UnreadableDocument: it is encrypted or broken.
    """
    try:
        reader = PdfReader(BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            raise UnreadableDocument(_LOCKED)
        text = "\n\n".join(_texts(reader.pages[:_MOST_PAGES]))
        created = _created(reader)
    except DependencyError as error:  # a cipher that only locked documents use
        raise UnreadableDocument(_LOCKED) from error
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UnreadableDocument(f"the PDF is broken ({clean_line(str(error))[:120]})") from error
    draft = read_plain(text, now=now)
    published = draft.published or (parse_date(created, now=now) if created else None)
    return replace(draft, published=published)


def _texts(pages: Iterable[PageObject]) -> Iterator[str]:
    room = _MOST_CHARACTERS
    for page in pages:
        text = page.extract_text()[:room]
        yield text
        room -= len(text)
        if not room:
            return


def _created(reader: PdfReader) -> str | None:
    """When it says it was made; a date that cannot be read is no reason to refuse the text."""
    try:
        created = reader.metadata.creation_date if reader.metadata else None
    except (PyPdfError, ValueError, TypeError, AttributeError):
        return None
    if created is None:
        return None
    return (created if created.tzinfo else created.replace(tzinfo=UTC)).isoformat()
