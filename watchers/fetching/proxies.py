"""Select the HTTP proxy for a URL from HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY.

Both spellings are read; lower case has priority. Only http:// proxies are supported: a request for
which another kind of proxy is configured fails, instead of bypassing the proxy.

Neither `urllib.request.getproxies` nor aiohttp's ``trust_env`` can replace this module. They ignore
networks (``10.0.0.0/8``), wildcards and default ports in NO_PROXY, do not fall back to ALL_PROXY,
read the system settings of macOS and Windows, and aiohttp also sends credentials from ``.netrc``.
"""

from __future__ import annotations

import os
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Final

from yarl import URL

from watchers.fetching.addresses import display_url, parse_url


@dataclass(frozen=True, slots=True)
class Proxy:
    """The address of a proxy, and the value of the Proxy-Authorization header if there is one."""

    url: URL
    authorization: str | None = None

    def __repr__(self) -> str:
        # Without the credentials, because a repr may be logged.
        return f"Proxy({str(self.url)!r})"


class InvalidProxy(Exception):
    """A variable that names an unusable proxy; the message states which and why."""


class Proxies:
    """The proxies that the environment configures.

    Args:
        variables: The environment; by default the environment of this process at this moment.
    """

    def __init__(self, variables: Mapping[str, str] | None = None) -> None:
        environment = os.environ if variables is None else variables
        self._by_scheme = {
            "http": _read_variable(environment, "http_proxy", "all_proxy"),
            "https": _read_variable(environment, "https_proxy", "all_proxy"),
        }
        _, no_proxy = _read_variable(environment, "no_proxy")
        self._bypass_rules: Final = tuple(
            rule for entry in no_proxy.lower().split(",") if (rule := entry.strip())
        )

    def for_url(self, url: URL) -> Proxy | None:
        """Return the proxy for ``url``, or ``None`` for a direct connection.

        Raises:
            InvalidProxy: The configured proxy is not a valid http:// proxy.
        """
        variable, text = self._by_scheme.get(url.scheme, ("", ""))
        if not text or self._bypasses(url):
            return None
        try:
            proxy = parse_url(text if "://" in text else f"http://{text}")
            is_usable = proxy.scheme == "http" and proxy.host is not None and proxy.port is not None
        except ValueError:
            is_usable = False
            proxy = URL()
        if not is_usable:
            raise InvalidProxy(f"{variable.upper()} ({display_url(text)}) is not an http:// proxy")
        authorization = None
        if proxy.user is not None:
            authorization = basic_authorization(proxy.user, proxy.password)
        return Proxy(proxy.origin(), authorization)

    def _bypasses(self, url: URL) -> bool:
        host = (url.raw_host or "").rstrip(".")
        return any(_matches(rule, host, url.port) for rule in self._bypass_rules)

    def __repr__(self) -> str:
        # Without the proxy URLs, which may contain credentials.
        return f"Proxies(bypass_rules={self._bypass_rules!r})"


def basic_authorization(user: str, password: str | None) -> str:
    """Return the value of a Basic Authorization header (RFC 7617)."""
    # `aiohttp.BasicAuth` rejects a user name with a colon, which servers do accept.
    return "Basic " + b64encode(f"{user}:{password or ''}".encode()).decode("ascii")


def _read_variable(environment: Mapping[str, str], *names: str) -> tuple[str, str]:
    """Return the first of these variables that is not empty, as name and value."""
    for name in names:
        for spelling in (name, name.upper()):
            # In a CGI program, HTTP_PROXY is the "Proxy" header of the request (CVE-2016-5385).
            if spelling == "HTTP_PROXY" and "REQUEST_METHOD" in environment:
                continue
            if text := environment.get(spelling, "").strip():
                return name, text
    return "", ""


def _matches(rule: str, host: str, port: int | None) -> bool:
    """Return True if a NO_PROXY rule (a name with its subdomains, a network or "*") covers a host."""
    if rule == "*":
        return True
    try:
        return ip_address(host) in ip_network(rule.strip("[]"), strict=False)
    except ValueError:
        pass
    name, colon, number = rule.rpartition(":")
    if colon and number.isdigit():
        if int(number) != port:
            return False
        rule = name.strip("[]")
    rule = rule.removeprefix("*").lstrip(".")
    return bool(rule) and (host == rule or host.endswith("." + rule))
