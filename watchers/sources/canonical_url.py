"""Turn the address of an article into its canonical form: one article, one string.

    https://m.Example.org:443/a/./story-1/amp?utm_source=x&b=2&a=1#top ──► https://example.org/a/story-1?a=1&b=2

The form is for comparison, not for requests: http counts as https, and a leading "www." or "m." is
dropped. Everything that may distinguish two articles stays: every parameter that is not a known tracking
parameter, every value, and fragments that scripts read as paths ("#!…", "#/…"). Parameters are sorted by
name, because no known server depends on their order; parameters with one name keep their order.

Rules: RFC 3986 section 6.2.2 (case, percent-encoding, dot segments) and 6.2.3 (port, empty path).
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlsplit

from watchers.limits import MAX_URL_CHARS

# ── Tracking parameters ───────────────────────────────────────────────────────────────────────────
#
# Publishers use these to see where a reader came from; they do not select an article. A name is listed
# only if no known site numbers its articles with it: "id", "p", "sid", "page" and similar names are never
# dropped. Names with different meanings on different sites ("ref", "source", "m") are dropped only with
# a certain value or on a certain host.

_TRACKING_ANYWHERE: Final = re.compile(
    r"utm_.*|mtm_.*|matomo_.*|piwik_.*|pk_(?:campaign|kwd|keyword|source|medium|content|cid)"  # Matomo
    r"|hsa_.*|_hs(?:enc|mi|fp)|__hs(?:tc|sc|fp)|hsctatracking"  # HubSpot
    r"|fbclid|gclid|gclsrc|dclid|gbraid|wbraid|msclkid|yclid|ysclid|twclid|ttclid|li_fat_id|rb_clickid|epik|srsltid"
    r"|igsh|igshid|fb_(?:action_ids|action_types|source|ref|comment_id)|__twitter_impression|s_kwcid|ef_id"
    r"|mc_(?:cid|eid)|mkt_tok|vero_(?:conv|id)|oly_(?:anon|enc)_id|sfmc_(?:id|sub)|_ke|ck_subscriber_id|elqtrack(?:id)?"
    r"|at_(?:medium|campaign(?:_type)?|custom\d|format|ptr_\w+|link_\w+|bbc_\w+|variant|creation|recipient_\w+)"  # BBC
    r"|ns_(?:campaign|source|mchannel|linkname|fee)|xtor|xtref|ocid|ncid|icid|smid|smtyp|fsrc|cmpid|cmp|maca|mbid|ito"
    r"|taid|traffic_source|wt[._](?:mc_\w+|nav|z?mc)|wt_zmc|wtmc|wtrid|s?_?openstat|mktc(?:id|val)|sr_share|rpc"
    r"|feedtype|feedname|guccounter|guce_referrer(?:_sig)?|soc_(?:src|trk)|\.?tsrc|spm|_ga|_gl|ga_(?:source|medium|campaign|content|term)"
    r"|ref_(?:src|url)|referrer|share_id|sharetoken|share_from|shareid|trk(?:campaign|info|sid)?"
    r"|amp_js_v|amp_gsa|amp_ct|usqp|aoh|__cf_chl_\w+|phpsessid|jsessionid|zanpid|wickedid|_branch_match_id",
    re.IGNORECASE,
)
_TRACKING_VALUES: Final = {
    **dict.fromkeys(("ref", "source", "src", "from", "mod", "via", "partner", "emc", "origin"),
        re.compile(
            r"(?:public)?rss\d?|rss[_-].*|(?:home(?:page)?|hp)(?:[_-].*)?|feed|twitter|x|facebook|fb|tw|whatsapp|telegram|reddit"
            r"|linkedin|instagram|share|social|newsletter|e?mail|hn|hackernews|googlenews|(?:desktop|mobile|web)share(?:_.*)?",
            re.IGNORECASE)),
    **dict.fromkeys(("amp", "rss", "print", "printable", "mobile"), re.compile(r"|1|true|yes|amp", re.IGNORECASE)),
    **dict.fromkeys(("outputtype", "output", "view", "mode"), re.compile(r"amp|print", re.IGNORECASE)),
}  # fmt: skip
_TRACKING_ON_HOST: Final = (
    (re.compile(r"(?:[\w-]+\.)?youtube\.com|youtu\.be"), re.compile(r"si|feature|pp|ab_channel|t")),
    (re.compile(r"[\w-]+\.blogspot\.[a-z.]{2,6}"), re.compile(r"m|spref")),
    (re.compile(r"(?:[\w-]+\.)?reddit\.com"), re.compile(r"share_id|rdt|context|sort")),
    (re.compile(r"(?:twitter|x)\.com"), re.compile(r"s|t")),
    (re.compile(r"nytimes\.com"), re.compile(r"unlocked_article_code|smvar|searchresultposition", re.IGNORECASE)),
    (re.compile(r"medium\.com|[\w-]+\.medium\.com"), re.compile(r"sk|source")),
    (re.compile(r"[\w-]+\.substack\.com"), re.compile(r"r|s|triedredirect|showwelcome.*|publication_id|post_id|isfreemail", re.IGNORECASE)),
)  # fmt: skip


def is_tracking(name: str, value: str, host: str) -> bool:
    """Return True if ``name`` = ``value`` is a tracking parameter on ``host``."""
    if _TRACKING_ANYWHERE.fullmatch(name):
        return True
    tracking_values = _TRACKING_VALUES.get(name.lower())
    if tracking_values is not None and tracking_values.fullmatch(value):
        return True
    return any(
        hosts.fullmatch(host) and names.fullmatch(name) for hosts, names in _TRACKING_ON_HOST
    )


# ── Canonical form ────────────────────────────────────────────────────────────────────────────────

# Redirectors can be nested: a search result for an AMP copy has two.
_MAX_REDIRECTORS: Final = 3
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
# Browsers drop these characters (WHATWG URL, section 4.4).
_IGNORED_CHARS: Final = re.compile(r"[\t\n\r]")
# Host prefixes of mobile and AMP versions.
_HOST_PREFIX: Final = re.compile(r"(?:(?:www\d?|m|mobile|amp)\.)+")
_WIKI_MOBILE: Final = re.compile(r"(?<=[\w-])\.m\.(?=wik\w+\.org)")
# Without its prefix, "www.gov.uk" would be a suffix that many publishers share.
_SHARED_SUFFIX: Final = re.compile(
    r"(?:ac|co|com|edu|go|gob|gouv|gov|govt|ltd|mil|ne|net|or|org|plc)\.[a-z]{2}"
)
_AMP_CACHE: Final = re.compile(r"/(?:amp/)?(?:[acvi]/|wp/)?(s/)?([\w-]+(?:\.[\w-]+)+/.*)")
# A prefix alone would also match google.evil.example.
_GOOGLE: Final = r"google\.(?:com|[a-z]{2}|com?\.[a-z]{2})"
_AMP_VIEWER_HOST: Final = re.compile(_GOOGLE)
_REDIRECTORS: Final = {
    # By service: the host, the paths, and the parameters with the target address.
    "google": (re.compile(rf"(?:news\.)?{_GOOGLE}"), ("/url",), ("url", "q")),
    "bing": (re.compile(r"bing\.com"), ("/news/apiclick.aspx",), ("url",)),
    "facebook": (re.compile(r"l\.facebook\.com|lm\.facebook\.com"), ("/l.php",), ("u",)),
}
_INDEX_PAGE: Final = re.compile(
    r"(?:index|default)\.(?:html?|php\d?|aspx?|jsp|shtml|cfm)", re.IGNORECASE
)
_SESSION_ID: Final = re.compile(r";jsessionid=[^/?#]*", re.IGNORECASE)
# A path segment with a digit or a hyphen belongs to an article, not to a menu.
_ARTICLE_SEGMENT: Final = re.compile(r"[0-9-]")
_AMP_ENDING: Final = re.compile(r"(?:[./]amp(?:\.html?)?|/print)\Z", re.IGNORECASE)
_AMP_ENDING_CHARS: Final = len("/amp.html")
_UNRESERVED: Final = frozenset(
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
)
_ESCAPE: Final = re.compile(r"%([0-9A-Fa-f]{2})")
# The characters of a path or a query besides the unreserved ones (RFC 3986, section 3.3).
_SAFE_CHARS: Final = "!$&'()*+,;=:@/?%~"


def canonical_url(url: str) -> str:
    """Return the canonical form of ``url``.

    An address with another scheme, or one longer than `MAX_URL_CHARS`, is only stripped.
    """
    if len(url) > MAX_URL_CHARS:
        return url.strip()
    address = _IGNORED_CHARS.sub("", url.strip())
    for _ in range(_MAX_REDIRECTORS):
        parts = _split(address)
        target = parts and _redirect_target(parts)
        if not target:
            break
        address = target
    parts = _split(address)
    return _canonical(parts) if parts is not None else address


def site_of(url: str) -> str:
    """Return the canonical host of ``url`` ("example.org" for "https://www.example.org/x"), or ""."""
    parts = _split(url.strip())
    return _host(parts) if parts is not None else ""


def _split(address: str) -> SplitResult | None:
    """Return the parts of a web address, or None for any other text."""
    if len(address) > MAX_URL_CHARS:
        return None
    try:
        parts = urlsplit(address)
        # The port is parsed, and checked, when it is read.
        parts.port  # noqa: B018
    except ValueError:
        return None
    return parts if parts.scheme in _DEFAULT_PORTS and parts.hostname else None


def _canonical(parts: SplitResult) -> str:
    host, path = _host(parts), _path(parts.path)
    port = parts.port
    has_default_port = port is None or port == _DEFAULT_PORTS[parts.scheme]
    # A server on another port may speak only one of the two schemes, so the scheme is kept.
    origin = f"https://{host}" if has_default_port else f"{parts.scheme}://{host}:{port}"
    query, fragment = _query(host, parts.query), _fragment(parts.fragment)
    return f"{origin}{path}{query}{fragment}"


def _host(parts: SplitResult) -> str:
    host = (parts.hostname or "").rstrip(".")
    try:
        host = host.encode("idna").decode("ascii").lower()
    except UnicodeError:
        # The name has a label that is too long or not allowed, so it stays unencoded.
        host = host.lower()
    if ":" in host:
        return f"[{host}]"
    host = _WIKI_MOBILE.sub(".", host)
    prefix = _HOST_PREFIX.match(host)
    without_prefix = host[prefix.end() :] if prefix else host
    is_suffix = "." not in without_prefix or _SHARED_SUFFIX.fullmatch(without_prefix)
    return host if is_suffix else without_prefix


def _path(raw: str) -> str:
    path = _without_index(_without_dots(_encode(_SESSION_ID.sub("", raw))))
    end = _start_of_amp(path)
    if end and _is_article(path[:end]):
        path = path[:end] + (".html" if path.startswith(".amp.", end) else "")
    if _is_article(path):
        start = 0
        while path.startswith("/amp/", start):
            start += len("/amp")
        path = path[start:]
    return path.rstrip("/") or "/"


def _without_index(path: str) -> str:
    """Return ``path`` without the index pages at its end ("/a/index.php/index.html" is "/a/").

    The segments are read once each, from the end. A regular expression would start at each slash of a
    run of slashes and need quadratic time.
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
        match = _AMP_ENDING.search(path, max(0, end - _AMP_ENDING_CHARS), end)
        if match is None or not match.start():
            return start
        start = end = match.start()


