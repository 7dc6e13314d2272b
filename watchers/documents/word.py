"""Read a Word document (.docx) as a draft, with mammoth.

Macros, images, comments and deleted text are ignored.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from io import BytesIO
from typing import Final

import mammoth

from watchers.documents.archive import DocumentArchive, element_text
from watchers.errors import UnreadableDocument
from watchers.text.dates import parse_date
from watchers.text.front_matter import DocumentDraft
from watchers.text.html import read_html

_KIND: Final = ".docx"
# A DOCTYPE declares entities, which can expand a short text to gigabytes.
_DOCTYPE_MARKS: Final = tuple(
    "<!DOCTYPE".encode(name) for name in ("ascii", "utf-16-le", "utf-16-be")
)
_DOCUMENT_PART: Final = "word/document.xml"
_PROPERTIES_PART: Final = "docProps/core.xml"
# Word writes these titles when the author states none.
_PLACEHOLDER_TITLES: Final = frozenset({"word document", "document", "untitled"})
# A heading of Word's style "Title" is the title of the document.
_STYLE_MAP: Final = "p[style-name='Title'] => h1:fresh\np[style-name='Heading 1'] => h2:fresh"


def read_docx(data: bytes, *, now: datetime) -> DocumentDraft:
    """Return the text of a Word document with its title, author and date.

    Raises:
        UnreadableDocument: the document is locked, damaged, or unpacks to too much text.
    """
    archive = DocumentArchive(data, _KIND)
    _check_parts(archive)
    properties = archive.read_xml(_PROPERTIES_PART) if _PROPERTIES_PART in archive else None
    try:
        converted = mammoth.convert_to_html(
            BytesIO(data),
            convert_image=mammoth.images.img_element(_without_image),
            style_map=_STYLE_MAP,
        )
    except (MemoryError, RecursionError):
        raise
    except Exception as error:
        # mammoth states no errors of its own: a damaged document raises errors of any type.
        raise UnreadableDocument("it is damaged: its text cannot be read") from error
    draft = read_html(str(converted.value), now=now)
    title = element_text(properties, "title")
    if title and title.lower() in _PLACEHOLDER_TITLES:
        title = None
    created = element_text(properties, "created", "modified")
    return replace(
        draft,
        title=draft.title or title,
        author=element_text(properties, "creator"),
        language=element_text(properties, "language"),
        published=parse_date(created, now=now) if created else None,
    )


def _check_parts(archive: DocumentArchive) -> None:
    """Read all XML parts within the limits: mammoth reads them without limits, and expands entities."""
    for name in dict.fromkeys((_DOCUMENT_PART, *archive.xml_names())):
        content = archive.read(name)
        if any(mark in content for mark in _DOCTYPE_MARKS):
            raise UnreadableDocument("it is damaged: no Word document contains a DOCTYPE")


def _without_image(_image: object) -> Mapping[str, str]:
    return {}
