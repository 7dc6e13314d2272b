"""Read an OpenDocument text (.odt) as a draft.

Specification: OASIS OpenDocument 1.3, part 3. Comments and deleted text are ignored.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from lxml import etree

from watchers.documents.archive import DocumentArchive, element_text
from watchers.errors import UnreadableDocument
from watchers.text.clean import clean_line
from watchers.text.dates import parse_date
from watchers.text.front_matter import DocumentDraft

_KIND: Final = ".odt"
_CONTENT_PART: Final = "content.xml"
_META_PART: Final = "meta.xml"
_MANIFEST_PART: Final = "META-INF/manifest.xml"
_PARAGRAPH_TAGS: Final = frozenset({"p", "h"})
# Deleted text, comments, and the fields of a form.
_EXCLUDED_TAGS: Final = frozenset(
    {"tracked-changes", "annotation", "annotation-end", "forms", "sequence-decls", "note-citation"}
)
_NOTE_TAG: Final = "note"
_SPACE_TAGS: Final = frozenset({"s", "tab", "line-break"})


def read_odt(data: bytes, *, now: datetime) -> DocumentDraft:
    """Return the text of an OpenDocument text with its title, author and date.

    Raises:
        UnreadableDocument: the document is locked, damaged, or unpacks to too much text.
    """
    archive = DocumentArchive(data, _KIND)
    if _MANIFEST_PART in archive:
        manifest = archive.read_xml(_MANIFEST_PART)
        if next(manifest.iter("{*}encryption-data"), None) is not None:
            raise UnreadableDocument("it is locked with a password; save an unlocked copy")
    content = archive.read_xml(_CONTENT_PART)
    meta = archive.read_xml(_META_PART) if _META_PART in archive else None
    created = element_text(meta, "creation-date", "date")
    return DocumentDraft(
        paragraphs=tuple(_paragraphs(content)),
        title=element_text(meta, "title"),
        author=element_text(meta, "initial-creator", "creator"),
        language=element_text(meta, "language"),
        published=parse_date(created, now=now) if created else None,
    )


def _paragraphs(root: etree._Element) -> Iterator[str]:
    """Yield the paragraphs in document order. A note follows its reference in brackets."""
    parts: list[str] = []
    depth = 0
    walker = etree.iterwalk(root, events=("start", "end"))
    for event, element in walker:
        name = etree.QName(element).localname
        is_paragraph = name in _PARAGRAPH_TAGS
        if event == "start":
            if name in _EXCLUDED_TAGS:
                walker.skip_subtree()
                continue
            depth += is_paragraph
            parts += _opening_text(element, name, is_inside=depth > 0)
            continue
        depth -= is_paragraph
        if is_paragraph and not depth:
            if line := clean_line("".join(parts)):
                yield line
            parts.clear()
        elif depth:
            parts.append((")" if name == _NOTE_TAG else "") + (element.tail or ""))


def _opening_text(element: etree._Element, name: str, *, is_inside: bool) -> Iterator[str]:
    """Yield the text at the start of an element: a bracket for a note, a space for a tab."""
    if name == _NOTE_TAG:
        yield " ("
    elif name in _SPACE_TAGS:
        yield " "
    if is_inside:
        yield element.text or ""
