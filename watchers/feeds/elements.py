"""Access to XML elements: children by short name, and their content as text, markup or a link.

A short name is the same for all spellings of an element. RSS of every version is "title", Atom 0.3 and
1.0 are "atom:title", and modules keep their usual prefix: "dc:creator", "media:content". Short names
are in lower case, because feeds contain both pubdate and PubDate.
"""

from __future__ import annotations

from base64 import b64decode
from typing import Final

from lxml import etree

from watchers.feeds.models import EMPTY_TEXT, MarkupKind, MarkupText, resolve_base, resolve_url
from watchers.feeds.xml_tree import NeedsFallback

Element = etree._Element  # noqa: SLF001 - lxml has no public name for this type
Parts = dict[str, list[Element]]
"""Child elements by short name, in document order."""

_XML_NAMESPACE: Final = "{http://www.w3.org/XML/1998/namespace}"
XML_LANG: Final = _XML_NAMESPACE + "lang"
_XML_BASE: Final = _XML_NAMESPACE + "base"

_RSS_PREFIX: Final = ""
# Namespaces without scheme and final "/" or "#": the spellings in feeds differ only in these.
_PREFIXES: Final = {
    "my.netscape.com/rdf/simple/0.9": _RSS_PREFIX,
    "channel.netscape.com/rdf/simple/0.9": _RSS_PREFIX,
    "my.netscape.com/publish/formats/rss-0.91.dtd": _RSS_PREFIX,
    "purl.org/rss/1.0": _RSS_PREFIX,
    "purl.org/net/rss1.1": _RSS_PREFIX,
    "backend.userland.com/rss": _RSS_PREFIX,
    "backend.userland.com/rss2": _RSS_PREFIX,
    "backend.userland.com/rss091": _RSS_PREFIX,
    "backend.userland.com/rss092": _RSS_PREFIX,
    "blogs.law.harvard.edu/tech/rss": _RSS_PREFIX,
    "cyber.law.harvard.edu/rss/rss.html": _RSS_PREFIX,
    "www.rssboard.org/rss-specification": _RSS_PREFIX,
    "www.w3.org/2005/atom": "atom",
    "purl.org/atom/ns": "atom",
    "www.w3.org/1999/02/22-rdf-syntax-ns": "rdf",
    "purl.org/dc/elements/1.0": "dc",
    "purl.org/dc/elements/1.1": "dc",
    "purl.org/dc/terms": "dcterms",
    "purl.org/rss/1.0/modules/content": "content",
    "purl.org/rss/1.0/modules/syndication": "sy",
    "purl.org/rss/1.0/modules/slash": "slash",
    "purl.org/net/rss1.1/payload": "content",
    "purl.org/syndication/thread/1.0": "thr",
    "purl.org/syndication/history/1.0": "fh",
    "search.yahoo.com/mrss": "media",
    "video.search.yahoo.com/mrss": "media",
    "tools.search.yahoo.com/mrss": "media",
    "www.itunes.com/dtds/podcast-1.0.dtd": "itunes",
    "www.youtube.com/xml/schemas/2015": "yt",
    "www.georss.org/georss": "georss",
    "www.opengis.net/gml": "gml",
    "www.w3.org/2003/01/geo/wgs84_pos": "geo",
    "wellformedweb.org/commentapi": "wfw",
    "www.w3.org/1999/xhtml": "xhtml",
    "www.w3.org/xml/1998/namespace": "xml",
    "rssnamespace.org/feedburner/ext/1.0": "feedburner",
    "podcastindex.org/namespace/1.0": "podcast",
}

_TEXT_TYPES: Final = frozenset({"text", "text/plain", "plain"})
_HTML_TYPES: Final = frozenset({"html", "text/html", "text/x-html"})
_XHTML_TYPES: Final = frozenset({"xhtml", "application/xhtml+xml", "text/xhtml", "xml", "text/xml"})
_HTML_ELEMENTS: Final = frozenset({"content:encoded", "xhtml:body", "xhtml:div"})


def short_name(tag: str) -> str:
    """Return the short name of a tag of lxml ("{namespace}local"); "?:local" if it is unknown."""
    if not tag.startswith("{"):
        return tag.lower()
    namespace, _, local = tag[1:].partition("}")
    key = namespace.lower().partition("://")[2].rstrip("/#")
    prefix = _PREFIXES.get(key)
    if prefix is None:
        return f"?:{local.lower()}"
    return f"{prefix}:{local.lower()}" if prefix else local.lower()


