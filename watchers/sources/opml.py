"""Read and write lists of feeds as OPML (opml.org/spec2.opml), and read the starter list.

    bytes ─ decode ─► listparser ──► feeds: title, folders and categories as tags
                 └──► line by line ─► problems: duplicates, invalid addresses, other lists, broken XML

listparser is as tolerant as a browser: it expands no entities, sends no requests, and continues after
broken XML. It reports no line numbers, so this module finds them. Parse time grows with the nesting, so
`load_opml` reads in a worker process.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import unescape
from importlib.resources import files
from typing import Final
from xml.etree import ElementTree as ET

import listparser
from lxml import etree

from watchers.errors import OversizedDocument, SandboxError, UnreadableDocument
from watchers.process_pool import SandboxPool
from watchers.sources.canonical_url import canonical_url, site_of
from watchers.text.clean import clean_line, truncate
from watchers.text.decode import decode

MAX_OPML_BYTES: Final = 5_000_000
"""Bytes of a list, enough for about 25,000 feeds."""

MAX_FEED_TAGS: Final = 20
"""Tags per feed; deeper folders are dropped."""

PARSE_TIMEOUT_SECONDS: Final = 20.0
"""Time limit for the worker process that reads a list."""

_MAX_PROBLEMS: Final = 1_000
_MAX_LINE_CHARS: Final = 200
_STARTER_FILE: Final = "starter.opml"
_XML_DECLARATION: Final = re.compile(r"\A\s*<\?xml[^>]{0,200}\?>")
_UTF_8_DECLARATION: Final = '<?xml version="1.0" encoding="UTF-8"?>'
_OPML_ELEMENT: Final = re.compile(r"<(?:opml|outline)\b", re.IGNORECASE)
_FEED_ADDRESS: Final = re.compile(
    r"\bxmlurl\s{0,20}=\s{0,20}(?:\"([^\"]*)\"|'([^']*)')", re.IGNORECASE
)
_CATEGORY_SEPARATORS: Final = re.compile(r"[,/]")


@dataclass(frozen=True, slots=True)
class ListedFeed:
    """A feed in a list; ``title`` is "" if the list has none, ``tags`` are its folders."""

    url: str
    title: str = ""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OpmlProblem:
    """A part of a list that was not imported; ``line`` counts from 1, None if it is unknown."""

    line: int | None
    reason: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}" if self.line else self.reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Opml:
    """The content of a list: each feed once, in the order of the list, and the problems."""

    feeds: tuple[ListedFeed, ...]
    problems: tuple[OpmlProblem, ...] = ()


async def load_opml(data: bytes, sandbox: SandboxPool) -> Opml:
    """Return `read_opml` of an untrusted list.

    Raises:
        DocumentError: as `read_opml`, or reading takes too long.
    """
    if len(data) > MAX_OPML_BYTES:
        raise OversizedDocument(len(data), MAX_OPML_BYTES)
    try:
        return await sandbox.run(read_opml, data, seconds=PARSE_TIMEOUT_SECONDS)
    except SandboxError as error:
        raise UnreadableDocument(f"the list cannot be read: {error}") from error


def read_opml(data: bytes) -> Opml:
    """Return the feeds in an OPML list.

    Raises:
        DocumentError: the data is not OPML, not text, or larger than `MAX_OPML`.
    """
    if len(data) > MAX_OPML_BYTES:
        raise OversizedDocument(len(data), MAX_OPML_BYTES)
    text = _XML_DECLARATION.sub("", decode(data), count=1)
    if not _OPML_ELEMENT.search(text):
        raise UnreadableDocument("it is not an OPML file; export the feeds as OPML and try again")
    # The declared encoding does not apply to the decoded text. listparser receives bytes, because it
    # treats a string as the address of a list to download.
    parsed = listparser.parse((_UTF_8_DECLARATION + text).encode("utf-8", "replace"))
    lines = _AddressLines(text)
    feeds: dict[str, ListedFeed] = {}
    problems: list[OpmlProblem] = list(_xml_problems(text))
    for outline in parsed["feeds"]:
        feed = _listed_feed(outline["url"], outline.get("title", ""), outline.get("categories", ()))
        if not site_of(feed.url):
            reason = f"“{_short(feed.url)}” is not a web address"
            problems.append(OpmlProblem(lines.first_line(feed.url), reason))
        else:
            feeds.setdefault(canonical_url(feed.url), feed)
    problems.extend(lines.problems())
    problems.extend(
        OpmlProblem(None, f"{_short(other['url'])} is another list, which is not imported")
        for other in parsed["lists"]
    )
    if len(problems) > _MAX_PROBLEMS:
        omitted = len(problems) - _MAX_PROBLEMS
        problems = [*problems[:_MAX_PROBLEMS], OpmlProblem(None, f"and {omitted:,} more")]
    # Problems without a line come last: no list has as many lines as it may have bytes.
    problems.sort(key=lambda problem: problem.line or MAX_OPML_BYTES)
    return Opml(feeds=tuple(feeds.values()), problems=tuple(problems))


def write_opml(feeds: Iterable[ListedFeed], *, title: str) -> bytes:
    """Return an OPML 2.0 list with each feed in the folder of its first tag.

    `read_opml` restores all feeds, titles and tags from the list.
    """
    root = ET.Element("opml", version="2.0")
    ET.SubElement(ET.SubElement(root, "head"), "title").text = clean_line(title)
    body = ET.SubElement(root, "body")
    folders: dict[tuple[str, ...], ET.Element] = {(): body}
    for feed in feeds:
        tags = tuple(dict.fromkeys(filter(None, map(clean_line, feed.tags))))
        # A category cannot contain a comma or a slash, so such tags become nested folders.
        fits_category = not any(map(_CATEGORY_SEPARATORS.search, tags[1:]))
        path = tags[:1] if fits_category else tags
        for depth, name in enumerate(path, start=1):
            if path[:depth] not in folders:
                parent = folders[path[: depth - 1]]
                folders[path[:depth]] = ET.SubElement(parent, "outline", text=name)
        name = clean_line(feed.title) or feed.url
        outline = ET.SubElement(
            folders[path], "outline", type="rss", text=name, title=name, xmlUrl=feed.url
        )
        if fits_category and tags[1:]:
            outline.set("category", ",".join(tags[1:]))
    ET.indent(root)
    xml: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return xml + b"\n"


def starter_feeds() -> tuple[ListedFeed, ...]:
    """Return the feeds of the starter list; the first tag of each is its folder."""
    return read_opml(starter_opml()).feeds


def starter_opml() -> bytes:
    """Return the starter list as OPML."""
    return files("watchers.sources").joinpath(_STARTER_FILE).read_bytes()


def _listed_feed(url: str, title: str, categories: Iterable[Iterable[str]]) -> ListedFeed:
    url, name = clean_line(url), clean_line(title)
    # listparser puts the folders last, but feed readers show them first.
    paths = [list(path) for path in categories]
    names = (clean_line(tag) for path in (*paths[-1:], *paths[:-1]) for tag in path)
    tags = dict.fromkeys(_short(tag) for tag in names if tag)
    return ListedFeed(url, "" if name == url else _short(name), tuple(tags)[:MAX_FEED_TAGS])


def _short(text: str) -> str:
    return truncate(text, _MAX_LINE_CHARS)


def _xml_problems(text: str) -> Iterator[OpmlProblem]:
    """Yield the place where the XML is broken: feeds after it are read, but maybe wrongly."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    try:
        etree.fromstring(text.encode("utf-8", "replace"), parser)
    except etree.XMLSyntaxError as error:
        message = str(error.msg).partition(", line")[0]
        reason = f"the XML is broken here ({message[:100]}); check the feeds after this line"
        yield OpmlProblem(error.lineno or None, reason)


