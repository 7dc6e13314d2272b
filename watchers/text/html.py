"""HTML to a Draft: title, date, author, language and the paragraphs a person reads."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from selectolax.lexbor import LexborHTMLParser, LexborNode

from watchers.text.clean import clean_line, clean_text
from watchers.text.dates import parse_date
from watchers.text.draft import Draft

_NOT_THE_STORY: Final = (
    "script, style, noscript, template, svg, nav, footer, aside, form, iframe, button, figcaption, "
    "[hidden], [aria-hidden=true], [role=navigation], [role=complementary]"
)
_BLOCKS: Final = (
    "address, article, blockquote, dd, div, dl, dt, figure, h1, h2, h3, h4, h5, h6, header, hr, li, "
    "main, ol, p, pre, section, table, td, th, tr, ul, br"
)
_BREAK: Final = "\ue000"  # private use: tells an element's border from a line break in the source
_ENOUGH: Final = 200  # characters that make an <article> worth more than the whole <body>


def read_html(markup: str, *, now: datetime) -> Draft:
    """What a page says. Never raises: any text is a page to a browser, and so it is here."""
    page = LexborHTMLParser(clean_text(markup))
    title = _title(page)
    published = _published(page, now=now)
    draft_author = _meta(page, "author", "article:author")
    root_element = page.css_first("html")
    language = root_element.attributes.get("lang") if root_element is not None else None
    found = _story(page)
    if title and found and clean_line(found[0]) == title:
        del found[0]
    return Draft(
        paragraphs=tuple(found),
        title=title or None,
        published=published,
        source=_meta(page, "og:site_name"),
        url=_address(page),
        language=language or None,
        author=draft_author,
    )


def fragment_paragraphs(markup: str) -> list[str]:
    """The paragraphs in a piece of HTML without a head, such as a feed carries."""
    page = LexborHTMLParser(clean_text(markup))
    for node in page.css(_NOT_THE_STORY):
        node.decompose()
    for node in page.css(_BLOCKS):
        node.insert_before(_BREAK)
        node.insert_after(_BREAK)
    return _paragraphs(page.body) if page.body is not None else []


def _title(page: LexborHTMLParser) -> str:
    headings = page.css("h1")
    candidates = (
        _meta(page, "og:title"),
        headings[0].text(deep=True) if len(headings) == 1 else None,
        *(node.text(deep=True) for node in page.css("title")[:1]),
    )
    return next((line for line in map(clean_line, filter(None, candidates)) if line), "")


def _published(page: LexborHTMLParser, *, now: datetime) -> datetime | None:
    declared = _meta(page, "article:published_time", "datePublished", "date", "dc.date", "pubdate")
    times = [node.attributes.get("datetime") for node in page.css("time[datetime]")[:1]]
    for text in (declared, *times):
        moment = parse_date(text, now=now) if text else None
        if moment:
            return moment
    return None


def _meta(page: LexborHTMLParser, *names: str) -> str | None:
    for name in names:
        for attribute in ("property", "name", "itemprop"):
            node = page.css_first(f'meta[{attribute}="{name}"]')
            content = clean_line(node.attributes.get("content") or "") if node is not None else ""
            if content:
                return content
    return None


def _address(page: LexborHTMLParser) -> str | None:
    node = page.css_first('link[rel="canonical"]')
    address = (node.attributes.get("href") or "").strip() if node is not None else ""
    return address if address.startswith(("http://", "https://")) else None


def _story(page: LexborHTMLParser) -> list[str]:
    for node in page.css(_NOT_THE_STORY):
        node.decompose()
    for node in page.css(_BLOCKS):
        node.insert_before(_BREAK)
        node.insert_after(_BREAK)
    for selector in ("article", "main"):
        found = [line for node in _outermost(page.css(selector)) for line in _paragraphs(node)]
        if sum(map(len, found)) >= _ENOUGH:
            return found
    return _paragraphs(page.body) if page.body is not None else []


def _outermost(nodes: list[LexborNode]) -> Iterator[LexborNode]:
    """Those of ``nodes``, all of one tag and in the order of the page, that are in no other one."""
    inside: set[int] = set()
    for node in nodes:
        if node.mem_id not in inside:
            inside.update(inner.mem_id for inner in node.css(node.tag or "*"))
            yield node


def _paragraphs(node: LexborNode) -> list[str]:
    lines = map(clean_line, node.text(deep=True).split(_BREAK))
    return [line for line in lines if line]