class ShortNames(dict[str, str]):
    """A cache of `short_name`. Each feed has its own, because a hostile feed can invent names."""

    def __missing__(self, tag: str) -> str:
        name = self[tag] = short_name(tag)
        return name


class ElementReader:
    """Access to the elements of one document; relative links without ``xml:base`` refer to ``url``."""

    def __init__(self, url: str, *, has_bases: bool) -> None:
        self.names = ShortNames()
        self.url = url
        # Most feeds contain no xml:base, and walking up the tree for every link is slow.
        self._has_bases = has_bases

    def with_url(self, url: str) -> ElementReader:
        """Return a reader for which relative links refer to ``url``."""
        reader = ElementReader(url, has_bases=self._has_bases)
        reader.names = self.names
        return reader

    def parts(self, element: Element) -> Parts:
        """Return the children of ``element`` by short name."""
        parts: Parts = {}
        names = self.names
        for child in element:
            tag = child.tag
            # Comments and entities have a function as their tag.
            if isinstance(tag, str):
                parts.setdefault(names[tag], []).append(child)
        return parts

    def base(self, element: Element) -> str:
        """Return the base URL of relative links in ``element`` (https://www.w3.org/TR/xmlbase/)."""
        if not self._has_bases:
            return self.url
        declared = [
            element.get(_XML_BASE),
            *(ancestor.get(_XML_BASE) for ancestor in element.iterancestors()),
        ]
        base = self.url
        for inner in reversed([value for value in declared if value]):
            base = resolve_base(inner, base)
        return base

    def link(self, element: Element | None, attribute: str | None = None) -> str | None:
        """Return the absolute URL in the text or in an attribute of ``element``."""
        if element is None:
            return None
        value = element.get(attribute) if attribute else element.text
        return resolve_url(value, self.base(element)) if value else None

    def markup(self, parts: Parts, *names: str) -> MarkupText:
        """Return the content of the first of ``names`` that is not empty."""
        for name in names:
            for element in parts.get(name, ()):
                markup = markup_of(element, "html" if name in _HTML_ELEMENTS else "unsure")
                if markup.value:
                    return markup
        return EMPTY_TEXT


def first(parts: Parts, *names: str) -> Element | None:
    """Return the first child of the first of ``names`` that exists."""
    for name in names:
        if name in parts:
            return parts[name][0]
    return None


def text_of(element: Element | None) -> str:
    """Return the text of an element on one line, without the markup inside."""
    if element is None:
        return ""
    text = element.text if not len(element) else "".join(map(str, element.itertext()))
    return " ".join(text.split()) if text else ""


def first_text(parts: Parts, *names: str) -> str:
    """Return the text of the first of ``names`` that is not empty."""
    for name in names:
        for element in parts.get(name, ()):
            text = text_of(element)
            if text:
                return text
    return ""


def markup_of(element: Element, default_kind: MarkupKind) -> MarkupText:
    """Return the content of an element by its ``type`` and ``mode`` (RFC 4287 section 3.1.1).

    Raises:
        NeedsFallback: The content should be base64, but is not.
    """
    media_type = element.get("type", "").partition(";")[0].strip().lower()
    mode = element.get("mode", "").lower()
    if len(element):
        return MarkupText(_inner_html(element).strip(), "html")
    value = (element.text or "").strip()
    if not value:
        return EMPTY_TEXT
    if mode == "base64" or (media_type and _is_binary(media_type)):
        value = _decode_base64(value)
    if media_type in _TEXT_TYPES:
        # In Atom 0.3, many feeds have "text/plain" with escaped HTML.
        return MarkupText(value, "text" if mode != "escaped" else "unsure")
    if media_type in _HTML_TYPES or media_type in _XHTML_TYPES:
        return MarkupText(value, "html")
    return MarkupText(value, default_kind)


def _is_binary(media_type: str) -> bool:
    is_markup = media_type.endswith(("xml", "html"))
    return "/" in media_type and not media_type.startswith("text/") and not is_markup


def _decode_base64(value: str) -> str:
    try:
        return b64decode(value, validate=False).decode("utf-8").strip()
    except ValueError as error:
        raise NeedsFallback("base64 that cannot be decoded") from error


def _inner_html(element: Element) -> str:
    """Return the children as HTML without namespace prefixes: "<x:p>" becomes "<p>"."""
    for descendant in element.iterdescendants():
        descendant.tag = etree.QName(descendant).localname
    children = (etree.tostring(child, encoding="unicode", method="html") for child in element)
    return _escape(element.text or "") + "".join(children)


def _escape(value: str) -> str:
    return value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
