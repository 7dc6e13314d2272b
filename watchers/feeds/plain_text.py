"""Convert titles and bodies with markup to plain text: one line for a title, paragraphs for a body.

RSS does not state whether a title is text or HTML, and many feeds escape twice. Text that looks like a
tag but is not an HTML element stays unchanged: "1 < 2 & 3 > 2", "List<String>", "AT&T <3".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Final

from watchers.feeds.models import MarkupText
from watchers.text.boilerplate import remove_boilerplate
from watchers.text.clean import clean_line, clean_text, split_paragraphs
from watchers.text.html import fragment_paragraphs

MAX_TITLE_CHARS: Final = 500
"""Characters of a title. A longer title is a body in the wrong element."""

# The markup of a title needs more characters than its text.
_MAX_TITLE_MARKUP_CHARS: Final = 20 * MAX_TITLE_CHARS
# With this length, no nesting of elements takes longer than 20 ms to parse.
_MAX_PIECE_CHARS: Final = 20_000
# As long as a novel.
_MAX_BODY_CHARS: Final = 500_000
_TAGS: Final = (
    r"a|abbr|acronym|applet|article|aside|b|big|blink|blockquote|body|br|center|cite|code|dd|del|div|dl|dt|em|"
    r"embed|figcaption|figure|font|footer|form|frame|frameset|h[1-6]|head|header|hr|html|i|iframe|img|ins|kbd|li|"
    r"link|main|mark|meta|nobr|object|ol|p|picture|pre|q|s|samp|script|section|small|source|span|"
    r"strike|strong|style|sub|sup|table|tbody|td|th|time|tr|tt|u|ul|var|video|wbr"
)
_TAG: Final = re.compile(rf"</?(?:{_TAGS})(?=[\s/>])[^<>]{{0,2000}}>|<!--", re.IGNORECASE)
_ESCAPED_TAG: Final = re.compile(rf"&lt;/?(?:{_TAGS})(?:\s[^<>]{{0,300}}?)?/?&gt;", re.IGNORECASE)
_CODE_START: Final = re.compile(r"<(script|SCRIPT|style|STYLE)(?=[\s>])")
_ELEMENT: Final = re.compile(rf"<({_TAGS})(?=[\s>])[^<>]{{0,300}}>[^<>]*</\1>", re.IGNORECASE)
# Elements whose content an HTML parser skips up to the end tag. Here the end tag is missing, so the
# parser would skip the rest of the body.
_UNCLOSED_RAW_ELEMENT: Final = re.compile(
    r"<(?:iframe|plaintext)\b[^<>]{0,2000}>"
    r"|<(?:script|style|title|textarea|noscript|noembed|noframes|xmp)\b[^<>]{0,2000}/>",
    re.IGNORECASE,
)
_REFERENCE: Final = re.compile(r"&(?:[A-Za-z][A-Za-z0-9]{1,31}|#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6});")
_DATA_URL: Final = re.compile(
    r"data:[a-z]{1,20}/[\w.+-]{1,60};base64,[A-Za-z0-9+/=\s%]+", re.IGNORECASE
)
_BLOCK_BOUNDARY: Final = re.compile(
    r"</(?:p|div|li|tr|table|ul|ol|h[1-6])>|<p[\s>]|<br", re.IGNORECASE
)


def title_line(markup: MarkupText) -> str:
    """Return a title as plain text on one line, in at most `MAX_TITLE_CHARS` characters."""
    value = markup.value[:_MAX_TITLE_MARKUP_CHARS]
    if markup.kind == "html" or (markup.kind == "unsure" and _TAG.search(value)):
        value = _strip_tags(value)
    elif _REFERENCE.search(value):
        value = unescape(value)
        if markup.kind == "unsure" and _ELEMENT.search(value):
            value = _strip_tags(value)
    # Many feeds escape titles twice.
    if markup.kind != "text" and _REFERENCE.search(value):
        value = unescape(value)
    return clean_line(value)[:MAX_TITLE_CHARS]


def _strip_tags(value: str) -> str:
    if "<" not in value:
        return unescape(value)
    return " ".join(fragment_paragraphs(_UNCLOSED_RAW_ELEMENT.sub(" ", value)))


def body_paragraphs(markup: MarkupText) -> list[str]:
    """Return the paragraphs of a body without boilerplate such as "Read more"."""
    value = markup.value[:_MAX_BODY_CHARS]
    if markup.kind == "text":
        return remove_boilerplate(split_paragraphs(clean_text(value)))
    if "<" not in value and _ESCAPED_TAG.search(value):
        value = unescape(value)
    if markup.kind == "unsure" and not _TAG.search(value):
        return remove_boilerplate(split_paragraphs(clean_text(unescape(value))))
    value = _remove_code(_UNCLOSED_RAW_ELEMENT.sub(" ", value))
    if "base64," in value:
        value = _DATA_URL.sub("", value)
    return remove_boilerplate(
        [line for piece in _split_at_blocks(value) for line in fragment_paragraphs(piece)]
    )


def _remove_code(value: str) -> str:
    """Return ``value`` without scripts and styles.

    A script longer than a piece would be cut, and its second half would become text.
    """
    parts: list[str] = []
    start = 0
    for match in _CODE_START.finditer(value):
        if match.start() >= start:
            parts.append(value[start : match.start()])
            end = value.find(f"</{match[1]}", match.end())
            start = end if end >= 0 else len(value)
    return "".join((*parts, value[start:])) if parts else value


def _split_at_blocks(value: str) -> Iterator[str]:
    """Yield ``value`` in pieces of limited length, cut at the end of a block if possible."""
    while len(value) > _MAX_PIECE_CHARS:
        cut = _MAX_PIECE_CHARS
        for match in _BLOCK_BOUNDARY.finditer(value, _MAX_PIECE_CHARS // 2, _MAX_PIECE_CHARS):
            cut = match.end() if match[0].startswith("</") else match.start()
        yield value[:cut]
        value = value[cut:]
    yield value
