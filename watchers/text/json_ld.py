"""Read the metadata of an article from JSON-LD (schema.org), which pages provide for search engines."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Final

from selectolax.lexbor import LexborHTMLParser

_MAX_SCRIPTS: Final = 20
_MAX_NODES: Final = 500
_MAX_SCRIPT_CHARS: Final = 500_000
_MAX_PARTS: Final = 20
_MAX_NUMBER_DIGITS: Final = 7
# The endings of the schema.org types of an article, such as NewsArticle.
_ARTICLE_TYPES: Final = (
    "article",
    "blogposting",
    "report",
    "posting",
    "scholarlyarticle",
    "newsitem",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedData:
    """The JSON-LD metadata of the article on a page; ``None`` for missing values.

    Attributes:
        is_free: everyone may read the article (isAccessibleForFree).
        word_count: the words of the whole article (wordCount).
        published: the date as written (datePublished).
    """

    is_free: bool | None = None
    word_count: int | None = None
    published: str | None = None


def read_linked_data(page: LexborHTMLParser) -> LinkedData:
    """Return the metadata in the scripts of ``page``. Invalid scripts are ignored."""
    is_free, word_count, published = None, None, None
    for node in islice(_top_level_nodes(page), _MAX_NODES):
        if not _is_article(node):
            continue
        if is_free is None:
            is_free = _is_free(node)
        if word_count is None:
            word_count = _to_number(node.get("wordCount"))
        if published is None and isinstance(node.get("datePublished"), str):
            published = str(node["datePublished"])
    return LinkedData(is_free=is_free, word_count=word_count, published=published)


def _top_level_nodes(page: LexborHTMLParser) -> Iterator[Mapping[str, object]]:
    """Yield the nodes at the top: deeper nodes describe other articles, which are only linked."""
    for script in page.css('script[type="application/ld+json"]')[:_MAX_SCRIPTS]:
        text = script.text(deep=True)
        try:
            data = json.loads(text) if len(text) <= _MAX_SCRIPT_CHARS else None
        except (ValueError, RecursionError):
            continue
        for node in data if isinstance(data, list) else [data]:
            if isinstance(node, dict):
                yield node
                graph = node.get("@graph")
                children = graph if isinstance(graph, list) else [node.get("mainEntity")]
                yield from (child for child in children if isinstance(child, dict))


def _is_article(node: Mapping[str, object]) -> bool:
    types = node.get("@type")
    names = types if isinstance(types, list) else [types]
    return any(str(name).lower().endswith(_ARTICLE_TYPES) for name in names)


def _is_free(node: Mapping[str, object]) -> bool | None:
    has_part = node.get("hasPart")
    parts = has_part if isinstance(has_part, list) else [has_part]
    for part in (node, *(part for part in parts[:_MAX_PARTS] if isinstance(part, dict))):
        # The value may be a boolean, a word, or an address such as "http://schema.org/False".
        value = str(part.get("isAccessibleForFree", "")).lower().rpartition("/")[2]
        if value in {"true", "false"}:
            return value == "true"
    return None


def _to_number(value: object) -> int | None:
    text = str(value)
    is_number = text.isascii() and text.isdigit() and len(text) <= _MAX_NUMBER_DIGITS
    return int(text) if is_number else None
