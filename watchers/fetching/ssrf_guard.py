"""Protection against server-side request forgery: check every IP address before it is dialled.

    name ── GuardedResolver ──► addresses ── guarded_sockets ──► socket, or AddressBlocked

The check at the socket is the guarantee: the socket factory receives the IP address that is dialled
next, so a redirect or a second DNS answer (DNS rebinding) cannot bypass it. The resolver only avoids
attempts to dial forbidden addresses and limits the number of attempts.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from ipaddress import ip_address
from typing import Any, Final

from aiohttp.abc import AbstractResolver, ResolveResult

from watchers.fetching.addresses import PRIVATE_NETWORK_REASON, IPNetwork, is_allowed

# Per name and address family. Each address may be tried several times.
_MAX_ADDRESSES: Final = 3

AddrInfo = tuple[int | socket.AddressFamily, int | socket.SocketKind, int, str, tuple[Any, ...]]
"""One entry of the result of `socket.getaddrinfo`."""


class AddressBlocked(OSError):
    """An IP address that must not be dialled.

    The message does not contain the address: a user could scan the private network with it.
    """

    def __init__(self) -> None:
        super().__init__(PRIVATE_NETWORK_REASON)


def guarded_sockets(allowed: Sequence[IPNetwork]) -> Callable[[AddrInfo], socket.socket]:
    """Return a socket factory that raises `AddressBlocked` for addresses that are not allowed."""

    def create_socket(info: AddrInfo) -> socket.socket:
        family, kind, protocol, _, address = info
        if not _may_dial(str(address[0]), allowed):
            raise AddressBlocked
        return socket.socket(family, kind, protocol)

    return create_socket


class GuardedResolver(AbstractResolver):
    """A resolver that removes forbidden addresses and returns at most three per family."""

    def __init__(self, resolver: AbstractResolver, allowed: Sequence[IPNetwork]) -> None:
        self._resolver = resolver
        self._allowed = allowed

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Return the addresses of ``host`` that may be dialled.

        Raises:
            AddressBlocked: The name has addresses, but none of them may be dialled.
            OSError: The name does not exist, or no name server answered.
        """
        results = await self._resolver.resolve(host, port, family)
        allowed = [result for result in results if _may_dial(result["host"], self._allowed)]
        if results and not allowed:
            raise AddressBlocked
        ipv6 = [result for result in allowed if ":" in result["host"]]
        ipv4 = [result for result in allowed if ":" not in result["host"]]
        return ipv6[:_MAX_ADDRESSES] + ipv4[:_MAX_ADDRESSES]

    async def close(self) -> None:
        """Close the wrapped resolver."""
        await self._resolver.close()


def _may_dial(host: str, allowed: Sequence[IPNetwork]) -> bool:
    try:
        # A zone ("%eth0") does not change whether the address is public.
        return is_allowed(ip_address(host.partition("%")[0]), allowed)
    except ValueError:
        return False
