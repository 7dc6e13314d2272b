"""A parser of Telegram's HTML as strict as Telegram: a few tags and four named characters.

Anything else is an error with the description of the real server.
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
    """Markup that Telegram refuses; the message is Telegram's description."""


def visible_text(text: str) -> str:
    """Return the visible text, without markup.

    Raises:
        BadHtml: Telegram would refuse the text.
    """
    visible: list[str] = []
    open_tags: list[str] = []
    position = 0
    while position < len(text):
        if text[position] == "<":
            position = _read_tag(text, position, open_tags)
        elif text[position] == "&" and (entity := _ENTITY.match(text, position)):
            visible.append(unescape(entity[0]))
            position = entity.end()
        else:
            visible.append(text[position])
            position += 1
    if open_tags:
        offset = len(text.encode())
        raise BadHtml(
            f'Can\'t find end tag corresponding to start tag "{open_tags[-1]}" at byte offset {offset}'
        )
    return "".join(visible)


def _read_tag(text: str, position: int, open_tags: list[str]) -> int:
    offset = len(text[:position].encode())
    tag = _TAG.match(text, position)
    if tag is None:
        name = re.match(r"<(\S*)", text[position:])[1]
        raise BadHtml(f'Unsupported start tag "{name}" at byte offset {offset}')
    name = tag["name"].lower()
    if tag["end"]:
        if not open_tags:
            raise BadHtml(f"Unexpected end tag at byte offset {offset}")
        if open_tags.pop() != name:
            raise BadHtml(f'Unmatched end tag at byte offset {offset}, expected "</{name}>"')
    elif name not in TAGS:
        raise BadHtml(f'Unsupported start tag "{name}" at byte offset {offset}')
    elif name == "span" and 'class="tg-spoiler"' not in tag["attributes"]:
        raise BadHtml(f'Tag "span" must have class "tg-spoiler" at byte offset {offset}')
    else:
        open_tags.append(name)
    return tag.end()
