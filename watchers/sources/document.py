"""Read one document as an item.

    bytes ─ decode ─► text ─ reader of the format ─► DocumentDraft ─ boilerplate, title ─► Item

A document has no address and often no title: its first heading or sentence becomes the title. Its date
is the stated one, or else the date of the file.

The parser of a format is imported when the first document of that format is read: a process that reads
only plain text neither waits for the others nor keeps them in memory.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import PurePath
from typing import Final

from watchers.errors import EmptyDocument, OversizedDocument, UnreadableDocument
from watchers.item import Item, content_digest
from watchers.text.boilerplate import remove_boilerplate
from watchers.text.clean import SENTENCE_ENDINGS, clean_line, clean_text, split_sentences, truncate
from watchers.text.decode import decode
from watchers.text.front_matter import DocumentDraft, read_labels, read_plain, split_front_matter
from watchers.text.language import primary_tag, resolve_language

_KEY_PREFIX: Final = "doc-"


def read_markdown(text: str, *, now: datetime) -> DocumentDraft:
    """Return the content of a Markdown document, with its front matter and labelled first lines.

    Markdown is rendered as HTML first, so that one set of rules defines a paragraph.
    """
    from markdown_it import MarkdownIt

    front_matter, body = split_front_matter(clean_text(text))
    rendered = MarkdownIt("commonmark").render(body)
    draft = replace(_read_html(rendered, now=now), language=None)
    return read_labels(draft, front_matter, now=now)


def _read_html(text: str, *, now: datetime) -> DocumentDraft:
    from watchers.text.html import read_html

    return read_html(text, now=now)


MAX_DOCUMENT_BYTES: Final = 10_000_000
"""Size limit of a document. A larger one is reported and not read."""

_TEXT_READERS: Final[dict[str, Callable[..., DocumentDraft]]] = {
    ".txt": read_plain,
    ".text": read_plain,
    ".md": read_markdown,
    ".markdown": read_markdown,
    ".html": _read_html,
    ".htm": _read_html,
    ".xhtml": _read_html,
}
HTML_SUFFIXES: Final = frozenset({".html", ".htm", ".xhtml", ".md", ".markdown"})
"""File name suffixes of the formats that are parsed as HTML."""

BINARY_SUFFIXES: Final = frozenset({".pdf", ".docx", ".odt", ".rtf", ".eml", ".epub"})
"""File name suffixes of the formats whose readers receive bytes. They are read in a subprocess."""

DOCUMENT_SUFFIXES: Final = BINARY_SUFFIXES | frozenset(_TEXT_READERS)
"""File name suffixes of the supported formats."""

MAX_MAIL_DEPTH: Final = 3
"""Saved mails inside each other: an attached mail may have attachments of its own."""

_LANGUAGE_TAG: Final = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,4}")
# The language is detected from this many characters of the text.
_LANGUAGE_SAMPLE_CHARS: Final = 1_000
# A longer first line is a paragraph, not a heading.
_MAX_HEADING_CHARS: Final = 160
_MAX_TITLE_CHARS: Final = 240


def read_document(
    data: bytes, name: str, *, now: datetime, fallback_date: datetime | None = None
) -> Item:
    """Return the item of the document ``name``, whose suffix gives the format.

    The key is made of the words. Dates after ``now`` are not believed; ``fallback_date`` is used for a
    document without a date.

    Raises:
        DocumentError: the document is empty, binary, broken or larger than ``MAX_BYTES``.
    """
    return draft_to_item(read_draft(data, name, now=now), name, fallback_date=fallback_date)


def read_draft(data: bytes, name: str, *, now: datetime, mail_depth: int = 0) -> DocumentDraft:
    """Return the parts of a document before its title is determined. Raises as `read_document`.

    ``mail_depth`` is the number of saved mails around the document.
    """
    if len(data) > MAX_DOCUMENT_BYTES:
        raise OversizedDocument(len(data), MAX_DOCUMENT_BYTES)
    if not data.strip():
        raise EmptyDocument("it is empty")
    suffix = PurePath(name).suffix.lower()
    if suffix in BINARY_SUFFIXES:
        return _read_binary(data, suffix, now=now, mail_depth=mail_depth)
    reader = _TEXT_READERS.get(suffix)
    if reader is None:
        formats = " ".join(sorted(DOCUMENT_SUFFIXES))
        raise UnreadableDocument(
            f"the format “{suffix or 'no suffix'}” is not supported; use one of {formats}"
        )
    return reader(decode(data), now=now)


def _read_binary(data: bytes, suffix: str, *, now: datetime, mail_depth: int) -> DocumentDraft:
    if suffix == ".pdf":
        from watchers.text.pdf import read_pdf

        return read_pdf(data, now=now)
    if suffix == ".docx":
        from watchers.documents.word import read_docx

        return read_docx(data, now=now)
    if suffix == ".odt":
        from watchers.documents.open_document import read_odt

        return read_odt(data, now=now)
    if suffix == ".rtf":
        from watchers.documents.rich_text import read_rtf

        return read_rtf(data, now=now)
    if suffix == ".epub":
        from watchers.documents.epub import read_epub

        return read_epub(data, now=now)
    from watchers.documents.mail import read_eml

    def read_attachment(attached: bytes, name: str) -> DocumentDraft:
        if mail_depth >= MAX_MAIL_DEPTH:
            raise UnreadableDocument(
                f"not read: more than {MAX_MAIL_DEPTH} mails inside each other"
            )
        return read_draft(attached, name, now=now, mail_depth=mail_depth + 1)

    return read_eml(data, now=now, read_attachment=read_attachment)


def draft_to_item(
    draft: DocumentDraft, name: str, *, fallback_date: datetime | None = None
) -> Item:
    """Return the item of a draft, without boilerplate.

    Raises:
        EmptyDocument: no text remains.
    """
    title, body = _find_title(
        draft.title, remove_boilerplate(list(draft.paragraphs)), draft.language
    )
    if not title:
        raise EmptyDocument("the document has no text")
    text = "\n\n".join(body)
    return Item(
        key=document_key(content_digest(title, "", text)),
        title=title,
        url=draft.url,
        source=clean_line(draft.source or name),
        published=draft.published or fallback_date,
        text=text,
        language=_document_language(
            draft.language or "", f"{title} {text[:_LANGUAGE_SAMPLE_CHARS]}"
        ),
        author=clean_line(draft.author) if draft.author else None,
        tags=tuple(map(clean_line, draft.tags)),
    )


def document_key(digest: str) -> str:
    """Return the key of the document whose words first had this digest."""
    return f"{_KEY_PREFIX}{digest}"


def initial_digest(key: str) -> str:
    """Return the digest from which `document_key` made ``key``."""
    return key.removeprefix(_KEY_PREFIX)


def with_key(item: Item, key: str) -> Item:
    """Return ``item`` with another key."""
    return item if item.key == key else replace(item, key=key)


def _document_language(declared: str, text: str) -> str | None:
    """Return the declared language with its region if the text confirms it, else the detected one."""
    tag = _language_tag(declared)
    language = resolve_language(tag, text)
    return tag if tag and language == primary_tag(tag) else language


def _language_tag(text: str) -> str | None:
    """Return ``text`` if it is a tag such as "en" or "pt-BR", which some pages spell "pt_br"."""
    tag = text.strip().replace("_", "-")
    return tag if _LANGUAGE_TAG.fullmatch(tag) else None


def _find_title(title: str | None, body: list[str], language: str | None) -> tuple[str, list[str]]:
    """Return the title, and the paragraphs without it."""
    if title:
        line = clean_line(title)
        return truncate(line, _MAX_TITLE_CHARS), body[1:] if body and body[0] == line else body
    if not body:
        return "", body
    first_paragraph, other_paragraphs = body[0], body[1:]
    if len(first_paragraph) <= _MAX_HEADING_CHARS and not first_paragraph.endswith(
        SENTENCE_ENDINGS
    ):
        return first_paragraph, other_paragraphs
    first_sentence, *others = split_sentences(first_paragraph, language) or [first_paragraph]
    if len(first_sentence) > _MAX_TITLE_CHARS:
        # A truncated title loses words, so the text keeps the whole sentence.
        return truncate(first_sentence, _MAX_TITLE_CHARS), body
    return first_sentence, [" ".join(others), *other_paragraphs] if others else other_paragraphs
