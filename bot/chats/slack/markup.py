"""Text between Slack and us: what comes is unescaped, what goes cannot become markup.

Slack escapes three characters in `text` and nothing else: ``&``, ``<`` and ``>``. All that its markup can
do to somebody (``<!channel>``, ``<@U…>``, ``<url|label>``) begins with a ``<``. Source: Slack's page on
formatting text for app surfaces.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

import regex

from watchers.text.clean import clean_text

LONGEST_URL: Final = 3_000
"""Characters of a link in a block."""

_ENTITY: Final = regex.compile(r"&(amp|lt|gt);")
_SIGNS: Final = {"amp": "&", "lt": "<", "gt": ">"}
# <@U1|name>, <#C1|name>, <!here>, <!subteam^S1|@group>, <https://…|label>
_ANGLED: Final = regex.compile(r"<([@#!]?)([^<>|\s][^<>|]{0,4000})(?:\|([^<>]{0,4000}))?>")
_UNSAFE: Final = regex.compile(r"[\s<>\"|\\^`{}\p{Cc}\p{Cf}\p{Cs}]")
_SCHEME: Final = regex.compile(r"(?<=:)//")


def escape(text: str) -> str:
    """``text`` as `text` of a message: nothing in it is markup."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def escaped(text: str, limit: int) -> str:
    """`escape`, in at most ``limit`` characters, without half an entity at the end."""
    whole = escape(text)
    if len(whole) <= limit:
        return whole
    cut = whole[: limit - 1]
    ampersand = cut.rfind("&", max(0, len(cut) - 4))
    if ampersand >= 0 and ";" not in cut[ampersand:]:
        cut = cut[:ampersand]
    return cut + "…"


def unlinked(text: str) -> str:
    """``text`` whose addresses Slack does not turn into links by itself."""
    return _SCHEME.sub("\u2060//", text)


def visible(text: str) -> str:
    """``text`` for one place in a line: on one line, without what breaks or hides text."""
    return clean_text(text).replace("\n", " ").replace("\t", " ")


def safe_url(url: str | None) -> str | None:
    """``url`` if it can be a link: an address of the web that Slack takes; else nothing."""
    if not url or len(url) > LONGEST_URL or _UNSAFE.search(url):
        return None
    try:
        parts = urlsplit(url)
        port_is_fine = parts.port is None or parts.port > 0
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not parts.hostname or not port_is_fine:
        return None
    return url


def typed(text: str, *, me: str) -> str:
    """What a person typed, without Slack's markup; mentions of ``me``, the bot's user, are left out."""

    def plain(found: regex.Match[str]) -> str:
        sign, target, label = found[1], found[2], found[3] or ""
        if sign == "@":
            return "" if target == me else f"@{label or target}"
        if sign == "#":
            return f"#{label or target}"
        if sign == "!":
            return label or f"@{target.partition('^')[0]}"
        return target

    return _ENTITY.sub(lambda found: _SIGNS[found[1]], _ANGLED.sub(plain, text)).strip()
