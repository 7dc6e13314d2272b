"""What a page says of its article in JSON-LD (schema.org), for search engines mostly."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Final

from selectolax.lexbor import LexborHTMLParser

_MOST_SCRIPTS: Final = 20
_MOST_NODES: Final = 500
_LONGEST: Final = 500_000  # characters of one script
_ARTICLES: Final = ("article", "blogposting", "report", "posting", "scholarlyarticle", "newsitem")


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedData:
    """Of the article on a page; ``None`` where nothing is said.

    Attributes:
        is_free: whether anybody may read it (isAccessibleForFree).
        words: how many the whole article has (wordCount).
        published: as written (datePublished).
    """

    is_free: bool | None = None
    words: int | None = None
    published: str | None = None


def read_linked_data(page: LexborHTMLParser) -> LinkedData:
    """What the scripts of ``page`` declare. Broken ones say nothing."""
    is_free, words, published = None, None, None
    for node in islice(_nodes(page), _MOST_NODES):
        if not _is_article(node):
            continue
        if is_free is None:
            is_free = _free(node)
        if words is None:
            words = _number(node.get("wordCount"))
        if published is None and isinstance(node.get("datePublished"), str):
            published = str(node["datePublished"])
    return LinkedData(is_free=is_free, words=words, published=published)


def _nodes(page: LexborHTMLParser) -> Iterator[Mapping[str, object]]:
    """The things described at the top: what lies deeper is another article, listed or linked."""
    for script in page.css('script[type="application/ld+json"]')[:_MOST_SCRIPTS]:
        text = script.text(deep=True)
        try:
            found = json.loads(text) if len(text) <= _LONGEST else None
        except (ValueError, RecursionError):
            continue
        for one in found if isinstance(found, list) else [found]:
            if isinstance(one, dict):
                yield one
                graph = one.get("@graph")
                inner = graph if isinstance(graph, list) else [one.get("mainEntity")]
                yield from (node for node in inner if isinstance(node, dict))


def _is_article(node: Mapping[str, object]) -> bool:
    kinds = node.get("@type")
    names = kinds if isinstance(kinds, list) else [kinds]
    return any(str(name).lower().endswith(_ARTICLES) for name in names)


def _free(node: Mapping[str, object]) -> bool | None:
    parts = node.get("hasPart")
    inner = parts if isinstance(parts, list) else [parts]
    for one in (node, *(part for part in inner[:_MOST_SCRIPTS] if isinstance(part, dict))):
        said = str(one.get("isAccessibleForFree", "")).lower().rpartition("/")[2]
        if said in {"true", "false"}:
            return said == "true"
    return None


def _number(value: object) -> int | None:
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 8 else None  # noqa: PLR2004
