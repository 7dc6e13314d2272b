"""Lists of feeds as OPML (opml.org/spec2.opml): reading whatever other readers export, writing 2.0.

    bytes ─ decode ─► listparser ──► feeds: title, folders and categories as tags
                 └──► line by line ─► problems: twice, no web address, another list, broken here

listparser reads as forgivingly as a browser: it expands no entities, asks nobody, and goes on where the
XML breaks. It tells no lines, so they are looked up. Time grows with the nesting: `load_opml` reads in a
process of its own.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import unescape
from typing import Final
from xml.etree import ElementTree as ET

import listparser
from lxml import etree

from watchers.errors import IsolationError, OversizedDocument, UnreadableDocument
from watchers.isolation import Isolation
from watchers.sources.canonical_url import canonical_url, site_of
from watchers.text.clean import clean_line, shorten
from watchers.text.decode import decode

MAX_OPML: Final = 5_000_000
"""Bytes; some 25,000 feeds."""

MOST_TAGS: Final = 20
"""Tags that a feed may have; what is nested deeper helps nobody."""

SECONDS: Final = 20.0
"""That a list may take to be read."""

_MOST_PROBLEMS: Final = 1_000
_LONGEST_LINE: Final = 200  # characters of a title or a tag
_DECLARATION: Final = re.compile(r"\A\s*<\?xml[^>]{0,200}\?>")
_UTF_8: Final = '<?xml version="1.0" encoding="UTF-8"?>'
_OPML: Final = re.compile(r"<(?:opml|outline)\b", re.IGNORECASE)
_ADDRESS: Final = re.compile(r"\bxmlurl\s{0,20}=\s{0,20}(?:\"([^\"]*)\"|'([^']*)')", re.IGNORECASE)
_SEPARATORS: Final = re.compile(r"[,/]")  # they part tags and levels in a category


@dataclass(frozen=True, slots=True)
class ListedFeed:
    """A feed in a list; ``title`` is "" where the list has none, ``tags`` the folders it is in."""

    url: str
    title: str = ""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OpmlProblem:
    """Something that was not taken: ``line`` counts from 1, ``None`` where it is not known."""

    line: int | None
    reason: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}" if self.line else self.reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Opml:
    """What a list says: each feed once, in the order of the list, and what could not be taken."""

    feeds: tuple[ListedFeed, ...]
    problems: tuple[OpmlProblem, ...] = ()


async def load_opml(data: bytes, isolation: Isolation) -> Opml:
    """`read_opml` of a stranger's list.

    Raises:
        DocumentError: as `read_opml`, or it takes too long to read.
    """
    if len(data) > MAX_OPML:
        raise OversizedDocument(len(data), MAX_OPML)
    try:
        return await isolation.run(read_opml, data, seconds=SECONDS)
    except IsolationError as error:
        raise UnreadableDocument(f"the list cannot be read: {error}") from error


def read_opml(data: bytes) -> Opml:
    """The feeds in an OPML list.

    Raises:
        DocumentError: it is no OPML at all, no text, or over `MAX_OPML`.
    """
    if len(data) > MAX_OPML:
        raise OversizedDocument(len(data), MAX_OPML)
    text = _DECLARATION.sub("", decode(data), count=1)
    if not _OPML.search(text):
        raise UnreadableDocument(
            "it is no OPML; export the list of feeds as OPML from a feed reader"
        )
    # The declared encoding was that of the bytes; and as bytes, it is never taken for an address.
    found = listparser.parse((_UTF_8 + text).encode("utf-8", "replace"))
    lines = _Lines(text)
    feeds: dict[str, ListedFeed] = {}
    problems: list[OpmlProblem] = list(_broken(text))
    for outline in found["feeds"]:
        listed = _listed(outline["url"], outline.get("title", ""), outline.get("categories", ()))
        if not site_of(listed.url):
            reason = f"“{_cut(listed.url)}” is no web address"
            problems.append(OpmlProblem(lines.of(listed.url), reason))
        else:
            feeds.setdefault(canonical_url(listed.url), listed)
    problems.extend(lines.odd())
    problems.extend(
        OpmlProblem(None, f"{_cut(other['url'])} is another list, which is not followed")
        for other in found["lists"]
    )
    if len(problems) > _MOST_PROBLEMS:
        more = len(problems) - _MOST_PROBLEMS
        problems = [*problems[:_MOST_PROBLEMS], OpmlProblem(None, f"and {more:,} more")]
    problems.sort(key=lambda problem: problem.line or MAX_OPML)
    return Opml(feeds=tuple(feeds.values()), problems=tuple(problems))


def write_opml(feeds: Iterable[ListedFeed], *, title: str) -> bytes:
    """An OPML 2.0 list. A feed stands in the folder of its first tag; `read_opml` reads all back."""
    root = ET.Element("opml", version="2.0")
    ET.SubElement(ET.SubElement(root, "head"), "title").text = clean_line(title)
    body = ET.SubElement(root, "body")
    folders: dict[tuple[str, ...], ET.Element] = {(): body}
    for feed in feeds:
        tags = tuple(dict.fromkeys(filter(None, map(clean_line, feed.tags))))
        # A category cannot hold a comma or a slash, a folder can.
        plain = not any(map(_SEPARATORS.search, tags[1:]))
        path = tags[:1] if plain else tags
        for depth, name in enumerate(path, start=1):
            if path[:depth] not in folders:
                above = folders[path[: depth - 1]]
                folders[path[:depth]] = ET.SubElement(above, "outline", text=name)
        name = clean_line(feed.title) or feed.url
        entry = ET.SubElement(
            folders[path], "outline", type="rss", text=name, title=name, xmlUrl=feed.url
        )
        if plain and tags[1:]:
            entry.set("category", ",".join(tags[1:]))
    ET.indent(root)
    written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def _listed(url: str, title: str, categories: Iterable[Iterable[str]]) -> ListedFeed:
    url, name = clean_line(url), clean_line(title)
    # Folders come last in what listparser tells; they are what people see first.
    paths = [list(path) for path in categories]
    names = (clean_line(tag) for path in (*paths[-1:], *paths[:-1]) for tag in path)
    tags = dict.fromkeys(_cut(tag) for tag in names if tag)
    return ListedFeed(url, "" if name == url else _cut(name), tuple(tags)[:MOST_TAGS])


def _cut(text: str) -> str:
    return shorten(text, _LONGEST_LINE)


def _broken(text: str) -> Iterator[OpmlProblem]:
    """Where the XML breaks; what comes after it is read all the same, but may be read wrongly."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    try:
        etree.fromstring(text.encode("utf-8", "replace"), parser)
    except etree.XMLSyntaxError as error:
        what = str(error.msg).partition(", line")[0]
        reason = f"the XML is broken here ({what[:100]}); check what follows"
        yield OpmlProblem(error.lineno or None, reason)


