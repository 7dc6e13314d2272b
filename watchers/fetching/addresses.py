"""Which addresses may be asked for at all: pure rules, no network.

Two questions, since a name says little about where it leads:

    check_url       the address as it is written: scheme, host, port, literal IP addresses
    may_reach       an IP address that is about to be dialled (asked by watchers/fetching/guard.py)
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

from watchers.errors import AddressRefused
from watchers.limits import MAX_URL_CHARS

IPAddress = IPv4Address | IPv6Address
IPNetwork = IPv4Network | IPv6Network

_LONGEST_SHOWN: Final = 200  # characters of an address in a message
_LONGEST_HOST: Final = 253  # RFC 1035 section 2.3.4, without the last dot

_GLOBAL_UNICAST: Final = IPv6Network("2000::/3")  # all that IANA has given out for the internet
_NOT_PUBLIC: Final = tuple(
    ip_network(text)
    for text in (
        "100.64.0.0/10",  # shared by a provider's customers, RFC 6598
        "168.63.129.16/32",  # the host beneath a virtual machine in Azure, seen from there alone
        "192.0.0.0/24",  # protocol assignments, RFC 6890
        "192.88.99.0/24",  # 6to4 relays, RFC 7526
        "198.18.0.0/15",  # benchmarks, RFC 2544
        "2001::/23",  # Teredo (it carries an IPv4 address) and other protocols, RFC 2928
        "2002::/16",  # 6to4: carries an IPv4 address, RFC 3056
        "3fff::/20",  # documentation, RFC 9637
    )
)

_BAD_PORTS: Final = (
    "0 1 7 9 11 13 15 17 19 20 21 22 23 25 37 42 43 53 69 77 79 87 95 101 102 103 104 109 110 111 "
    "113 115 117 119 123 135 137 139 143 161 179 389 427 465 512 513 514 515 526 530 531 532 540 "
    "548 554 556 563 587 601 636 989 990 993 995 1719 1720 1723 2049 3659 4045 4190 5060 5061 6000 "
    "6379 6566 6665 6666 6667 6668 6669 6679 6697 10080 11211"
)
_NOT_WEB_PORTS: Final = frozenset(int(port) for port in _BAD_PORTS.split())
"""Ports where another protocol listens that can be made to take a request for its own commands:
the list of bad ports of the WHATWG's Fetch standard, with Redis and memcached."""

_LABEL: Final = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER: Final = re.compile(r"[0-9]+|0x[0-9a-f]*")
_USERINFO: Final = re.compile(r"^([a-z][a-z0-9+.-]*:)?/*[^/?#]*@", re.IGNORECASE)
_SECRET: Final = re.compile(
    r"([?&;](?:[a-z_-]*token|auth|[a-z_-]*key|[a-z_-]*secret|pass|password|pwd|sig|signature)=)"
    r"[^&;#]*",
    re.IGNORECASE,
)
_PRIVATE_NAMES: Final = ("localhost", "local", "internal", "home.arpa", "localdomain")


def check_url(text: str, allowed: Iterable[IPNetwork] = ()) -> URL:
    """The address, parsed, where it may be asked for as far as its text tells.

    Its host is a name of ordinary letters, or a plain IP address that `may_reach` lets pass. Numbers
    in disguise (``http://2130706433/``, ``http://0x7f.1/``) are refused: no site is called so.

    Raises:
        AddressRefused: it names the address without what is secret in it.
    """
    try:
        return _checked(text, allowed)
    except ValueError as error:
        # Not from the error: what it quotes may be a password.
        raise AddressRefused(str(error), address=show(text)) from None


def parse_url(text: str) -> URL:
    """``text`` as an address of any kind, perhaps relative.

    Raises:
        ValueError: it is none. The library itself was seen to raise more (IndexError for
            ``http://[]@``), so nothing here should call it on a stranger's text directly.
    """
    if len(text) > MAX_URL_CHARS:
        raise ValueError(f"an address longer than {MAX_URL_CHARS:,} characters")
    try:
        url = URL(text)
        url.host  # noqa: B018 - it decodes, and may find a name that is none (http://xn--.example)
    except Exception as error:
        raise ValueError(f"no address ({type(error).__name__})") from error
    return url


