"""Read plain text as a draft, with its front matter and its labelled first lines."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import regex

from watchers.text.clean import clean_text, split_paragraphs
from watchers.text.dates import parse_date


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentDraft:
    """The parts of a document as its format gives them, before it becomes an item.

    Without a ``title``, the title is still the first of the ``paragraphs``.
    """

    paragraphs: tuple[str, ...]
    title: str | None = None
    published: datetime | None = None
    source: str | None = None
    url: str | None = None
    language: str | None = None
    author: str | None = None
    tags: tuple[str, ...] = ()


# ── Labelled first lines ("Date: …", "By …") and front matter ─────────────────────────────────────

_LABELLED_LINE: Final = regex.compile(
    r"(title|date|published|posted|updated|author|by|source|publisher|url|link|language|lang|tags|keywords)"
    r"(?: on| at)?\s*[:：]\s*(\S.*)",
    regex.IGNORECASE,
)
_BYLINE: Final = regex.compile(r"By (\p{Lu}[\p{L}'’.-]*(?:,? (?:and )?\p{Lu}[\p{L}'’.-]*){1,8})")
_FRONT_MATTER_LINE: Final = regex.compile(r"\s*(?:[\w-][\w .-]{0,40}:(?:\s.*)?|#.*|- .*)?|[ \t].*")
_MAX_FRONT_MATTER_LINES: Final = 40
_MAX_LABELLED_LINES: Final = 10
_MAX_LINE_CHARS: Final = 300
_MAX_BYLINE_CHARS: Final = 80
# A longer value is a sentence, not the name of an author or publisher.
_MAX_NAME_WORDS: Final = 8


def read_plain(text: str, *, now: datetime) -> DocumentDraft:
    """Return the content of a plain text with its labelled first lines ("Date: …")."""
    front_matter, body = split_front_matter(clean_text(text))
    return read_labels(
        DocumentDraft(paragraphs=tuple(split_paragraphs(body))), front_matter, now=now
    )


def split_front_matter(text: str) -> tuple[list[str], str]:
    """Return the ``key: value`` lines between two ``---`` lines at the top, and the other text."""
    lines = text.lstrip("\n").split("\n")
    if lines[0].strip() != "---":
        return [], text
    for number, line in enumerate(lines[1 : _MAX_FRONT_MATTER_LINES + 1], start=1):
        if line.strip() in {"---", "..."}:
            return lines[1:number], "\n".join(lines[number + 1 :])
        if not _FRONT_MATTER_LINE.fullmatch(line):
            # Ordinary text between two horizontal rules.
            break
    return [], text


def read_labels(draft: DocumentDraft, front_matter: list[str], *, now: datetime) -> DocumentDraft:
    """Return ``draft`` with the values of its labelled first lines, which leave the body.

    Values from the format itself (a title element, a meta date) come before labels.
    """
    for line in front_matter:
        draft = _apply_line(draft, line, now=now) or draft
    body = list(draft.paragraphs)
    for _ in range(_MAX_LABELLED_LINES):
        # Most documents begin with the title, and the byline or date follows it.
        for position in range(min(2, len(body))):
            updated_draft = _apply_line(draft, body[position], now=now)
            if updated_draft is not None:
                draft = updated_draft
                del body[position]
                break
        else:
            break
    return replace(draft, paragraphs=tuple(body))


def _apply_line(draft: DocumentDraft, line: str, *, now: datetime) -> DocumentDraft | None:
    """Return ``draft`` with the labelled value of ``line``, or None if the line has no label."""
    if len(line) > _MAX_LINE_CHARS:
        return None
    label = _LABELLED_LINE.fullmatch(line.strip())
    if label:
        value = _without_quotes(label[2].strip())
        return _apply_label(draft, label[1].lower(), value, now=now)
    byline = _BYLINE.fullmatch(line) if len(line) <= _MAX_BYLINE_CHARS else None
    if byline:
        return replace(draft, author=draft.author or byline[1])
    published = parse_date(line, now=now)
    if published:
        return replace(draft, published=draft.published or published)
    return None


def _without_quotes(value: str) -> str:
    quote = value[:1]
    is_quoted = quote in {'"', "'"} and value.endswith(quote) and value.count(quote) == 2  # noqa: PLR2004 - a pair
    return value[1:-1].strip() if is_quoted else value


def _apply_label(  # noqa: PLR0911 - one return per label
    draft: DocumentDraft, label: str, value: str, *, now: datetime
) -> DocumentDraft | None:
    match label:
        case "title":
            return replace(draft, title=draft.title or value)
        case "date" | "published" | "posted" | "updated":
            published = parse_date(value, now=now)
            if not published:
                return None
            return replace(draft, published=draft.published or published)
        case "author" | "by" | "source" | "publisher" if len(value.split()) > _MAX_NAME_WORDS:
            return None
        case "author" | "by":
            return replace(draft, author=draft.author or value)
        case "source" | "publisher" | "url" | "link":
            if value.startswith(("http://", "https://")):
                return replace(draft, url=draft.url or value)
            return replace(draft, source=draft.source or value) if label != "link" else None
        case "language" | "lang":
            return replace(draft, language=draft.language or value)
        case _:
            tags = (tag.strip(" []\"'") for tag in regex.split(r"[,;]", value))
            return replace(draft, tags=draft.tags or tuple(tag for tag in tags if tag))
