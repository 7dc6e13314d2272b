"""A feed's bytes to a tree, strictly, with repairs that cannot change what it says.

    bytes ─► UTF-8 ─► what stands before and after the feed cut off ─► strict lxml ──► root
                                                                          │ error
                 control characters out, HTML's entities as letters ◄─────┘ once
                 cut off in the middle: up to its last whole entry

Nothing is fetched and no entity is ever expanded: the DOCTYPE goes with what stands before the feed.
What is not sure raises `NotSure`: then feedparser reads it, in a process that can be killed.
"""

from __future__ import annotations

import re
import sys
from html.entities import html5
from typing import Final

from lxml import etree

from watchers.errors import BinaryDocument
from watchers.feeds.sniff import FEED_ROOT, HEAD
from watchers.text.decode import decode

_CHARSET: Final = re.compile(r"charset\s*=\s*[\"']?([\w.:-]{2,40})", re.IGNORECASE)
_DECLARED: Final = re.compile(
    rb"^\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']\s*([\w.:-]{2,40})", re.IGNORECASE
)
_CLOSED_ENTRY: Final = re.compile(rb"</(?:[\w.-]{1,40}:)?(?:item|entry)\s*>", re.IGNORECASE)
_OPENED_ENTRY: Final = re.compile(rb"<(?:[\w.-]{1,40}:)?(?:item|entry)[\s>]", re.IGNORECASE)
_CONTROL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_CONTROL_REFERENCE: Final = re.compile(r"&#(?:0*([0-9]{1,15})|[xX]0*([0-9a-fA-F]{1,12}));")
_ENTITY: Final = re.compile(r"&([A-Za-z][A-Za-z0-9]{1,31});")
_BARE_AMPERSAND: Final = re.compile(r"&(?!#?[A-Za-z0-9]{1,32};)")
_CDATA: Final = "<![CDATA["
_PREDEFINED: Final = frozenset({"amp", "lt", "gt", "quot", "apos"})
_EBCDIC: Final = b"\x4c\x6f\xa7\x94"  # "<?xm" (XML 1.0, appendix F.1)
_WIDE: Final = 0.02  # share of zeros from which it may be UTF-16
_CLOSING: Final = 200  # bytes at the end of a whole feed, in which its root is closed

CUT_OFF: Final = "it is cut off in the middle; its last entry was left out"
"""The problem of a feed that was not sent to its end."""


class NotSure(Exception):
    """The strict reader would have to guess; ``args[0]`` says about what."""


def parse(body: bytes, content_type: str = "") -> tuple[etree._Element, tuple[str, ...]]:
    """The root element, and the problems that were mended.

    Raises:
        NotSure: it is no well-formed XML, or its encoding must be guessed.
    """
    data = cut_to_feed(as_utf8(body, content_type))
    try:
        return _strict(data), ()
    except etree.XMLSyntaxError as error:
        reason = str(error.msg)
    repaired = mended(data)
    try:
        return _strict(repaired), ()
    except etree.XMLSyntaxError:
        return _cut_off(repaired, reason)


def as_utf8(body: bytes, content_type: str, *, guess: bool = False) -> bytes:
    """``body`` in UTF-8: by its mark, as UTF-8 where that fits, by the header, as it declares itself.

    What is valid UTF-8 with letters beyond ASCII is UTF-8, whatever anybody says about it.
    """
    if body.startswith(b"\xef\xbb\xbf"):
        body = body[3:]
    zeros = body.count(b"\0", 0, HEAD)
    plain = zeros < _WIDE * len(body[:HEAD]) + 1 and b"\x1b" not in body
    if plain and (body.isascii() or _is_utf8(body)) and not _is_7_bit(body):
        return body
    header = _CHARSET.search(content_type)
    declared = _declaration(body)
    names = [header[1] if header else None, declared and declared[1].decode()]
    if not plain or any(names) or guess:
        for name in filter(None, names):
            text = _decoded(body, name)
            if text is not None:
                return text.encode("utf-8", "surrogatepass")
        if guess or not plain:
            try:
                return decode(body, declared=names[0] or names[1]).encode("utf-8", "surrogatepass")
            except BinaryDocument:
                pass
    raise NotSure("its encoding must be guessed")


def cut_to_feed(data: bytes) -> bytes:
    """``data`` without declaration and DOCTYPE, and what else servers put before and after a feed.

    Raises:
        NotSure: there is no root of a feed.
    """
    start = FEED_ROOT.search(data, 0, HEAD)
    if start is None:
        raise NotSure("no root of a feed is known here")
    closing = data.rfind(b"</" + start[0][1:])
    end = data.find(b">", closing) if closing > start.start() else -1
    return data[start.start() : end + 1 if end > 0 else len(data)]


