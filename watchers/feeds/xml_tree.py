"""Parse the bytes of an XML feed strictly, after repairs that cannot change its content.

    bytes ─► UTF-8 ─► cut to the root of the feed ─► strict lxml ──► root
                                                         │ error
                remove control characters, replace  ◄────┘ once
                HTML entities, cut a truncated feed
                after its last complete entry

Nothing is fetched and no entity is expanded: the DOCTYPE is cut off with the text before the feed. If
the result would be a guess, NeedsFallback is raised; then feedparser reads the feed in a process that
can be killed.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from html import escape, unescape
from html.entities import html5
from types import MappingProxyType
from typing import Final

from lxml import etree

from watchers.errors import BinaryDocument
from watchers.feeds.detect import FEED_ROOT, MAX_HEAD_BYTES
from watchers.text.decode import decode, decode_damaged_utf8

TRUNCATED: Final = "the feed is truncated; its last entry was left out"
"""The problem of a feed whose end is missing."""

_CHARSET: Final = re.compile(r"charset\s*=\s*[\"']?([\w.:-]{2,40})", re.IGNORECASE)
_DECLARED: Final = re.compile(
    rb"^\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']\s*([\w.:-]{2,40})", re.IGNORECASE
)
_ENTRY_START: Final = re.compile(rb"<(?:[\w.-]{1,40}:)?(?:item|entry)[\s>]", re.IGNORECASE)
_ENTRY_END: Final = re.compile(rb"</(?:[\w.-]{1,40}:)?(?:item|entry)\s*>", re.IGNORECASE)
_CONTROL_CHARS: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_CHAR_REFERENCE: Final = re.compile(r"&#(?:0*([0-9]{1,15})|[xX]0*([0-9a-fA-F]{1,12}));")
_ENTITY: Final = re.compile(r"&([A-Za-z][A-Za-z0-9]{1,31});")
# An internal entity of plain text. The length bounds what a small feed can expand to.
_ENTITY_DECLARATION: Final = re.compile(
    r"<!ENTITY\s{1,20}([A-Za-z][\w.-]{0,31})\s{1,20}"
    r"(?:\"((?:[^\"<&%]|&#\w{1,8};){0,60})\"|'((?:[^'<&%]|&#\w{1,8};){0,60})')\s{0,20}>"
)
_PARAMETER_ENTITY: Final = re.compile(rb"<!ENTITY\s+%")
_MAX_DECLARED_ENTITIES: Final = 100
_BARE_AMPERSAND: Final = re.compile(r"&(?!#?[A-Za-z0-9]{1,32};)")
_CDATA_START: Final = "<![CDATA["
_CDATA_END: Final = "]]>"
# The entities of XML itself (section 4.6) must stay escaped.
_XML_ENTITIES: Final = frozenset({"amp", "lt", "gt", "quot", "apos"})
# "<?xm" in EBCDIC (XML 1.0, appendix F.1).
_EBCDIC_XML: Final = b"\x4c\x6f\xa7\x94"
# With a larger share of zero bytes, the text may be UTF-16.
_MAX_ZERO_SHARE: Final = 0.02
# The end tag of the root is within this distance of the end of a complete feed.
_MAX_ROOT_END_BYTES: Final = 200
_MAX_DECLARATION_BYTES: Final = 1024
# Browsers read these labels so (https://encoding.spec.whatwg.org/#names-and-labels).
_BROWSER_ENCODINGS: Final = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "iso-8859-1": "cp1252",
    "us-ascii": "cp1252",
}
# Python codecs that are not encodings of web documents.
_EXCLUDED_CODECS: Final = frozenset(
    {"utf-7", "unicode-escape", "raw-unicode-escape", "idna", "punycode"}
)
_7_BIT_ENCODINGS: Final = frozenset({b"utf-7", b"hz-gb-2312", b"hz"})


class NeedsFallback(Exception):
    """The strict parser would have to guess; ``args[0]`` states why."""


def parse(body: bytes, content_type: str = "") -> tuple[etree._Element, tuple[str, ...]]:
    """Return the root element and the problems that were repaired.

    Raises:
        NeedsFallback: The XML is not well-formed, or the encoding is unclear.
    """
    document = to_utf8(body, content_type)
    data = cut_to_feed(document)
    try:
        return _parse_strictly(data), ()
    except etree.XMLSyntaxError as error:
        reason = str(error.msg)
    repaired = repair(data, declared_entities(document))
    try:
        return _parse_strictly(repaired), ()
    except etree.XMLSyntaxError:
        return _parse_truncated(repaired, reason)


def to_utf8(body: bytes, content_type: str, *, guess: bool = False) -> bytes:
    """Return ``body`` in UTF-8.

    The order is: a byte order mark, valid UTF-8, the charset of the Content-Type, the declaration of
    the document. Valid UTF-8 beyond ASCII is UTF-8, even if the header or the document state another
    encoding: text in another encoding is almost never valid UTF-8.
    """
    if body.startswith(b"\xef\xbb\xbf"):
        body = body[3:]
    zeros = body.count(b"\0", 0, MAX_HEAD_BYTES)
    # An escape character starts a sequence of ISO 2022.
    is_plain = zeros < _MAX_ZERO_SHARE * len(body[:MAX_HEAD_BYTES]) + 1 and b"\x1b" not in body
    if is_plain and (body.isascii() or _is_utf8(body)) and not _declares_7_bit_encoding(body):
        return body
    header = _CHARSET.search(content_type)
    declared = _declaration(body)
    names = [header[1] if header else None, declared and declared[1].decode()]
    if is_plain and any(name and name.lower() in {"utf-8", "utf8"} for name in names):
        text = decode_damaged_utf8(body, is_declared=True)
        if text is not None:
            return text.encode("utf-8", "surrogatepass")
    if not is_plain or any(names) or guess:
        for name in filter(None, names):
            text = _decode_as(body, name)
            if text is not None:
                return text.encode("utf-8", "surrogatepass")
        if guess or not is_plain:
            try:
                return decode(body, declared=names[0] or names[1]).encode("utf-8", "surrogatepass")
            except BinaryDocument:
                pass
    raise NeedsFallback("the encoding must be guessed")


def cut_to_feed(data: bytes) -> bytes:
    """Return ``data`` without the declaration, the DOCTYPE, and text outside of the root.

    Raises:
        NeedsFallback: No root element of a feed was found.
    """
    root = FEED_ROOT.search(data, 0, MAX_HEAD_BYTES)
    if root is None:
        raise NeedsFallback("no root element of a feed was found")
    end_tag = data.rfind(b"</" + root[0][1:])
    end = data.find(b">", end_tag) if end_tag > root.start() else -1
    return data[root.start() : end + 1 if end > 0 else len(data)]


def split_at_damage(data: bytes) -> tuple[etree._Element, tuple[bytes, ...]]:
    """Return the tree of all well-formed entries, and one feed for each of the other entries.

    Raises:
        NeedsFallback: The text around the entries is broken too, or no entry was found.
    """
    root, start = FEED_ROOT.match(data), _ENTRY_START.search(data)
    if root is None or start is None:
        raise NeedsFallback("no entry was found")
    head, tail = data[: start.start()], _end_tags(root)
    root_start, root_end = data[: data.find(b">") + 1], b"</" + root[0][1:] + b">"
    valid: list[bytes] = []
    broken: list[bytes] = []
    position = start.start()
    for entry_end in _ENTRY_END.finditer(data, position):
        entry_start = _ENTRY_START.search(data, position, entry_end.end())
        if entry_start is not None:
            entry = data[entry_start.start() : entry_end.end()]
            (valid if _is_well_formed(root_start + entry + root_end) else broken).append(entry)
        position = entry_end.end()
    try:
        tree = _parse_strictly(head + b"".join(valid) + tail)
    except etree.XMLSyntaxError as error:
        raise NeedsFallback(str(error.msg)) from error
    return tree, tuple(head + entry + tail for entry in broken)


def is_truncated_in_entry(data: bytes) -> bool:
    """Return True if the data ends inside of an entry."""
    root = FEED_ROOT.search(data, 0, MAX_HEAD_BYTES)
    if root is None or b"</" + root[0][1:] in data[root.end() :]:
        return False
    return _ENTRY_START.search(data, _end_of_last_entry(data)) is not None


def declared_entities(document: bytes) -> dict[str, str]:
    """Return the plain text entities that the DOCTYPE of a feed declares, by name.

    Entities that refer to others, to files or to markup are left out, so no entity can expand twice.
    """
    root = FEED_ROOT.search(document, 0, MAX_HEAD_BYTES)
    head = document[: root.start()] if root is not None else b""
    if b"<!ENTITY" not in head or _PARAMETER_ENTITY.search(head):
        # A parameter entity could declare others, also from a file.
        return {}
    declarations = _ENTITY_DECLARATION.findall(head.decode("utf-8", "replace"))
    return {
        name: unescape(double or single)
        for name, double, single in declarations[:_MAX_DECLARED_ENTITIES]
    }


def repair(data: bytes, entities: Mapping[str, str] = MappingProxyType({})) -> bytes:
    """Return ``data`` without forbidden characters, HTML entities and bare ampersands.

    ``entities`` are those of the feed's own DOCTYPE, see `declared_entities`. The content of CDATA
    sections stays unchanged, because "&" has no meaning there.
    """
    text = _CONTROL_CHARS.sub("", data.decode("utf-8", "surrogatepass"))
    pieces: list[str] = []
    position = 0
    while position < len(text):
        start = text.find(_CDATA_START, position)
        end = text.find(_CDATA_END, start) if start >= 0 else -1
        pieces.append(
            _repair_references(entities, text[position : start if end >= 0 else len(text)])
        )
        pieces.append(text[start:end] if end >= 0 else "")
        position = end if end >= 0 else len(text)
    return "".join(pieces).encode("utf-8", "surrogatepass")


def _repair_references(entities: Mapping[str, str], text: str) -> str:
    if entities:
        # Escaped: the value is text and must not become markup.
        text = _ENTITY.sub(
            lambda match: escape(entities[match[1]]) if match[1] in entities else match[0], text
        )
    text = _CHAR_REFERENCE.sub(_remove_forbidden_reference, _ENTITY.sub(_replace_entity, text))
    return _BARE_AMPERSAND.sub("&amp;", text)


def _replace_entity(match: re.Match[str]) -> str:
    """Return the characters of an HTML entity; keep entities of XML and unknown ones."""
    name = match[1]
    return match[0] if name in _XML_ENTITIES else html5.get(f"{name};", match[0])


def _remove_forbidden_reference(match: re.Match[str]) -> str:
    """Return a character reference unchanged; "" if XML forbids the character."""
    number = int(match[1]) if match[1] else int(match[2], 16)
    is_valid = number <= sys.maxunicode and not _CONTROL_CHARS.match(chr(number))
    return match[0] if is_valid else ""


def _parse_truncated(data: bytes, reason: str) -> tuple[etree._Element, tuple[str, ...]]:
    """Parse a feed whose end is missing, up to its last complete entry."""
    root = FEED_ROOT.match(data)
    end = _end_of_last_entry(data)
    if root is None or not end or b"</" + root[0][1:] in data[-_MAX_ROOT_END_BYTES:]:
        raise NeedsFallback(reason)
    try:
        tree = _parse_strictly(data[:end] + _end_tags(root))
    except etree.XMLSyntaxError as error:
        raise NeedsFallback(reason) from error
    return tree, (TRUNCATED,) if _ENTRY_START.search(data, end) else ()


def _end_of_last_entry(data: bytes) -> int:
    return max((match.end() for match in _ENTRY_END.finditer(data)), default=0)


def _end_tags(root_start: re.Match[bytes]) -> bytes:
    """Return the tags that close a feed after its last entry."""
    root = root_start[0][1:]
    return (b"</channel></" if root.lower() == b"rss" else b"</") + root + b">"


def _is_well_formed(data: bytes) -> bool:
    try:
        _parse_strictly(data)
    except etree.XMLSyntaxError:
        return False
    return True


def _parse_strictly(data: bytes) -> etree._Element:
    parser = etree.XMLParser(
        encoding="utf-8",
        # No entity expansion, no network and no DTD: the feed is untrusted. ``huge_tree=False`` keeps
        # the limits of libxml2.
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        collect_ids=False,
    )
    return etree.fromstring(data, parser)


def _decode_as(body: bytes, name: str) -> str | None:
    label = name.lower().replace("_", "-")
    label = _BROWSER_ENCODINGS.get(label, label)
    if label in _EXCLUDED_CODECS:
        return None
    try:
        text = body.decode(label)
    except (UnicodeError, LookupError, ValueError):
        return None
    return text.removeprefix("\ufeff")


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _declaration(body: bytes) -> re.Match[bytes] | None:
    head = body[:_MAX_DECLARATION_BYTES]
    if head.startswith(_EBCDIC_XML):
        head = head.decode("cp037").encode("ascii", "replace")
    return _DECLARED.match(head)


def _declares_7_bit_encoding(body: bytes) -> bool:
    """Return True for an encoding that uses only ASCII bytes, but not as ASCII."""
    declared = _declaration(body)
    return declared is not None and declared[1].lower() in _7_BIT_ENCODINGS
