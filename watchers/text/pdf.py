"""Read a PDF as a draft, with pypdf.

Call it in a process that can be killed: a hostile PDF can keep the parser busy without end.
"""

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
from watchers.text.front_matter import DocumentDraft, read_plain

_MAX_PAGES: Final = 200
# All pages of a small file may share one huge text, so their number is not a sufficient limit.
_MAX_TEXT_CHARS: Final = 5_000_000
_MAX_ERROR_CHARS: Final = 120
_LOCKED: Final = "the PDF is locked with a password; save an unlocked copy"


def read_pdf(data: bytes, *, now: datetime) -> DocumentDraft:
    """Return the text layer of the first 200 pages of a PDF.

    Raises:
        UnreadableDocument: the PDF is encrypted or broken.
    """
    try:
        reader = PdfReader(BytesIO(data))
        # Documents that only forbid printing have an empty password.
        if reader.is_encrypted and not reader.decrypt(""):
            raise UnreadableDocument(_LOCKED)
        text = "\n\n".join(_page_texts(reader.pages[:_MAX_PAGES]))
        created = _creation_date(reader)
    except DependencyError as error:
        # pypdf lacks the cipher, which only locked documents use.
        raise UnreadableDocument(_LOCKED) from error
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        detail = clean_line(str(error))[:_MAX_ERROR_CHARS]
        raise UnreadableDocument(f"the PDF is broken ({detail})") from error
    draft = read_plain(text, now=now)
    published = draft.published or (parse_date(created, now=now) if created else None)
    return replace(draft, published=published)


def _page_texts(pages: Iterable[PageObject]) -> Iterator[str]:
    remaining_chars = _MAX_TEXT_CHARS
    for page in pages:
        text = page.extract_text()[:remaining_chars]
        yield text
        remaining_chars -= len(text)
        if not remaining_chars:
            return


def _creation_date(reader: PdfReader) -> str | None:
    """Return the creation date; an unreadable date does not make the text unreadable."""
    try:
        created = reader.metadata.creation_date if reader.metadata else None
    except (PyPdfError, ValueError, TypeError, AttributeError):
        return None
    if created is None:
        return None
    return (created if created.tzinfo else created.replace(tzinfo=UTC)).isoformat()
