"""The cookies of one redirect chain.

Some sites set a cookie with a redirect to the same address and show the document only to a request that
returns it. The cookies end with the chain: no site can recognise a later request.
"""

from __future__ import annotations

from http.cookies import SimpleCookie
from typing import Final

import aiohttp
from yarl import URL

MAX_COOKIES: Final = 20
"""Cookies that one response may set. Further ones are dropped."""

MAX_COOKIE_CHARS: Final = 4_096
"""Characters of one cookie value (RFC 6265 section 6.1), and of the whole header that is sent."""


class ChainCookies:
    """Cookies by host and path (RFC 6265), in memory."""

    def __init__(self) -> None:
        self._jar: aiohttp.CookieJar | None = None

    def add(self, cookies: SimpleCookie, url: URL) -> bool:
        """Keep the cookies of a response from ``url``. Return True if one of them is new or changed."""
        accepted = SimpleCookie()
        for name, morsel in list(cookies.items())[:MAX_COOKIES]:
            if len(name) + len(morsel.value) <= MAX_COOKIE_CHARS:
                accepted[name] = morsel
        if not accepted:
            return False
        if self._jar is None:
            # A cookie jar for hosts with an IP address as well: local servers have no name.
            self._jar = aiohttp.CookieJar(unsafe=True)
        before = {(cookie.key, cookie.value) for cookie in self._jar}
        self._jar.update_cookies(accepted, url)
        return any((cookie.key, cookie.value) not in before for cookie in self._jar)

    def header(self, url: URL) -> str:
        """Return the Cookie header for ``url``, or an empty text."""
        if self._jar is None:
            return ""
        morsels = self._jar.filter_cookies(url).values()
        text = "; ".join(f"{morsel.key}={morsel.coded_value}" for morsel in morsels)
        return text if len(text) <= MAX_COOKIE_CHARS else ""