def host_of(text: str) -> str:
    """The host that ``text`` asks, to whom politeness is owed; "" where it asks nobody."""
    try:
        return parse_url(text).host or ""
    except ValueError:
        return ""


def _checked(text: str, allowed: Iterable[IPNetwork]) -> URL:
    """As `check_url`; ValueError says why not."""
    if len(text) > MAX_URL_CHARS:
        raise ValueError(f"it is longer than {MAX_URL_CHARS:,} characters")
    try:
        url = parse_url(text.strip())
    except ValueError as error:
        raise ValueError("it is no web address") from error
    port, host = url.port, url.raw_host
    if url.scheme not in ("http", "https"):
        raise ValueError("it has to start with http:// or https://")
    if not host or not _is_host(host):
        raise ValueError("its host is no name that a web site can have")
    if port in _NOT_WEB_PORTS:
        raise ValueError(f"port {port} belongs to something else than the web")
    try:
        literal = literal_address(host)
    except ValueError as error:
        raise ValueError(
            "its host is a number in disguise; write the IP address plainly"
        ) from error
    if literal is not None and not may_reach(literal, allowed):
        raise ValueError(PRIVATE)
    return url.with_fragment(None)


PRIVATE: Final = "it leads into a private network; ALLOW_NETWORKS can open one"
"""Why an address is refused, in words that give no address away."""


def may_reach(address: IPAddress, allowed: Iterable[IPNetwork] = ()) -> bool:
    """Whether ``address`` is of the public internet, or in a network that is ``allowed``.

    An IPv4 address in IPv6 clothes (``::ffff:127.0.0.1``) is taken for what it is. What hides one
    that the other end unpacks (6to4, Teredo, NAT64) is not public.
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


def literal_address(host: str) -> IPAddress | None:
    """The IP address that ``host`` is, or ``None`` for a name.

    Raises:
        ValueError: it would be read as a number by some resolvers, and is no plain address. The
            rule is the URL standard's: a host whose last label is a number is an IPv4 address.
    """
    if ":" in host:
        return ip_address(host.partition("%")[0])
    last = host.rstrip(".").rpartition(".")[2]
    return ip_address(host) if _NUMBER.fullmatch(last) else None


def is_private_name(host: str) -> bool:
    """Whether the name itself says that it is not of the internet (RFC 6761, 6762, 8375).

    Asked where a proxy looks the name up, so that nobody here sees the address.
    """
    name = host.rstrip(".")
    if "." not in name and ":" not in name:
        return True
    return any(name == private or name.endswith("." + private) for private in _PRIVATE_NAMES)


def show(text: str) -> str:
    """An address as it may be shown: no name and password, no keys in the query, printable, short."""
    text = text[:MAX_URL_CHARS].strip()
    try:
        parse_url(text)
    except ValueError:
        scheme, middle, rest = text.partition("://")
        text = f"{scheme}{middle}{rest.rpartition('@')[2]}"
    return _without_keys(_USERINFO.sub(lambda match: f"{match[1] or ''}//", text))


def show_url(url: URL) -> str:
    """As `show`, for an address without name and password."""
    return _without_keys(str(url))


def _without_keys(text: str) -> str:
    return printable(_SECRET.sub(r"\1…", text), _LONGEST_SHOWN)


def printable(text: str, most: int) -> str:
    """``text`` in one line of at most ``most`` characters, anything unprintable as "?"."""
    line = text[: most + 1]
    if not line.isprintable():
        line = "".join(char if char.isprintable() else "?" for char in line)
    return line if len(line) <= most else f"{line[: most - 1]}…"


def _is_host(host: str) -> bool:
    if ":" in host:
        return "%" not in host  # a zone is a link-local matter
    labels = host.removesuffix(".").split(".")
    return len(host) <= _LONGEST_HOST and all(_LABEL.fullmatch(label) for label in labels)
