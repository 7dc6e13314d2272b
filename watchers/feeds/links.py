"""Links as feeds write them, to absolute web addresses."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urljoin, urlsplit

from watchers.limits import MAX_URL_CHARS

_DROPPED: Final = re.compile(r"[\t\r\n]+")  # browsers drop these (WHATWG URL, section 4.4)
_UNSAFE: Final = re.compile(r"[\x00-\x20\"<>\\^`{|}]")
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,30}:")
_BARE_HOST: Final = re.compile(r"www\.[\w-]+(?:\.[\w-]+)+(?:[/?#:]|\Z)", re.IGNORECASE)
_USUAL: Final = re.compile(
    r"https?://(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,20}(?:/[\w./?&=%#:;,~+!@$'()*-]*)?\Z",
    re.ASCII,
)
"""Nearly all addresses: nothing to check and nothing to change."""

_WEB: Final = ("http://", "https://")


def is_absolute(link: str) -> bool:
    """Whether ``link`` needs no base."""
    return link.lstrip()[:8].lower().startswith(_WEB)


def resolved(link: str | None, base: str) -> str | None:
    """``link`` as an absolute http(s) address, seen from ``base``; ``None`` where it is none."""
    if not link:
        return None
    link = link.strip()
    if len(link) > MAX_URL_CHARS:
        return None
    link = _DROPPED.sub("", link)
    if not link:
        return None
    if is_absolute(link):
        scheme, rest = link.split(":", 1)
        link = f"{scheme.lower()}:{rest}"
    else:
        if _BARE_HOST.match(link):
            link = f"http://{link}"
        elif _SCHEME.match(link):
            return None  # mailto:, tag:, javascript:, urn:
        try:
            link = urljoin(base, link)
        except ValueError:
            return None
    address = _checked(link) if len(link) <= MAX_URL_CHARS else None
    # Escapes make an address longer.
    return address if address and len(address) <= MAX_URL_CHARS else None


def resolved_base(base: str, outer: str) -> str:
    """An ``xml:base`` inside another one; the outer one where it makes no sense."""
    return resolved(base, outer) or outer


def _checked(link: str) -> str | None:
    if _USUAL.match(link):
        return link
    try:
        parts = urlsplit(link)
        parts.port  # noqa: B018 - reading it is what checks it
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return None
    if any(char <= " " for char in parts.netloc):
        return None
    return _UNSAFE.sub(lambda found: f"%{ord(found[0]):02X}", link)
