"""Text from anywhere as text on Telegram: nothing in it is markup, and nothing becomes a link by itself.

Telegram's HTML knows four named characters and a dozen tags; anything else refuses the whole message.
Plain text that looks like @somebody, #tag, $CASH, /command, an address or a mail becomes one by itself:
an invisible word joiner (U+2060) behind the sign, or in the name, leaves it as it was written.
"""

from __future__ import annotations

import unicodedata
from html import escape
from typing import Final
from urllib.parse import urlsplit

import regex

JOINER: Final = "\u2060"
"""What keeps Telegram from seeing a link: without width, and no place to break a line."""

LONGEST_LINK: Final = 2_048
"""Characters of an address behind a text."""

# Controls, directions, tag characters, private use: they carry no words, and hide or turn others. The
# two joiners of U+200C and U+200D stay: Persian words and families of emoji need them.
_INVISIBLE: Final = regex.compile(
    r"[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Noncharacter_Code_Point}\u2028\u2029--\u200c\u200d\n]",
    regex.VERSION1,
)
_JOINERS: Final = regex.compile(r"([\u200c\u200d])[\u200c\u200d]+")
_PILE: Final = regex.compile(r"(\p{M}{6})\p{M}+")  # no script writes more marks on one letter
_BLANKS: Final = regex.compile(r"[^\S\n]{3,}")
_SIGN: Final = regex.compile(r"[@#$/]")
_DOT: Final = regex.compile(r"\.(?=[^\s.]|$)")  # what follows may stand in another piece


def visible(text: str) -> str:
    """``text`` in NFC, without characters that are not seen or turn what is seen."""
    seen = _JOINERS.sub(r"\1", _INVISIBLE.sub("", text.replace("\t", " ")))
    return _BLANKS.sub("  ", unicodedata.normalize("NFC", _PILE.sub(r"\1", seen)))


def unlinked(text: str) -> str:
    """``text`` in which Telegram finds no mention, command, tag, mail or address."""
    return _DOT.sub(f".{JOINER}", _SIGN.sub(rf"\g<0>{JOINER}", text))


def cut(text: str, room: int) -> str:
    """``text`` in at most ``room`` UTF-16 units, as Telegram counts; between words where it can."""
    if units(text) <= room:
        return text
    if room < 1:
        return ""
    kept, used = [], 1  # for the dots
    for found in regex.finditer(r"\X", text[: room + 1]):
        used += units(found[0])
        if used > room:
            break
        kept.append(found[0])
    shorter = "".join(kept)
    space = shorter.rfind(" ")
    return (shorter[:space] if space > len(shorter) // 2 else shorter).rstrip() + "…"


def units(text: str) -> int:
    """How long Telegram takes ``text`` to be: characters beyond U+FFFF count twice."""
    return len(text) + sum(char > "\uffff" for char in text)


def escaped(text: str) -> str:
    """``text`` as text of Telegram's HTML."""
    return escape(text, quote=True).replace("&#x27;", "&#39;")


def web_address(url: str | None) -> str | None:
    """``url`` if it can stand behind a text: on the web, and of a sane length; else ``None``."""
    if url is None:
        return None
    url = visible(url).strip()
    if not url or len(url) > LONGEST_LINK or any(char.isspace() for char in url):
        return None
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return None
    return url if parts.scheme in {"http", "https"} and host else None
