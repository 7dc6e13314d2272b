"""Read HTML as a draft: title, date, author, language and the readable paragraphs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from selectolax.lexbor import LexborHTMLParser, LexborNode

from watchers.text.clean import clean_line, clean_text
from watchers.text.dates import parse_date
from watchers.text.front_matter import DocumentDraft

# Nodes without text for a reader.
_EXCLUDED_NODES: Final = (
    "script, style, noscript, template, svg, nav, footer, iframe, button, "
    "[hidden], [aria-hidden=true], [role=navigation]"
)
# In a page, these contain teasers and controls; in the entry of a feed, they belong to the article.
_EXCLUDED_PAGE_NODES: Final = f"{_EXCLUDED_NODES}, aside, form, figcaption, [role=complementary]"
_BLOCK_NODES: Final = (
    "address, article, aside, blockquote, dd, div, dl, dt, figcaption, figure, form, h1, h2, h3, h4, "
    "h5, h6, header, hr, li, main, ol, p, pre, section, table, td, th, tr, ul, br"
)
# A private-use character, so that block borders differ from line breaks in the source.
_BLOCK_BORDER: Final = "\ue000"
# An <article> with less text is a teaser, and the whole <body> is read instead.
_MIN_ARTICLE_CHARS: Final = 200


def read_html(markup: str, *, now: datetime) -> DocumentDraft:
    """Return the content of a page. Never raises: like a browser, it accepts any text as a page."""
    page = LexborHTMLParser(clean_text(markup))
    # Reading the paragraphs removes nodes from the page, so the heading and the date come first.
    title = _title(page)
    published = _published(page, now=now)
    author = _meta(page, "author", "article:author")
    root_element = page.css_first("html")
    language = root_element.attributes.get("lang") if root_element is not None else None
    paragraphs = _article_paragraphs(page)
    if title and paragraphs and clean_line(paragraphs[0]) == title:
        del paragraphs[0]
    return DocumentDraft(
        paragraphs=tuple(paragraphs),
        title=title or None,
        published=published,
        source=_meta(page, "og:site_name"),
        url=_canonical_url(page),
        language=language or None,
        author=author,
    )


def fragment_paragraphs(markup: str) -> list[str]:
    """Return the paragraphs of HTML without a head, such as the content of a feed entry."""
    page = LexborHTMLParser(clean_text(markup))
    _mark_blocks(page, _EXCLUDED_NODES)
    return _paragraphs(page.body) if page.body is not None else []


def _title(page: LexborHTMLParser) -> str:
    headings = page.css("h1")
    candidates = (
        _meta(page, "og:title"),
        # With several headings, none of them is the title of the page.
        headings[0].text(deep=True) if len(headings) == 1 else None,
        *(node.text(deep=True) for node in page.css("title")[:1]),
    )
    return next((line for line in map(clean_line, filter(None, candidates)) if line), "")


def _published(page: LexborHTMLParser, *, now: datetime) -> datetime | None:
    declared = _meta(page, "article:published_time", "datePublished", "date", "dc.date", "pubdate")
    times = [node.attributes.get("datetime") for node in page.css("time[datetime]")[:1]]
    for text in (declared, *times):
        published = parse_date(text, now=now) if text else None
        if published:
            return published
    return None


def _meta(page: LexborHTMLParser, *names: str) -> str | None:
    for name in names:
        for attribute in ("property", "name", "itemprop"):
            node = page.css_first(f'meta[{attribute}="{name}"]')
            content = clean_line(node.attributes.get("content") or "") if node is not None else ""
            if content:
                return content
    return None


def _canonical_url(page: LexborHTMLParser) -> str | None:
    node = page.css_first('link[rel="canonical"]')
    address = (node.attributes.get("href") or "").strip() if node is not None else ""
    return address if address.startswith(("http://", "https://")) else None


def _article_paragraphs(page: LexborHTMLParser) -> list[str]:
    _mark_blocks(page, _EXCLUDED_PAGE_NODES)
    for selector in ("article", "main"):
        paragraphs = [line for node in _outermost(page.css(selector)) for line in _paragraphs(node)]
        if sum(map(len, paragraphs)) >= _MIN_ARTICLE_CHARS:
            return paragraphs
    return _paragraphs(page.body) if page.body is not None else []


def _mark_blocks(page: LexborHTMLParser, excluded: str) -> None:
    """Remove the nodes that ``excluded`` selects, and put a border character around each block."""
    for node in page.css(excluded):
        node.decompose()
    for node in page.css(_BLOCK_NODES):
        node.insert_before(_BLOCK_BORDER)
        node.insert_after(_BLOCK_BORDER)


def _outermost(nodes: list[LexborNode]) -> Iterator[LexborNode]:
    """Yield the nodes that are not inside another one; all have one tag and are in page order."""
    inside: set[int] = set()
    for node in nodes:
        if node.mem_id not in inside:
            inside.update(inner.mem_id for inner in node.css(node.tag or "*"))
            yield node


def _paragraphs(node: LexborNode) -> list[str]:
    lines = map(clean_line, node.text(deep=True).split(_BLOCK_BORDER))
    return [line for line in lines if line]
