"""A web page to its article: trafilatura for the text, the page's own metadata for the rest.

    bytes ─ decode ─► markup ─┬─ trafilatura ──► paragraphs, author, description
                              ├─ read_html ────► title, date with its time, language, site
                              └─ its head ─────► canonical, AMP, JSON-LD ──► Wall or none

Pure, and slow on markup that means harm: run it in a process of its own (`watchers.isolation`).
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Final
from urllib.parse import urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser

from watchers.limits import MAX_URL_CHARS
from watchers.text.clean import clean_line, clean_text, shorten
from watchers.text.dates import parse_date
from watchers.text.decode import decode
from watchers.text.draft import Draft
from watchers.text.html import read_html
from watchers.text.linked_data import read_linked_data
from watchers.text.trailers import without_trailers
from watchers.text.walls import Wall, find_wall

if TYPE_CHECKING:
    from trafilatura.metadata import Document

_LONGEST_LEAD: Final = 600
_MOST_SEEN: Final = 200_000  # characters of a page in which a wall is looked for
_UNSEEN: Final = "script, style, template, svg, nav, header, footer, [hidden], [aria-hidden=true]"
_PRINT: Final = re.compile(
    r"/print(?:able)?(?:/|\.\w+|\Z)|[?&](?:print(?:able|er)?(?:_?friendly)?(?:=|&|\Z)"
    r"|(?:view|mode|output|outputtype)=print)",
    re.IGNORECASE,
)
_XML_DECLARATION: Final = re.compile(r"\A\s*<\?xml[^>]{0,200}\?>")
_LOGGERS: Final = ("trafilatura", "htmldate", "courlan", "readability")


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """What a page says.

    Attributes:
        draft: title, paragraphs and the rest, as for any document.
        lead: the page's own description.
        wall: what hides the article, or part of it.
        canonical: the address under which the publisher wants it known, absolute.
        amp: the address of its AMP version.
        is_copy: this page is an AMP or a print version itself.
    """

    draft: Draft
    lead: str = ""
    wall: Wall | None = None
    canonical: str | None = None
    amp: str | None = None
    is_copy: bool = False


def read_article(body: bytes, charset: str | None, url: str, now: datetime) -> Article:
    """The article on the page at ``url``; its paragraphs are empty where there is none.

    Raises:
        BinaryDocument: the bytes are no text.
    """
    markup = _XML_DECLARATION.sub("", clean_text(decode(body, declared=charset)))
    page = LexborHTMLParser(markup)
    declared = read_linked_data(page)
    draft = read_html(markup, now=now)
    found = _extract(markup, url)
    paragraphs = without_trailers(_lines(found.text or "")) if found else []
    paragraphs = paragraphs or without_trailers(list(draft.paragraphs))
    tier = _attribute(page, 'meta[property="article:content_tier"]', "content")
    wall = find_wall(
        "\n".join(paragraphs), _seen(page), declared, host=urlsplit(url).hostname or "", tier=tier
    )
    published = parse_date(declared.published, now=now) if declared.published else None
    guessed = parse_date(found.date, now=now) if found and found.date else None
    return Article(
        draft=replace(
            draft,
            paragraphs=() if wall and wall.hides_all else tuple(paragraphs),
            title=draft.title or (clean_line(found.title) if found and found.title else None),
            author=_author(found) or draft.author,
            published=published or draft.published or guessed,
        ),
        lead=_lead(page, found),
        wall=wall,
        canonical=_link(page, 'link[rel="canonical"]', url),
        amp=_link(page, 'link[rel="amphtml"]', url),
        is_copy=_is_amp(page) or _PRINT.search(url) is not None,
    )


def _extract(markup: str, url: str) -> Document | None:
    # Its 40 MB and 0.4 s are for the process that reads pages, not for every other one.
    from trafilatura import bare_extraction  # noqa: PLC0415

    for name in _LOGGERS:  # they speak of every odd page, on the terminal if nobody listens
        logging.getLogger(name).setLevel(logging.CRITICAL)
    found = bare_extraction(
        markup,
        url=url,
        fast=True,
        favor_precision=True,
        include_comments=False,
        with_metadata=True,
        # Guesses from the body's text would date a page by its copyright line.
        date_extraction_params={"original_date": True, "extensive_search": False},
    )
    return None if isinstance(found, dict) else found


def _lines(text: str) -> list[str]:
    return [line for line in map(clean_line, text.split("\n")) if line]


def _author(found: Document | None) -> str | None:
    # Several names are parted by "; ".
    name = clean_line(found.author.replace("; ", ", ")) if found and found.author else ""
    return name or None


def _lead(page: LexborHTMLParser, found: Document | None) -> str:
    said = found.description if found else None
    said = said or _attribute(page, 'meta[name="description"]', "content")
    return shorten(clean_line(said or ""), _LONGEST_LEAD)


def _seen(page: LexborHTMLParser) -> str:
    """What a reader sees besides the menus. The page is of no use afterwards but for its head."""
    if page.body is None:
        return ""
    for node in page.body.css(_UNSEEN):
        node.decompose()
    return clean_line(page.body.text(deep=True, separator=" ")[:_MOST_SEEN])


def _is_amp(page: LexborHTMLParser) -> bool:
    root = page.css_first("html")
    return root is not None and not {"amp", "⚡"}.isdisjoint(root.attributes)


def _link(page: LexborHTMLParser, selector: str, url: str) -> str | None:
    href = _attribute(page, selector, "href")
    if len(href) > MAX_URL_CHARS:
        return None
    try:
        address = urljoin(url, href) if href else ""
        parts = urlsplit(address)
        is_web = parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        return None
    return address if is_web else None


def _attribute(page: LexborHTMLParser, selector: str, name: str) -> str:
    node = page.css_first(selector)
    return (node.attributes.get(name) or "").strip() if node is not None else ""