class _AddressLines:
    """The line numbers of the addresses in a list."""

    def __init__(self, text: str) -> None:
        visible = _blank_comments(text)
        line_ends = [match.start() for match in re.finditer("\n", visible)]
        # By canonical address: the line and the address as written.
        self._places: dict[str, list[tuple[int, str]]] = {}
        for match in _FEED_ADDRESS.finditer(visible):
            url = clean_line(unescape(match[1] or match[2] or ""))
            line = bisect.bisect_left(line_ends, match.start()) + 1
            self._places.setdefault(canonical_url(url), []).append((line, url))

    def first_line(self, url: str) -> int | None:
        """Return the first line with ``url``."""
        places = self._places.get(canonical_url(url))
        return places[0][0] if places else None

    def problems(self) -> Iterator[OpmlProblem]:
        """Yield feeds without an address, and duplicates."""
        for address, places in self._places.items():
            if not address:
                yield from (OpmlProblem(line, "a feed without an address") for line, _ in places)
            elif site_of(address):
                first_line = places[0][0]
                for line, url in places[1:]:
                    reason = f"{_short(url)} is a duplicate of line {first_line}"
                    yield OpmlProblem(line, reason)


def _blank_comments(text: str) -> str:
    """Return ``text`` without its comments, with the same line numbers."""
    pieces: list[str] = []
    end = 0
    while (start := text.find("<!--", end)) >= 0:
        pieces.append(text[end:start])
        close = text.find("-->", start)
        end = close + len("-->") if close >= 0 else len(text)
        pieces.append("\n" * text.count("\n", start, end))
    return "".join((*pieces, text[end:]))
