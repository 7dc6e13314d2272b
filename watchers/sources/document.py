"""One document to an Item.

    bytes ─ decode ─► text ─ reader of its format ─► Draft ─ trailers out, title found ─► Item

A document has no address and often no title: its first heading or sentence becomes the title, and
its date is the one it states, else the file's.
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
from watchers.text.clean import clean_line, shorten
from watchers.text.decode import decode
from watchers.text.draft import Draft
from watchers.text.html import read_html
from watchers.text.language import language_of, primary_tag
from watchers.text.markdown import read_markdown
from watchers.text.paragraphs import ENDS_A_SENTENCE
from watchers.text.pdf import read_pdf
from watchers.text.plain import read_plain
from watchers.text.sentences import sentences
from watchers.text.trailers import without_trailers

MAX_BYTES: Final = 10_000_000
"""A larger document is refused, with a word about it."""

_TEXT_READERS: Final[dict[str, Callable[..., Draft]]] = {
    ".txt": read_plain,
    ".text": read_plain,
    ".md": read_markdown,
    ".markdown": read_markdown,
    ".html": read_html,
    ".htm": read_html,
    ".xhtml": read_html,
}
HTML_SUFFIXES: Final = frozenset({".html", ".htm", ".xhtml", ".md", ".markdown"})
"""The kinds that are read as HTML, in the end."""

SUFFIXES: Final = frozenset({*_TEXT_READERS, ".pdf"})
"""The kinds of document that can be read, by the end of their name."""

_LANGUAGE_TAG: Final = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,4}")
_TELLING: Final = 1_000  # characters from which a language is told
_LONGEST_HEADING: Final = 160  # characters; a longer first line is a paragraph
_LONGEST_TITLE: Final = 240


def read_document(
    data: bytes, name: str, *, now: datetime, fallback_date: datetime | None = None
) -> Item:
    """The Item in the document ``name`` (its suffix tells the format), keyed by its words.

    Pure but for the clock in ``now``, which bounds the dates that are believed. ``fallback_date``
    is used where the document states none.

    Raises:
        DocumentError: it is empty, binary, broken or over ``MAX_BYTES``.
    """
    return draft_to_item(read_draft(data, name, now=now), name, fallback_date=fallback_date)


def read_draft(data: bytes, name: str, *, now: datetime) -> Draft:
    """What the document's format says, before a title is looked for. Raises as `read_document`."""
    if len(data) > MAX_BYTES:
        raise OversizedDocument(len(data), MAX_BYTES)
    if not data.strip():
        raise EmptyDocument("it is empty")
    suffix = PurePath(name).suffix.lower()
    if suffix == ".pdf":
        return read_pdf(data, now=now)
    reader = _TEXT_READERS.get(suffix)
    if reader is None:
        kinds = " ".join(sorted(SUFFIXES))
        raise UnreadableDocument(f"“{suffix or 'no suffix'}” is no kind that can be read ({kinds})")
    return reader(decode(data), now=now)


def draft_to_item(draft: Draft, name: str, *, fallback_date: datetime | None = None) -> Item:
    """An Item of what a document says, without the lines that belong to its page.

    Raises:
        EmptyDocument: nothing is left to read.
    """
    title, body = _find_title(draft.title, without_trailers(list(draft.paragraphs)), draft.language)
    if not title:
        raise EmptyDocument("there is no text in it")
    text = "\n\n".join(body)
    return Item(
        key=document_key(content_digest(title, "", text)),
        title=title,
        url=draft.url,
        source=clean_line(draft.source or name),
        published=draft.published or fallback_date,
        text=text,
        language=_language(draft.language or "", f"{title} {text[:_TELLING]}"),
        author=clean_line(draft.author) if draft.author else None,
        tags=tuple(map(clean_line, draft.tags)),
    )


def document_key(digest: str) -> str:
    """The identity a document has from the words it had when it was first seen."""
    return f"doc-{digest}"


def first_words(key: str) -> str:
    """The digest that made this `document_key`."""
    return key.removeprefix("doc-")


def with_key(item: Item, key: str) -> Item:
    """``item`` under the identity it already had."""
    return item if item.key == key else replace(item, key=key)


def _language(declared: str, text: str) -> str | None:
    """The declared language, with its region, where the text bears it out; else the text's own."""
    tag = _language_tag(declared)
    found = language_of(tag, text)
    return tag if tag and found == primary_tag(tag) else found


def _language_tag(text: str) -> str | None:
    """``text`` where it is a tag such as "en" or "pt-BR", which a page may spell "pt_br"."""
    tag = text.strip().replace("_", "-")
    return tag if _LANGUAGE_TAG.fullmatch(tag) else None


def _find_title(title: str | None, body: list[str], language: str | None) -> tuple[str, list[str]]:
    """The title, and the paragraphs that are left when it is taken from them."""
    if title:
        line = clean_line(title)
        return shorten(line, _LONGEST_TITLE), body[1:] if body and body[0] == line else body
    if not body:
        return "", body
    first, rest = body[0], body[1:]
    if len(first) <= _LONGEST_HEADING and not first.endswith(ENDS_A_SENTENCE):
        return first, rest
    opening, *others = sentences(first, language) or [first]
    if len(opening) > _LONGEST_TITLE:
        return shorten(opening, _LONGEST_TITLE), body
    return opening, [" ".join(others), *rest] if others else rest
