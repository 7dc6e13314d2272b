"""The labelled lines a document may open with ("Date: …", "By …"), and YAML-like front matter."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Final

import regex

from watchers.text.dates import parse_date
from watchers.text.draft import Draft

_LABELLED: Final = regex.compile(
    r"(title|date|published|posted|updated|author|by|source|publisher|url|link|language|lang|tags|keywords)"
    r"(?: on| at)?\s*[:：]\s*(\S.*)",
    regex.IGNORECASE,
)
_BYLINE: Final = regex.compile(r"By (\p{Lu}[\p{L}'’.-]*(?:,? (?:and )?\p{Lu}[\p{L}'’.-]*){1,8})")
_ENTRY: Final = regex.compile(
    r"\s*(?:[\w-][\w .-]{0,40}:(?:\s.*)?|#.*|- .*)?|[ \t].*"
)  # of front matter
_MOST_LINES: Final = 10
_LONGEST_LINE: Final = 300  # characters
_LONGEST_BYLINE: Final = 80
_MOST_WORDS: Final = 8  # in the name of an author or a publisher; more are a sentence


def split_front_matter(text: str) -> tuple[list[str], str]:
    """The ``key: value`` lines between two ``---`` at the top of ``text``, and the rest."""
    lines = text.lstrip("\n").split("\n")
    if lines[0].strip() != "---":
        return [], text
    for number, line in enumerate(lines[1:41], start=1):
        if line.strip() in {"---", "..."}:
            return lines[1:number], "\n".join(lines[number + 1 :])
        if not _ENTRY.fullmatch(line):
            break  # a story between two rules
    return [], text


def read_head(draft: Draft, front_matter: list[str], *, now: datetime) -> Draft:
    """``draft`` with what its labelled first lines say; those lines leave the body.

    What the format itself said (a title element, a meta date) wins over a label.
    """
    for line in front_matter:
        draft = _take(draft, line, now=now) or draft
    body = list(draft.paragraphs)
    for _ in range(_MOST_LINES):
        # The title comes first in most documents, and the byline or date under it.
        for place in range(min(2, len(body))):
            taken = _take(draft, body[place], now=now)
            if taken is not None:
                draft = taken
                del body[place]
                break
        else:
            break
    return replace(draft, paragraphs=tuple(body))


def _take(draft: Draft, line: str, *, now: datetime) -> Draft | None:
    """``draft`` with what ``line`` labels, or ``None`` if the line is part of the story."""
    if len(line) > _LONGEST_LINE:
        return None
    labelled = _LABELLED.fullmatch(line.strip())
    if labelled:
        value = _unquoted(labelled[2].strip())
        return _labelled(draft, labelled[1].lower(), value, now=now)
    byline = _BYLINE.fullmatch(line) if len(line) <= _LONGEST_BYLINE else None
    if byline:
        return replace(draft, author=draft.author or byline[1])
    moment = parse_date(line, now=now)
    if moment:
        return replace(draft, published=draft.published or moment)
    return None


def _unquoted(value: str) -> str:
    quoted = value[:1] in {'"', "'"} and value.endswith(value[:1]) and value.count(value[:1]) == 2  # noqa: PLR2004 - a pair
    return value[1:-1].strip() if quoted else value


def _labelled(draft: Draft, label: str, value: str, *, now: datetime) -> Draft | None:  # noqa: PLR0911 - one return a label reads best
    match label:
        case "title":
            return replace(draft, title=draft.title or value)
        case "date" | "published" | "posted" | "updated":
            moment = parse_date(value, now=now)
            return replace(draft, published=draft.published or moment) if moment else None
        case "author" | "by" | "source" | "publisher" if len(value.split()) > _MOST_WORDS:
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
            names = (name.strip(" []\"'") for name in regex.split(r"[,;]", value))
            return replace(draft, tags=draft.tags or tuple(name for name in names if name))
