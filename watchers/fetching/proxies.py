"""The HTTP proxy that the usual variables name, for one address.

HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY, in capitals or not (small letters win), as other
programs read them. Only http:// proxies are spoken to: a request that another kind should carry is
refused rather than sent around it.
"""

from __future__ import annotations

import os
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Final

from yarl import URL

from watchers.fetching.addresses import parse_url, show


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy: where it listens, and what to show it (a header's value) where it asks for a name."""

    url: URL
    authorization: str | None = None

    def __repr__(self) -> str:
        return f"Proxy({str(self.url)!r})"


class BadProxy(Exception):
    """A variable names a proxy that cannot be used; the message says which and why."""


class Proxies:
    """Which proxy, if any, carries a request.

    Args:
        variables: the environment to read; by default this process's own, now.
    """

    def __init__(self, variables: Mapping[str, str] | None = None) -> None:
        source = os.environ if variables is None else variables
        self._by_scheme = {
            "http": _named(source, "http_proxy", "all_proxy"),
            "https": _named(source, "https_proxy", "all_proxy"),
        }
        _, around = _named(source, "no_proxy")
        self._around: Final = tuple(
            name for entry in around.lower().split(",") if (name := entry.strip())
        )

    def for_url(self, url: URL) -> Proxy | None:
        """The proxy for ``url``, or ``None`` where it is asked directly.

        Raises:
            BadProxy: the one that is named is no http:// proxy.
        """
        variable, text = self._by_scheme.get(url.scheme, ("", ""))
        if not text or self._goes_around(url):
            return None
        try:
            proxy = parse_url(text if "://" in text else f"http://{text}")
            usable = proxy.scheme == "http" and proxy.host is not None and proxy.port is not None
        except ValueError:
            usable = False
            proxy = URL()
        if not usable:
            raise BadProxy(f"{variable.upper()} ({show(text)}) is no http:// proxy")
        authorization = None
        if proxy.user is not None:
            authorization = basic(proxy.user, proxy.password)
        return Proxy(proxy.origin(), authorization)

    def _goes_around(self, url: URL) -> bool:
        host = (url.raw_host or "").rstrip(".")
        return any(_covers(entry, host, url.port) for entry in self._around)

    def __repr__(self) -> str:
        return f"Proxies(around={self._around!r})"


def basic(user: str, password: str | None) -> str:
    """The value of an Authorization header (RFC 7617)."""
    return "Basic " + b64encode(f"{user}:{password or ''}".encode()).decode("ascii")


def _named(variables: Mapping[str, str], *names: str) -> tuple[str, str]:
    """The first of these variables that says something, and what; small letters first."""
    for name in names:
        for spelling in (name, name.upper()):
            if spelling == "HTTP_PROXY" and "REQUEST_METHOD" in variables:
                continue  # in a CGI program the variable is a header that anybody may send
            if text := variables.get(spelling, "").strip():
                return name, text
    return "", ""


def _covers(entry: str, host: str, port: int | None) -> bool:
    """Whether an entry of NO_PROXY is about ``host``: a name and all beneath it, a network, ``*``."""
    if entry == "*":
        return True
    try:
        return ip_address(host) in ip_network(entry.strip("[]"), strict=False)
    except ValueError:
        pass
    name, colon, number = entry.rpartition(":")
    if colon and number.isdigit():
        if int(number) != port:
            return False
        entry = name.strip("[]")
    entry = entry.removeprefix("*").lstrip(".")
    return bool(entry) and (host == entry or host.endswith("." + entry))