def _before_slashes(path: str, end: int) -> int:
    """Return where the slashes before ``end`` begin."""
    while end and path[end - 1] == "/":
        end -= 1
    return end


def _is_article(path: str) -> bool:
    return _ARTICLE_SEGMENT.search(path.rstrip("/").rpartition("/")[2]) is not None


def _without_dots(path: str) -> str:
    """Return ``path`` without dot segments (RFC 3986, section 5.2.4)."""
    if "/." not in path:
        return path
    segments: list[str] = []
    for segment in path.split("/")[1:]:
        if segment == "..":
            del segments[-1:]
        elif segment != ".":
            segments.append(segment)
    end = "/" if path.endswith(("/.", "/..")) else ""
    return "/" + "/".join(segments) + end


def _query(host: str, raw: str) -> str:
    parameters = []
    for pair in raw.split("&"):
        name, equals, value = pair.partition("=")
        if pair and not is_tracking(unquote(name), unquote(value), host):
            parameters.append((_encode(name), f"{equals}{_encode(value)}"))
    parameters.sort(key=lambda parameter: parameter[0])
    return "?" + "&".join(name + value for name, value in parameters) if parameters else ""


def _fragment(raw: str) -> str:
    return f"#{_encode(raw)}" if raw.startswith(("!", "/")) else ""


