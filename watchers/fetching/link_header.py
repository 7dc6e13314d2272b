"""The Link header (RFC 8288): where an answer names its hub, its feed, its next page.

Read in one pass from left to right, so that no header is slow; what is broken is skipped to the next
comma.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from yarl import URL

from watchers.fetching.addresses import parse_url

MOST_LINKS: Final = 50
"""Links that are read; a hub stands among the first."""

_LONGEST: Final = 16_384  # characters of all Link headers together
_WHITE: Final = " \t"


def read_links(values: Iterable[str], base: URL) -> dict[str, tuple[str, ...]]:
    """Targets by relation (in lower case), absolute, in their order.

    A link with an ``anchor`` is about something else than the answer and is left out; of several
    ``rel`` parameters the first counts (section 3.3).
    """
    found: dict[str, list[str]] = {}
    text = ", ".join(values)[:_LONGEST]
    at = count = 0
    while count < MOST_LINKS and (start := text.find("<", at)) >= 0:
        end = text.find(">", start)
        if end < 0:
            break
        parameters, at = _parameters(text, end + 1)
        target = _absolute(text[start + 1 : end], base)
        count += 1
        if target is None or "anchor" in parameters:
            continue
        for relation in parameters.get("rel", "").lower().split():
            targets = found.setdefault(relation, [])
            if target not in targets:
                targets.append(target)
    return {relation: tuple(targets) for relation, targets in found.items()}


def _parameters(text: str, at: int) -> tuple[dict[str, str], int]:
    """The parameters from ``at`` on, first of each name, and where the next link starts."""
    found: dict[str, str] = {}
    while at < len(text):
        at = _after(text, at, _WHITE + ";")
        if at >= len(text) or text[at] == ",":
            return found, at + 1
        end = _until(text, at, "=;,")
        name = text[at:end].strip(_WHITE).lower()
        value = ""
        if end < len(text) and text[end] == "=":
            value, end = _value(text, _after(text, end + 1, _WHITE))
        found.setdefault(name, value)
        at = _until(text, end, ";,")
    return found, at


def _value(text: str, at: int) -> tuple[str, int]:
    """A token or a quoted string, and where it ends."""
    if at >= len(text) or text[at] != '"':
        end = _until(text, at, ";,")
        return text[at:end].strip(_WHITE), end
    letters: list[str] = []
    at += 1
    while at < len(text) and text[at] != '"':
        if text[at] == "\\" and at + 1 < len(text):
            at += 1
        letters.append(text[at])
        at += 1
    return "".join(letters), at + 1


def _after(text: str, at: int, chars: str) -> int:
    while at < len(text) and text[at] in chars:
        at += 1
    return at


def _until(text: str, at: int, chars: str) -> int:
    while at < len(text) and text[at] not in chars:
        at += 1
    return at


def _absolute(target: str, base: URL) -> str | None:
    try:
        url = base.join(parse_url(target.strip()))
    except ValueError:
        return None
    return str(url) if url.scheme in ("http", "https") and url.raw_host else None
