"""A Draft: what a reader of one format found in a document, before it becomes an Item."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """The parts of a document as its format gives them; the title may still be inside the body."""

    paragraphs: tuple[str, ...]
    title: str | None = None
    published: datetime | None = None
    source: str | None = None
    url: str | None = None
    language: str | None = None
    author: str | None = None
    tags: tuple[str, ...] = ()