def _encode(text: str) -> str:
    """Return ``text`` with only the necessary escapes, in upper case (RFC 3986, 6.2.2.2)."""
    return _ESCAPE.sub(_normalize_escape, quote(text.encode("utf-8", "replace"), safe=_SAFE_CHARS))


def _normalize_escape(match: re.Match[str]) -> str:
    code = int(match[1], 16)
    return chr(code) if code in _UNRESERVED else f"%{code:02X}"


def _redirect_target(parts: SplitResult) -> str | None:
    """Return the address inside the address of an AMP cache or a redirector."""
    host = (parts.hostname or "").removeprefix("www.")
    is_amp_cache = host.endswith(".cdn.ampproject.org") or host == "cdn.ampproject.org"
    if is_amp_cache or (_AMP_VIEWER_HOST.fullmatch(host) and parts.path.startswith("/amp/")):
        match = _AMP_CACHE.fullmatch(parts.path)
        query = f"?{parts.query}" if parts.query else ""
        return f"http{'s' if match[1] else ''}://{match[2]}{query}" if match else None
    for hosts, paths, names in _REDIRECTORS.values():
        if hosts.fullmatch(host) and parts.path in paths:
            parameters = dict(parse_qsl(parts.query, max_num_fields=None))
            targets = (parameters[name] for name in names if name in parameters)
            return next((url for url in targets if _split(url) is not None), None)
    return None
