"""Words as marked up, to plain text: a title on one line, a body in paragraphs.

RSS never said whether a title is text or HTML, and half of those who write feeds escape once too
often. What is no tag that HTML knows stays: "1 < 2 & 3 > 2", "List<String>", "AT&T <3".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Final

from watchers.feeds.values import Words
from watchers.text.clean import clean_line, clean_text
from watchers.text.html import fragment_paragraphs
from watchers.text.paragraphs import paragraphs
from watchers.text.trailers import without_trailers

LONGEST_TITLE: Final = 500
"""Characters of a title; longer ones are bodies in the wrong place."""

_PIECE: Final = 20_000  # characters of HTML that no nesting can make slow: 20 ms at worst
_LONGEST: Final = 500_000  # characters of one body that are read: a novel
_TAGS: Final = (
    r"a|abbr|acronym|applet|article|aside|b|big|blink|blockquote|body|br|center|cite|code|dd|del|div|dl|dt|em|"
    r"embed|figcaption|figure|font|footer|form|frame|frameset|h[1-6]|head|header|hr|html|i|iframe|img|ins|kbd|li|"
    r"link|main|mark|meta|nobr|object|ol|p|picture|pre|q|s|samp|script|section|small|source|span|"
    r"strike|strong|style|sub|sup|table|tbody|td|th|time|tr|tt|u|ul|var|video|wbr"
)
_TAG: Final = re.compile(rf"</?(?:{_TAGS})(?=[\s/>])[^<>]{{0,2000}}>|<!--", re.IGNORECASE)
_ESCAPED_TAG: Final = re.compile(rf"&lt;/?(?:{_TAGS})(?:\s[^<>]{{0,300}}?)?/?&gt;", re.IGNORECASE)
_CODE: Final = re.compile(r"<(script|SCRIPT|style|STYLE)(?=[\s>])")
_PAIRED: Final = re.compile(rf"<({_TAGS})(?=[\s>])[^<>]{{0,300}}>[^<>]*</\1>", re.IGNORECASE)
# Elements whose content a browser takes for anything but words, up to an end tag that never comes.
_SWALLOWING: Final = re.compile(
    r"<(?:iframe|plaintext)\b[^<>]{0,2000}>"
    r"|<(?:script|style|title|textarea|noscript|noembed|noframes|xmp)\b[^<>]{0,2000}/>",
    re.IGNORECASE,
)
_REFERENCE: Final = re.compile(r"&(?:[A-Za-z][A-Za-z0-9]{1,31}|#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6});")
_DATA: Final = re.compile(
    r"data:[a-z]{1,20}/[\w.+-]{1,60};base64,[A-Za-z0-9+/=\s%]+", re.IGNORECASE
)
_PLACE_TO_CUT: Final = re.compile(
    r"</(?:p|div|li|tr|table|ul|ol|h[1-6])>|<p[\s>]|<br", re.IGNORECASE
)


def title_line(words: Words) -> str:
    """A title as plain text on one line, in at most `LONGEST_TITLE` characters."""
    value = words.value[: 20 * LONGEST_TITLE]
    if words.kind == "html" or (words.kind == "unsure" and _TAG.search(value)):
        value = _untagged(value)
    elif _REFERENCE.search(value):
        value = unescape(value)
        if words.kind == "unsure" and _PAIRED.search(value):
            value = _untagged(value)
    if words.kind != "text" and _REFERENCE.search(value):
        value = unescape(value)  # escaped twice
    return clean_line(value)[:LONGEST_TITLE]


def _untagged(value: str) -> str:
    return (
        " ".join(fragment_paragraphs(_SWALLOWING.sub(" ", value)))
        if "<" in value
        else unescape(value)
    )


def body_paragraphs(words: Words) -> list[str]:
    """A body as its paragraphs, without what belongs to the page ("Read more")."""
    value = words.value[:_LONGEST]
    if words.kind == "text":
        return without_trailers(paragraphs(clean_text(value)))
    if "<" not in value and _ESCAPED_TAG.search(value):
        value = unescape(value)
    if words.kind == "unsure" and not _TAG.search(value):
        return without_trailers(paragraphs(clean_text(unescape(value))))
    value = _without_code(_SWALLOWING.sub(" ", value))
    if "base64," in value:
        value = _DATA.sub("", value)
    return without_trailers(
        [line for piece in _pieces(value) for line in fragment_paragraphs(piece)]
    )


def _without_code(value: str) -> str:
    """``value`` without scripts and styles, which may be longer than a piece."""
    kept: list[str] = []
    start = 0
    for found in _CODE.finditer(value):
        if found.start() >= start:
            kept.append(value[start : found.start()])
            end = value.find(f"</{found[1]}", found.end())
            start = end if end >= 0 else len(value)
    return "".join((*kept, value[start:])) if kept else value


def _pieces(value: str) -> Iterator[str]:
    """``value`` in pieces that are quick to read, cut where a block ends."""
    while len(value) > _PIECE:
        cut = _PIECE
        for found in _PLACE_TO_CUT.finditer(value, _PIECE // 2, _PIECE):
            cut = found.end() if found[0].startswith("</") else found.start()
        yield value[:cut]
        value = value[cut:]
    yield value
