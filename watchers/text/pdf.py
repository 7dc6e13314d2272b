"""PDF to a Draft, by pypdf. Call it in a process that may be killed: a PDF can be made to take for ever."""

from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO
from typing import Final

from pypdf import PdfReader
from pypdf.errors import PyPdfError

from watchers.errors import UnreadableDocument
from watchers.text.clean import clean_line
from watchers.text.draft import Draft
from watchers.text.plain import read_plain

_MOST_PAGES: Final = 200


def read_pdf(data: bytes, *, now: datetime) -> Draft:
    """What the text layer of a PDF says, its first 200 pages.

    Raises:
        UnreadableDocument: it is encrypted or broken.
    """
    try:
        reader = PdfReader(BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            raise UnreadableDocument("the PDF is locked with a password; save an unlocked copy")
        text = "\n\n".join(page.extract_text() for page in reader.pages[:_MOST_PAGES])
        about = reader.metadata
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UnreadableDocument(f"the PDF is broken ({clean_line(str(error))[:120]})") from error
    draft = read_plain(text, now=now)
    if about is None or draft.published is not None:
        return draft
    created = about.creation_date
    if created is None:
        return draft
    return Draft(
        paragraphs=draft.paragraphs,
        title=draft.title,
        published=created if created.tzinfo else created.replace(tzinfo=UTC),
        author=draft.author,
        language=draft.language,
    )
