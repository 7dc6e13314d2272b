"""Convert text between Slack's markup and plain text.

Slack escapes three characters in `text` and nothing else: ``&``, ``<`` and ``>``. Mentions
(``<!channel>``, ``<@U…>``) and links (``<url|label>``) all begin with ``<``, so escaped text cannot
contain either. Source: "Formatting text for app surfaces" in Slack's documentation.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

import regex

from watchers.text.clean import clean_text

MAX_URL_CHARS: Final = 3_000
"""The limit that Slack sets for a link in a block."""

_ENTITY: Final = regex.compile(r"&(amp|lt|gt);")
_ENTITY_CHARS: Final = {"amp": "&", "lt": "<", "gt": ">"}
# <@U1|name>, <#C1|name>, <!here>, <!subteam^S1|@group>, <https://…|label>
_ANGLE_BRACKETS: Final = regex.compile(r"<([@#!]?)([^<>|\s][^<>|]{0,4000})(?:\|([^<>]{0,4000}))?>")
_UNSAFE_URL_CHARS: Final = regex.compile(r"[\s<>\"|\\^`{}\p{Cc}\p{Cf}\p{Cs}]")
_SLASHES_AFTER_SCHEME: Final = regex.compile(r"(?<=:)//")


def escape(text: str) -> str:
    """Return ``text`` with all Slack markup escaped."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def escape_truncated(text: str, limit: int) -> str:
    """Return the escaped text in at most ``limit`` characters, never cut inside an entity."""
    escaped = escape(text)
    if len(escaped) <= limit:
        return escaped
    cut = escaped[: limit - 1]
    # The longest entity, "&amp;", starts at most four characters before the cut.
    ampersand = cut.rfind("&", max(0, len(cut) - 4))
    if ampersand >= 0 and ";" not in cut[ampersand:]:
        cut = cut[:ampersand]
    return cut + "…"


def prevent_autolinks(text: str) -> str:
    """Return ``text`` with a word joiner in each URL, so that Slack does not turn URLs into links."""
    return _SLASHES_AFTER_SCHEME.sub("\u2060//", text)


def strip_invisible(text: str) -> str:
    """Return ``text`` on one line, without control and invisible characters."""
    return clean_text(text).replace("\n", " ").replace("\t", " ")


def safe_url(url: str | None) -> str | None:
    """Return ``url`` if it is an HTTP URL that Slack accepts as a link, else None."""
    if not url or len(url) > MAX_URL_CHARS or _UNSAFE_URL_CHARS.search(url):
        return None
    try:
        parts = urlsplit(url)
        is_valid_port = parts.port is None or parts.port > 0
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not parts.hostname or not is_valid_port:
        return None
    return url


def unescape(text: str, *, me: str) -> str:
    """Return incoming text without Slack's markup and without mentions of the bot user ``me``."""

    def replace_markup(match: regex.Match[str]) -> str:
        sign, target, label = match[1], match[2], match[3] or ""
        if sign == "@":
            return "" if target == me else f"@{label or target}"
        if sign == "#":
            return f"#{label or target}"
        if sign == "!":
            return label or f"@{target.partition('^')[0]}"
        return target

    without_markup = _ANGLE_BRACKETS.sub(replace_markup, text)
    return _ENTITY.sub(lambda match: _ENTITY_CHARS[match[1]], without_markup).strip()
