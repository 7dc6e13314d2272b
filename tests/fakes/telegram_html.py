"""Telegram's HTML, as strictly as Telegram reads it: a handful of tags, four names of characters.

Anything else is refused with the server's own words, and the message with it.
"""

from __future__ import annotations

import re
from html import unescape
from typing import Final

TAGS: Final = frozenset(
    "b strong i em u ins s strike del span tg-spoiler a tg-emoji code pre blockquote".split()
)
_ENTITY: Final = re.compile(r"&(?:lt|gt|amp|quot|#\d{1,7}|#x[0-9a-fA-F]{1,6});")
_TAG: Final = re.compile(
    r"""<(?P<end>/?)(?P<name>[a-zA-Z][a-zA-Z0-9-]*)
        (?P<attributes>(?:\s+[a-zA-Z-]+(?:=(?:"[^"<>]*"|'[^'<>]*'|[^\s"'<>]+))?)*)\s*>""",
    re.VERBOSE,
)


class BadHtml(ValueError):
    """Telegram's own description of what is wrong."""


def plain(text: str) -> str:
    """The text that is left when the markup is read.

    Raises:
        BadHtml: Telegram would refuse it.
    """
    out: list[str] = []
    open_tags: list[str] = []
    at = 0
    while at < len(text):
        if text[at] == "<":
            at = _tag(text, at, open_tags)
        elif text[at] == "&" and (found := _ENTITY.match(text, at)):
            out.append(unescape(found[0]))
            at = found.end()
        else:
            out.append(text[at])
            at += 1
    if open_tags:
        offset = len(text.encode())
        raise BadHtml(
            f'Can\'t find end tag corresponding to start tag "{open_tags[-1]}" at byte offset {offset}'
        )
    return "".join(out)


def _tag(text: str, at: int, open_tags: list[str]) -> int:
    offset = len(text[:at].encode())
    found = _TAG.match(text, at)
    if found is None:
        name = re.match(r"<(\S*)", text[at:])[1]
        raise BadHtml(f'Unsupported start tag "{name}" at byte offset {offset}')
    name = found["name"].lower()
    if found["end"]:
        if not open_tags:
            raise BadHtml(f"Unexpected end tag at byte offset {offset}")
        if open_tags.pop() != name:
            raise BadHtml(f'Unmatched end tag at byte offset {offset}, expected "</{name}>"')
    elif name not in TAGS:
        raise BadHtml(f'Unsupported start tag "{name}" at byte offset {offset}')
    elif name == "span" and 'class="tg-spoiler"' not in found["attributes"]:
        raise BadHtml(f'Tag "span" must have class "tg-spoiler" at byte offset {offset}')
    else:
        open_tags.append(name)
    return found.end()
