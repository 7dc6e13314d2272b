"""The parts of an element: its children by short name, and what they say as text, words or a link."""

from __future__ import annotations

from base64 import b64decode
from typing import Final

from lxml import etree

from watchers.feeds.links import resolved, resolved_base
from watchers.feeds.names import ShortNames
from watchers.feeds.tree import NotSure
from watchers.feeds.values import NOTHING, Kind, Words

Element = etree._Element  # noqa: SLF001 - the only name that lxml gives it
Parts = dict[str, list[Element]]
"""Children by their short name, in the order they came."""

_XML: Final = "{http://www.w3.org/XML/1998/namespace}"
_BASE: Final = _XML + "base"
LANGUAGE: Final = _XML + "lang"
_PLAIN: Final = frozenset({"text", "text/plain", "plain"})
_HTML: Final = frozenset({"html", "text/html", "text/x-html"})
_XHTML: Final = frozenset({"xhtml", "application/xhtml+xml", "text/xhtml", "xml", "text/xml"})


class Reader:
    """What is known of the document while its parts are read."""

    def __init__(self, url: str, *, has_bases: bool) -> None:
        self.names = ShortNames()
        self.url = url
        self._has_bases = has_bases

    def parts(self, element: Element) -> Parts:
        """The children of ``element`` by short name."""
        found: Parts = {}
        names = self.names
        for child in element:
            tag = child.tag
            if isinstance(tag, str):
                found.setdefault(names[tag], []).append(child)
        return found

    def base(self, element: Element) -> str:
        """What relative links in ``element`` are relative to (https://www.w3.org/TR/xmlbase/)."""
        if not self._has_bases:
            return self.url
        bases = [element.get(_BASE), *(outer.get(_BASE) for outer in element.iterancestors())]
        base = self.url
        for inner in reversed([found for found in bases if found]):
            base = resolved_base(inner, base)
        return base

    def link(self, element: Element | None, attribute: str | None = None) -> str | None:
        """The absolute address in an element's text, or in one of its attributes."""
        if element is None:
            return None
        value = element.get(attribute) if attribute else element.text
        return resolved(value, self.base(element)) if value else None

    def words(self, parts: Parts, *names: str) -> Words:
        """The words of the first of ``names`` that says something."""
        for name in names:
            for element in parts.get(name, ()):
                found = words_of(element, _kind(name))
                if found.value:
                    return found
        return NOTHING


def _kind(name: str) -> Kind:
    return "html" if name in {"content:encoded", "xhtml:body", "xhtml:div"} else "unsure"


def first(parts: Parts, *names: str) -> Element | None:
    """The first child of the first of ``names`` that there is."""
    for name in names:
        if name in parts:
            return parts[name][0]
    return None


def text_of(element: Element | None) -> str:
    """The text of an element on one line, markup inside it left out."""
    if element is None:
        return ""
    text = element.text if not len(element) else "".join(map(str, element.itertext()))
    return " ".join(text.split()) if text else ""


def text(parts: Parts, *names: str) -> str:
    """The text of the first of ``names`` that says something."""
    for name in names:
        for element in parts.get(name, ()):
            found = text_of(element)
            if found:
                return found
    return ""


def words_of(element: Element, kind: Kind) -> Words:
    """What an element says, by its own ``type`` and ``mode`` where it has them (RFC 4287, 3.1.1).

    Raises:
        NotSure: it should be base64 and is not.
    """
    kind_given = element.get("type", "").partition(";")[0].strip().lower()
    mode = element.get("mode", "").lower()
    if len(element):
        return Words(_inner_markup(element).strip(), "html")
    value = (element.text or "").strip()
    if not value:
        return NOTHING
    if mode == "base64" or (kind_given and _is_binary(kind_given)):
        value = _from_base64(value)
    if kind_given in _PLAIN:
        # Atom 0.3 had types, and many who wrote "text/plain" meant nothing by it.
        return Words(value, "text" if mode != "escaped" else "unsure")
    if kind_given in _HTML or kind_given in _XHTML:
        return Words(value, "html")
    return Words(value, kind)


def _is_binary(kind: str) -> bool:
    return "/" in kind and not kind.startswith("text/") and not kind.endswith(("xml", "html"))


def _from_base64(value: str) -> str:
    try:
        return b64decode(value, validate=False).decode("utf-8").strip()
    except ValueError as error:
        raise NotSure("base64 that cannot be decoded") from error


def _inner_markup(element: Element) -> str:
    """The children as HTML, free of prefixes: "<x:p>" is a paragraph where x is XHTML."""
    for inner in element.iterdescendants():
        inner.tag = etree.QName(inner).localname
    written = (etree.tostring(child, encoding="unicode", method="html") for child in element)
    return _escaped(element.text or "") + "".join(written)


def _escaped(value: str) -> str:
    return value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
