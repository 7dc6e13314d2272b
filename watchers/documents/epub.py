"""Read a book in the EPUB format as a draft: its chapters in reading order.

Specification: EPUB 3.3, Open Container Format and package document.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from datetime import datetime
from typing import Final
from urllib.parse import unquote

from lxml import etree

from watchers.documents.archive import DocumentArchive, element_text
from watchers.errors import UnreadableDocument
from watchers.text.dates import parse_date
from watchers.text.decode import decode
from watchers.text.front_matter import DocumentDraft
from watchers.text.html import fragment_paragraphs

MAX_CHAPTERS: Final = 500
"""Chapters that are read from one book."""

MAX_TEXT_CHARS: Final = 5_000_000
"""Characters that are read from one book."""

_CONTAINER_PART: Final = "META-INF/container.xml"
_ENCRYPTION_PART: Final = "META-INF/encryption.xml"
# Fonts may be obfuscated in a book without copy protection.
_FONT_ALGORITHMS: Final = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")
_CHAPTER_TYPES: Final = frozenset({"application/xhtml+xml", "text/html"})


def read_epub(data: bytes, *, now: datetime) -> DocumentDraft:
    """Return the text of a book with its title, author, language and date.

    Raises:
        UnreadableDocument: the book is copy-protected, damaged, or unpacks to too much text.
    """
    archive = DocumentArchive(data, ".epub")
    if _ENCRYPTION_PART in archive:
        _refuse_protected(archive.read_xml(_ENCRYPTION_PART))
    container = archive.read_xml(_CONTAINER_PART)
    package_name = next(
        (name for element in container.iter("{*}rootfile") if (name := element.get("full-path"))),
        None,
    )
    if package_name is None:
        raise UnreadableDocument("it is not a complete .epub file: it names no package")
    package = archive.read_xml(package_name)
    date = element_text(package, "date")
    return DocumentDraft(
        paragraphs=tuple(_paragraphs(archive, package, posixpath.dirname(package_name))),
        title=element_text(package, "title"),
        author=element_text(package, "creator"),
        language=element_text(package, "language"),
        published=parse_date(date, now=now) if date else None,
    )


def _refuse_protected(encryption: etree._Element) -> None:
    for method in encryption.iter("{*}EncryptionMethod"):
        if method.get("Algorithm") not in _FONT_ALGORITHMS:
            raise UnreadableDocument("it is copy-protected; save a copy without protection")


def _paragraphs(archive: DocumentArchive, package: etree._Element, folder: str) -> Iterator[str]:
    remaining_chars = MAX_TEXT_CHARS
    for name in _chapter_names(package, folder):
        if name not in archive:
            continue
        for paragraph in fragment_paragraphs(decode(archive.read(name))):
            remaining_chars -= len(paragraph)
            if remaining_chars < 0:
                return
            yield paragraph


def _chapter_names(package: etree._Element, folder: str) -> list[str]:
    """Return the names of the chapters in the archive, each once, in reading order."""
    manifest = {
        item.get("id"): item.get("href", "")
        for item in package.iter("{*}item")
        if item.get("media-type") in _CHAPTER_TYPES and "nav" not in item.get("properties", "")
    }
    names = [
        posixpath.normpath(posixpath.join(folder, unquote(manifest[reference.get("idref")])))
        for reference in package.iter("{*}itemref")
        if reference.get("idref") in manifest
    ]
    return list(dict.fromkeys(names))[:MAX_CHAPTERS]
