"""An answer that is a no, in words for a person, and whether a browser would be let in. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from yarl import URL

_WORDS: Final = {
    400: "the server did not understand the request",
    401: "it asks for a name and a password; they can stand in the address, "
    "as https://name:password@…",
    402: "it asks for a payment",
    403: "the server does not let us in; perhaps it wants a browser, or somebody logged in",
    404: "there is nothing at this address",
    405: "this address is not made for reading",
    406: "the server has it in no form that we can read",
    407: "the proxy asks for a name and a password",
    408: "the server waited too long for our request",
    410: "it is gone for good",
    421: "this server does not answer for that host",
    425: "the server wants to be asked later",
    429: "it was asked too often and wants to be asked later",
    451: "it is withheld for legal reasons",
    500: "the server broke down over it",
    501: "the server cannot do this",
    502: "the server has a broken server behind it",
    503: "the server is not available at the moment",
    504: "the server has a server behind it that does not answer",
    520: "the server behind Cloudflare gave no sensible answer",
    521: "the server behind Cloudflare is down",
    522: "the server behind Cloudflare does not answer",
    523: "the server behind Cloudflare cannot be reached",
    524: "the server behind Cloudflare is too slow",
    525: "the server behind Cloudflare has no working TLS",
    526: "the server behind Cloudflare has no valid TLS certificate",
    530: "the server behind Cloudflare cannot be found",
}
_BY_CLASS: Final = {
    2: "there is no document in the answer",
    3: "it leads elsewhere, and does not say where in a way that can be followed",
    4: "the server refused the request",
    5: "the server failed",
}

_TITLE: Final = re.compile(rb"<title[^>]{0,200}>\s{0,50}([^<]{1,200})", re.IGNORECASE)
_TITLE_WITHIN: Final = 4096  # bytes of a page
_CHALLENGE_TITLES: Final = (
    (b"just a moment", "Cloudflare"),
    (b"attention required! | cloudflare", "Cloudflare"),
    (b"checking your browser", "a guard"),
    (b"ddos-guard", "DDoS-Guard"),
    (b"making sure you", "Anubis"),
    (b"vercel security checkpoint", "Vercel"),
    (b"pardon our interruption", "Imperva"),
)
_LOGIN_WORDS: Final = (
    "login log-in log_in signin sign-in sign_in wp-login servicelogin user-login sso authenticate"
)
_LOGIN: Final = frozenset(_LOGIN_WORDS.split())


def refusal_words(status: int) -> str:
    """``404 Not Found: there is nothing at this address``."""
    words = _WORDS.get(status) or _BY_CLASS.get(status // 100, "an answer without a meaning")
    try:
        return f"{status} {HTTPStatus(status).phrase}: {words}"
    except ValueError:
        return f"{status}: {words}"


def challenge_words(headers: Mapping[str, str], start: bytes = b"") -> str | None:
    """What stands in the way where an answer is a test for browsers, else ``None``.

    Args:
        headers: the answer's, names in lower case.
        start: how its page begins; empty where it is no HTML.
    """
    guard = None
    if "challenge" in headers.get("cf-mitigated", "").lower():
        guard = "Cloudflare"
    elif headers.get("x-amzn-waf-action", "").lower() in ("challenge", "captcha"):
        guard = "the Amazon firewall"
    elif title := _TITLE.search(start[:_TITLE_WITHIN]):
        words = title[1].lower()
        guard = next((name for mark, name in _CHALLENGE_TITLES if words.startswith(mark)), None)
    if guard is None:
        return None
    return f"{guard} stands before it and lets only browsers in; the site has to make an exception"


def is_login(url: URL) -> bool:
    """Whether an address is that of a login page, by a step of its path."""
    return any(part.lower().partition(".")[0] in _LOGIN for part in url.parts)