def sound_and_broken(data: bytes) -> tuple[etree._Element, tuple[bytes, ...]]:
    """The tree of those entries that are well-formed each for itself, and a feed for each other one.

    Raises:
        NotSure: what stands around the entries is broken too, or there is no entry.
    """
    opened, start = FEED_ROOT.match(data), _OPENED_ENTRY.search(data)
    if opened is None or start is None:
        raise NotSure("there is no entry")
    head, end = data[: start.start()], _closing(opened)
    root, root_end = data[: data.find(b">") + 1], b"</" + opened[0][1:] + b">"
    sound: list[bytes] = []
    broken: list[bytes] = []
    position = start.start()
    for closed in _CLOSED_ENTRY.finditer(data, position):
        opening = _OPENED_ENTRY.search(data, position, closed.end())
        if opening is not None:
            entry = data[opening.start() : closed.end()]
            (sound if _is_well_formed(root + entry + root_end) else broken).append(entry)
        position = closed.end()
    try:
        return _strict(head + b"".join(sound) + end), tuple(head + entry + end for entry in broken)
    except etree.XMLSyntaxError as error:
        raise NotSure(str(error.msg)) from error


def _closing(opened: re.Match[bytes]) -> bytes:
    """The end of a feed whose root opens so, after its last entry."""
    root = opened[0][1:]
    return (b"</channel></" if root.lower() == b"rss" else b"</") + root + b">"


def _is_well_formed(data: bytes) -> bool:
    try:
        _strict(data)
    except etree.XMLSyntaxError:
        return False
    return True


def ends_inside_an_entry(data: bytes) -> bool:
    """Whether the feed was cut off in the midst of its last entry."""
    opened = FEED_ROOT.search(data, 0, HEAD)
    if opened is None or b"</" + opened[0][1:] in data[opened.end() :]:
        return False
    return _OPENED_ENTRY.search(data, _end_of_last_entry(data)) is not None


def _end_of_last_entry(data: bytes) -> int:
    return max((found.end() for found in _CLOSED_ENTRY.finditer(data)), default=0)


def _strict(data: bytes) -> etree._Element:
    return etree.fromstring(data, _parser())


def _parser() -> etree.XMLParser:
    return etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        collect_ids=False,
    )


def mended(data: bytes) -> bytes:
    """``data`` without characters that XML forbids, with HTML's entities as letters, and with each
    "&" that begins no reference written as XML would.
    """
    text = _CONTROL.sub("", data.decode("utf-8", "surrogatepass"))
    written: list[str] = []
    position = 0
    while position < len(text):  # what is in CDATA is right as it is
        start = text.find(_CDATA, position)
        end = text.find("]]>", start) if start >= 0 else -1
        written.append(_with_references(text[position : start if end >= 0 else len(text)]))
        written.append(text[start:end] if end >= 0 else "")
        position = end if end >= 0 else len(text)
    return "".join(written).encode("utf-8", "surrogatepass")


def _with_references(text: str) -> str:
    text = _CONTROL_REFERENCE.sub(_as_character, _ENTITY.sub(_as_letters, text))
    return _BARE_AMPERSAND.sub("&amp;", text)


def _as_letters(found: re.Match[str]) -> str:
    name = found[1]
    return found[0] if name in _PREDEFINED else html5.get(f"{name};", found[0])


def _as_character(found: re.Match[str]) -> str:
    """A reference as it was, but one to a character that XML forbids."""
    number = int(found[1]) if found[1] else int(found[2], 16)
    return found[0] if number <= sys.maxunicode and not _CONTROL.match(chr(number)) else ""


def _cut_off(data: bytes, reason: str) -> tuple[etree._Element, tuple[str, ...]]:
    """A feed that ends in the middle, up to its last whole entry."""
    opened = FEED_ROOT.match(data)
    last = _end_of_last_entry(data)
    if opened is None or not last or b"</" + opened[0][1:] in data[-_CLOSING:]:
        raise NotSure(reason)
    try:
        tree = _strict(data[:last] + _closing(opened))
    except etree.XMLSyntaxError as error:
        raise NotSure(reason) from error
    return tree, (CUT_OFF,) if _OPENED_ENTRY.search(data, last) else ()


def _decoded(body: bytes, name: str) -> str | None:
    label = name.lower().replace("_", "-")
    # Labels mean what browsers take them for (https://encoding.spec.whatwg.org/#names-and-labels).
    label = {
        "gb2312": "gb18030",
        "gbk": "gb18030",
        "iso-8859-1": "cp1252",
        "us-ascii": "cp1252",
    }.get(label, label)
    if label in {"utf-7", "unicode-escape", "raw-unicode-escape", "idna", "punycode"}:
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
    head = body[:1024]
    if head.startswith(_EBCDIC):
        head = head.decode("cp037").encode("ascii", "replace")
    return _DECLARED.match(head)


def _is_7_bit(body: bytes) -> bool:
    declared = _declaration(body)
    return declared is not None and declared[1].lower() in {b"utf-7", b"hz-gb-2312", b"hz"}