class _Lines:
    """On which lines the addresses stand."""

    def __init__(self, text: str) -> None:
        shown = _without_comments(text)
        ends = [found.start() for found in re.finditer("\n", shown)]
        self._found: dict[str, list[tuple[int, str]]] = {}
        for found in _ADDRESS.finditer(shown):
            url = clean_line(unescape(found[1] or found[2] or ""))
            line = bisect.bisect_left(ends, found.start()) + 1
            self._found.setdefault(canonical_url(url), []).append((line, url))

    def of(self, url: str) -> int | None:
        """The first line that names ``url``."""
        found = self._found.get(canonical_url(url))
        return found[0][0] if found else None

    def odd(self) -> Iterator[OpmlProblem]:
        """Feeds without an address, and feeds that are listed again."""
        for address, places in self._found.items():
            if not address:
                yield from (OpmlProblem(line, "a feed without an address") for line, _ in places)
            elif site_of(address):
                first = places[0][0]
                for line, url in places[1:]:
                    yield OpmlProblem(line, f"{_cut(url)} is listed before, on line {first}")


def _without_comments(text: str) -> str:
    """``text`` with its comments blank, line by line the same."""
    kept: list[str] = []
    end = 0
    while (start := text.find("<!--", end)) >= 0:
        kept.append(text[end:start])
        close = text.find("-->", start)
        end = close + 3 if close >= 0 else len(text)
        kept.append("\n" * text.count("\n", start, end))
    return "".join((*kept, text[end:]))
