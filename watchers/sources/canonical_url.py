"""The canonical form of an article's address: one article, one string.

    https://m.Example.org:443/a/./story-1/amp?utm_source=x&b=2&a=1#top ──► https://example.org/a/story-1?a=1&b=2

It is for comparing, not for opening: http counts as https, and a leading "www." or "m." is dropped.
What may tell two articles apart stays: every parameter that is not known to track people, each value
as it is, the fragments that scripts read as paths ("#!…", "#/…"). Parameters are sorted by name, since
no server that we know reads their order; those of one name keep theirs.

Rules: RFC 3986 section 6.2.2 (case, percent-encoding, dot segments) and 6.2.3 (port, empty path).
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlsplit

from watchers.limits import MAX_URL_CHARS
from watchers.sources.tracking import is_tracking

_MOST_WRAPPERS: Final = 3
"""Addresses within addresses that are unwrapped: a search result of an AMP copy is two."""

_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_NOT_IN_A_URL: Final = re.compile(r"[\t\n\r]")  # browsers drop these (WHATWG URL, section 4.4)
_SIDE_DOOR: Final = re.compile(r"(?:(?:www\d?|m|mobile|amp)\.)+")
_WIKI_MOBILE: Final = re.compile(r"(?<=[\w-])\.m\.(?=wik\w+\.org)")
# What is left of "www.gov.uk" would be a suffix that a thousand publishers share.
_SHARED_SUFFIX: Final = re.compile(
    r"(?:ac|co|com|edu|go|gob|gouv|gov|govt|ltd|mil|ne|net|or|org|plc)\.[a-z]{2}"
)
_AMP_CACHE: Final = re.compile(r"/(?:amp/)?(?:[acvi]/|wp/)?(s/)?([\w-]+(?:\.[\w-]+)+/.*)")
_REDIRECTORS: Final = {
    # Where search engines and networks put the address that they lead to.
    "google": (re.compile(r"(?:news\.)?google\.[a-z.]{2,6}"), ("/url",), ("url", "q")),
    "bing": (re.compile(r"bing\.com"), ("/news/apiclick.aspx",), ("url",)),
    "facebook": (re.compile(r"l\.facebook\.com|lm\.facebook\.com"), ("/l.php",), ("u",)),
}
_INDEX_PAGE: Final = re.compile(
    r"(?:index|default)\.(?:html?|php\d?|aspx?|jsp|shtml|cfm)", re.IGNORECASE
)
_SESSION: Final = re.compile(r";jsessionid=[^/?#]*", re.IGNORECASE)
_STORY: Final = re.compile(
    r"[0-9-]"
)  # a segment with a digit or a hyphen is a story's, not a menu's
_AMP_ENDING: Final = re.compile(r"(?:[./]amp(?:\.html?)?|/print)\Z", re.IGNORECASE)
_AMP_ENDING_CHARS: Final = len("/amp.html")
_UNRESERVED: Final = frozenset(
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
)
_ESCAPE: Final = re.compile(r"%([0-9A-Fa-f]{2})")
_KEPT: Final = (
    "!$&'()*+,;=:@/?%~"  # what a path or a query may hold besides the unreserved (RFC 3986)
)


def canonical_url(url: str) -> str:
    """Return the canonical form of ``url``.

    An address of another kind, or one longer than `MAX_URL_CHARS`, comes back as it is, stripped.
    """
    if len(url) > MAX_URL_CHARS:
        return url.strip()
    address = _NOT_IN_A_URL.sub("", url.strip())
    for _ in range(_MOST_WRAPPERS):
        parts = _split(address)
        inner = parts and _unwrapped(parts)
        if not inner:
            break
        address = inner
    parts = _split(address)
    return _canonical(parts) if parts is not None else address


def site_of(url: str) -> str:
    """The canonical host of ``url`` ("example.org" for "https://www.example.org/x"), "" for none."""
    parts = _split(url.strip())
    return _host(parts) if parts is not None else ""


def _split(address: str) -> SplitResult | None:
    """The parts of a web address; ``None`` for anything else."""
    if len(address) > MAX_URL_CHARS:
        return None
    try:
        parts = urlsplit(address)
        parts.port  # noqa: B018 - reading it is what checks it
    except ValueError:
        return None
    return parts if parts.scheme in _DEFAULT_PORTS and parts.hostname else None


def _canonical(parts: SplitResult) -> str:
    host, path = _host(parts), _path(parts.path)
    port = parts.port
    # A port of its own is a server of its own, and may speak one scheme only.
    usual = port is None or port == _DEFAULT_PORTS[parts.scheme]
    start = f"https://{host}" if usual else f"{parts.scheme}://{host}:{port}"
    query, fragment = _query(host, parts.query), _fragment(parts.fragment)
    return f"{start}{path}{query}{fragment}"


def _host(parts: SplitResult) -> str:
    host = (parts.hostname or "").rstrip(".")
    try:
        host = host.encode("idna").decode("ascii").lower()
    except UnicodeError:  # a label too long or too odd: no name, so it stays what it is
        host = host.lower()
    if ":" in host:
        return f"[{host}]"
    host = _WIKI_MOBILE.sub(".", host)
    door = _SIDE_DOOR.match(host)
    inner = host[door.end() :] if door else host
    return host if "." not in inner or _SHARED_SUFFIX.fullmatch(inner) else inner


def _path(raw: str) -> str:
    path = _without_index(_without_dots(_encoded(_SESSION.sub("", raw))))
    ending = _start_of_amp(path)
    if ending and _is_story(path[:ending]):
        path = path[:ending] + (".html" if path.startswith(".amp.", ending) else "")
    if _is_story(path):
        start = 0
        while path.startswith("/amp/", start):
            start += len("/amp")
        path = path[start:]
    return path.rstrip("/") or "/"


def _without_index(path: str) -> str:
    """Return ``path`` without the index pages at its end ("/a/index.php/index.html" is "/a/").

    The segments are read from the end, each once: a pattern would start at each slash of a run.
    """
    last = end = _before_slashes(path, len(path))
    while (slash := path.rfind("/", 0, end)) >= 0 and _INDEX_PAGE.fullmatch(path, slash + 1, end):
        end = _before_slashes(path, slash)
    return path if end == last else f"{path[:end]}/"


def _start_of_amp(path: str) -> int:
    """Return where the endings of an AMP or print copy begin ("/a-1/amp/" is 4), 0 for none."""
    start, end = 0, len(path)
    while True:
        end = _before_slashes(path, end)
        found = _AMP_ENDING.search(path, max(0, end - _AMP_ENDING_CHARS), end)
        if found is None or not found.start():
            return start
        start = end = found.start()


def _before_slashes(path: str, end: int) -> int:
    """Return where the slashes before ``end`` begin."""
    while end and path[end - 1] == "/":
        end -= 1
    return end


def _is_story(path: str) -> bool:
    return _STORY.search(path.rstrip("/").rpartition("/")[2]) is not None


def _without_dots(path: str) -> str:
    """RFC 3986, section 5.2.4."""
    if "/." not in path:
        return path
    kept: list[str] = []
    for segment in path.split("/")[1:]:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    end = "/" if path.endswith(("/.", "/..")) else ""
    return "/" + "/".join(kept) + end


def _query(host: str, raw: str) -> str:
    kept = []
    for pair in raw.split("&"):
        name, equals, value = pair.partition("=")
        if pair and not is_tracking(unquote(name), unquote(value), host):
            kept.append((_encoded(name), f"{equals}{_encoded(value)}"))
    kept.sort(key=lambda pair: pair[0])
    return "?" + "&".join(name + value for name, value in kept) if kept else ""


def _fragment(raw: str) -> str:
    return f"#{_encoded(raw)}" if raw.startswith(("!", "/")) else ""


def _encoded(text: str) -> str:
    """``text`` with escapes in upper case, and none where none is needed (RFC 3986, 6.2.2.2)."""
    return _ESCAPE.sub(_escape, quote(text.encode("utf-8", "replace"), safe=_KEPT))


def _escape(found: re.Match[str]) -> str:
    code = int(found[1], 16)
    return chr(code) if code in _UNRESERVED else f"%{code:02X}"


def _unwrapped(parts: SplitResult) -> str | None:
    """The address that a cache or a redirector carries in its own."""
    host = (parts.hostname or "").removeprefix("www.")
    cached = host.endswith(".cdn.ampproject.org") or host == "cdn.ampproject.org"
    if cached or (host.startswith("google.") and parts.path.startswith("/amp/")):
        found = _AMP_CACHE.fullmatch(parts.path)
        query = f"?{parts.query}" if parts.query else ""
        return f"http{'s' if found[1] else ''}://{found[2]}{query}" if found else None
    for hosts, paths, names in _REDIRECTORS.values():
        if hosts.fullmatch(host) and parts.path in paths:
            given = dict(parse_qsl(parts.query, max_num_fields=None))
            leads_to = (given[name] for name in names if name in given)
            return next((url for url in leads_to if _split(url) is not None), None)
    return None
