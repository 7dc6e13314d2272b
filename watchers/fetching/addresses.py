"""Rules for the URLs and IP addresses that may be requested. Pure functions without network access.

Two checks are necessary, because a host name does not show where it leads:

    check_url       the URL as text: scheme, host, port, literal IP addresses
    is_allowed      the IP address that is about to be dialled (watchers/fetching/ssrf_guard.py)
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Final

from yarl import URL

from watchers.errors import ForbiddenAddressError
from watchers.limits import MAX_URL_CHARS

IPAddress = IPv4Address | IPv6Address
IPNetwork = IPv4Network | IPv6Network

PRIVATE_NETWORK_REASON: Final = (
    "the address is in a private network; TOCSIN_ALLOW_NETWORKS can allow it"
)
"""The reason for a refusal. The text must not contain the IP address."""

_MAX_DISPLAY_CHARS: Final = 200
# RFC 1035 section 2.3.4, without the final dot.
_MAX_HOST_CHARS: Final = 253

# The only range that IANA has assigned to the public internet.
_GLOBAL_UNICAST: Final = IPv6Network("2000::/3")
# Ranges that `ipaddress` counts as global in at least one supported Python version.
_NOT_PUBLIC: Final = tuple(
    ip_network(text)
    for text in (
        "100.64.0.0/10",  # shared address space of providers, RFC 6598
        "168.63.129.16/32",  # the host of a virtual machine in Azure, visible only from inside
        "192.0.0.0/24",  # protocol assignments, RFC 6890
        "192.88.99.0/24",  # 6to4 relays, RFC 7526
        "198.18.0.0/15",  # benchmarks, RFC 2544
        "2001::/23",  # Teredo (contains an IPv4 address) and other protocols, RFC 2928
        "2002::/16",  # 6to4: contains an IPv4 address, RFC 3056
        "3fff::/20",  # documentation, RFC 9637
    )
)

_BLOCKED_PORT_LIST: Final = (
    "0 1 7 9 11 13 15 17 19 20 21 22 23 25 37 42 43 53 69 77 79 87 95 101 102 103 104 109 110 111 "
    "113 115 117 119 123 135 137 139 143 161 179 389 427 465 512 513 514 515 526 530 531 532 540 "
    "548 554 556 563 587 601 636 989 990 993 995 1719 1720 1723 2049 3659 4045 4190 5060 5061 6000 "
    "6379 6566 6665 6666 6667 6668 6669 6679 6697 10080 11211"
)
_BLOCKED_PORTS: Final = frozenset(map(int, _BLOCKED_PORT_LIST.split()))
"""Ports of other protocols that may interpret an HTTP request as their own commands: the "bad ports"
of the WHATWG Fetch standard, plus Redis and memcached."""

_LABEL: Final = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER: Final = re.compile(r"[0-9]+|0x[0-9a-f]*")
_USERINFO: Final = re.compile(r"^([a-z][a-z0-9+.-]*:)?/*[^/?#]*@", re.IGNORECASE)
_SECRET_PARAMETER: Final = re.compile(
    r"([?&;](?:[a-z_-]*token|auth|[a-z_-]*key|[a-z_-]*secret|pass|password|pwd|sig|signature)=)"
    r"[^&;#]*",
    re.IGNORECASE,
)
_PUBLIC_PARAMETER_SEPARATORS: Final = re.compile("[&;]")
# A long value of letters and digits, such as the address of a private feed has.
_SECRET_VALUE: Final = re.compile(r"(?=[\w-]*[0-9])(?=[\w-]*[A-Za-z])[\w-]{24,}")
_PRIVATE_SUFFIXES: Final = ("localhost", "local", "internal", "home.arpa", "localdomain")


def check_url(text: str, allowed: Iterable[IPNetwork] = ()) -> URL:
    """Parse ``text`` and check that it may be requested, as far as the text shows.

    The host must be a name of ordinary letters, or a plain IP address that `is_allowed` accepts.
    Numbers in another notation (``http://2130706433/``, ``http://0x7f.1/``) are refused: no web site
    uses them, and resolvers read them as IP addresses.

    Raises:
        ForbiddenAddressError: The URL must not be requested. The error contains no secrets.
    """
    try:
        return _parse_web_url(text, allowed)
    except ValueError as error:
        # `from None`: the original exception may quote a password.
        raise ForbiddenAddressError(str(error), address=display_url(text)) from None


def parse_url(text: str) -> URL:
    """Parse ``text`` as a URL of any scheme, absolute or relative.

    Raises:
        ValueError: The text is not a URL. yarl also raises other types (IndexError for
            ``http://[]@``), so untrusted text must be parsed with this function only.
    """
    if len(text) > MAX_URL_CHARS:
        raise ValueError(f"a URL longer than {MAX_URL_CHARS:,} characters")
    try:
        url = URL(text)
        url.host  # noqa: B018 - decodes the host, which fails for an invalid one (http://xn--.example)
    except Exception as error:
        raise ValueError(f"not a URL ({type(error).__name__})") from error
    return url


def url_host(text: str) -> str:
    """Return the host of a URL, which is the key for rate limits; "" if there is none."""
    try:
        return parse_url(text).host or ""
    except ValueError:
        return ""


def resolve_web_url(text: str, base: URL) -> str | None:
    """Return the http(s) URL that ``text`` names relative to ``base``; ``None`` if it is invalid."""
    try:
        url = base.join(parse_url(text.strip()))
    except ValueError:
        return None
    return str(url) if url.scheme in ("http", "https") and url.raw_host else None


def _parse_web_url(text: str, allowed: Iterable[IPNetwork]) -> URL:
    """Do the work of `check_url`; raise ValueError with the reason."""
    if len(text) > MAX_URL_CHARS:
        raise ValueError(f"the address is longer than {MAX_URL_CHARS:,} characters")
    try:
        url = parse_url(text.strip())
    except ValueError as error:
        raise ValueError("this is not a web address") from error
    port, host = url.port, url.raw_host
    if url.scheme not in ("http", "https"):
        raise ValueError("the address must start with http:// or https://")
    if not host or not _is_valid_host(host):
        raise ValueError("the host is not a valid name for a web site")
    if port in _BLOCKED_PORTS:
        raise ValueError(f"port {port} belongs to another protocol than HTTP")
    try:
        literal = parse_literal_address(host)
    except ValueError as error:
        raise ValueError(
            "the host is an IP address in an unusual notation; write the address as 192.0.2.1"
        ) from error
    if literal is not None and not is_allowed(literal, allowed):
        raise ValueError(PRIVATE_NETWORK_REASON)
    return url.with_fragment(None)


def is_allowed(address: IPAddress, allowed: Iterable[IPNetwork] = ()) -> bool:
    """Return True if ``address`` is in the public internet, or in one of the ``allowed`` networks.

    An IPv4-mapped IPv6 address (``::ffff:127.0.0.1``) counts as its IPv4 address. An IPv6 address
    that a gateway translates to IPv4 (6to4, Teredo, NAT64) is not public.
    """
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    if any(address.version == network.version and address in network for network in allowed):
        return True
    if isinstance(address, IPv6Address) and address not in _GLOBAL_UNICAST:
        return False
    if not address.is_global or address.is_multicast:
        return False
    return not any(address.version == net.version and address in net for net in _NOT_PUBLIC)


def parse_literal_address(host: str) -> IPAddress | None:
    """Return the IP address that ``host`` states, or ``None`` for a name.

    Raises:
        ValueError: The host is not a plain address, but some resolvers read it as one. By the rule
            of the URL standard, a host whose last label is a number is an IPv4 address.
    """
    if ":" in host:
        return ip_address(host.partition("%")[0])
    last_label = host.rstrip(".").rpartition(".")[2]
    return ip_address(host) if _NUMBER.fullmatch(last_label) else None


def is_private_name(host: str) -> bool:
    """Return True if ``host`` is a private name by definition (RFC 6761, 6762, 8375).

    The check is for requests through a proxy: the proxy resolves the name, so the IP address is not
    visible here.
    """
    name = host.rstrip(".")
    if "." not in name and ":" not in name:
        return True
    return any(name == suffix or name.endswith("." + suffix) for suffix in _PRIVATE_SUFFIXES)


def display_url(text: str) -> str:
    """Return a URL for messages and logs: short, printable, without credentials and API keys."""
    text = text[:MAX_URL_CHARS].strip()
    try:
        parse_url(text)
    except ValueError:
        # An invalid URL may contain "@" after the first "/", so the pattern below is not enough.
        scheme, separator, remainder = text.partition("://")
        text = f"{scheme}{separator}{remainder.rpartition('@')[2]}"
    return _hide_secrets(_USERINFO.sub(lambda match: f"{match[1] or ''}//", text))


def public_url(text: str) -> str:
    """Return a URL without user name, password and parameters that look like secrets.

    The result is shown to and compared for everyone. A URL without secrets is returned unchanged.
    """
    if len(text) > MAX_URL_CHARS:
        return ""
    address = _USERINFO.sub(lambda match: f"{match[1] or ''}//", text)
    base, mark, query = address.partition("?")
    if not mark:
        return address
    query, fragment_sign, fragment = query.partition("#")
    parameters = _PUBLIC_PARAMETER_SEPARATORS.split(query)
    public = [parameter for parameter in parameters if not _is_secret(parameter)]
    if len(public) == len(parameters):
        return address
    return f"{base}{'?' if public else ''}{'&'.join(public)}{fragment_sign}{fragment}"


def has_secrets(text: str) -> bool:
    """Return True if a URL contains a user name, a password or a parameter like a secret."""
    return public_url(text) != text


def _is_secret(parameter: str) -> bool:
    is_named = _SECRET_PARAMETER.match(f"?{parameter}") is not None
    return is_named or _SECRET_VALUE.fullmatch(parameter.partition("=")[2]) is not None


def display_parsed_url(url: URL) -> str:
    """Return `display_url` of a URL that contains no user name and password."""
    return _hide_secrets(str(url))


def _hide_secrets(text: str) -> str:
    return to_printable(_SECRET_PARAMETER.sub(r"\1…", text), _MAX_DISPLAY_CHARS)


def to_printable(text: str, max_chars: int) -> str:
    """Return ``text`` in at most ``max_chars`` characters, with "?" for unprintable ones."""
    line = text[: max_chars + 1]
    if not line.isprintable():
        line = "".join(char if char.isprintable() else "?" for char in line)
    return line if len(line) <= max_chars else f"{line[: max_chars - 1]}…"


def _is_valid_host(host: str) -> bool:
    if ":" in host:
        # A zone index is only valid for link-local addresses.
        return "%" not in host
    labels = host.removesuffix(".").split(".")
    return len(host) <= _MAX_HOST_CHARS and all(_LABEL.fullmatch(label) for label in labels)
