"""No connection to a place that may not be reached: checked at the last moment, address by address.

    name ── GuardedResolver ──► addresses (some) ── guarded_sockets ──► socket, or ForbiddenAddress

The socket's check is the guarantee: it sees the very address that is dialled next, whatever a name, a
redirect or a second DNS answer said before. The resolver's only keeps forbidden answers from being
tried first, and a long answer from becoming a flood.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from ipaddress import ip_address
from typing import Any, Final

from aiohttp.abc import AbstractResolver, ResolveResult

from watchers.fetching.addresses import PRIVATE, IPNetwork, may_reach

_MOST_ADDRESSES: Final = 3  # of one name and family: each may be tried several times

AddrInfo = tuple[int | socket.AddressFamily, int | socket.SocketKind, int, str, tuple[Any, ...]]
"""One entry of `socket.getaddrinfo`."""


class ForbiddenAddress(OSError):
    """An address that may not be reached; it does not say which, as that could be learned from."""

    def __init__(self) -> None:
        super().__init__(PRIVATE)


def guarded_sockets(allowed: Sequence[IPNetwork]) -> Callable[[AddrInfo], socket.socket]:
    """A maker of sockets that refuses addresses `may_reach` refuses, before anything is sent."""

    def make(info: AddrInfo) -> socket.socket:
        family, kind, protocol, _, address = info
        if not _may_dial(str(address[0]), allowed):
            raise ForbiddenAddress
        return socket.socket(family, kind, protocol)

    return make


class GuardedResolver(AbstractResolver):
    """A resolver whose forbidden answers are left out; at most three of a family remain."""

    def __init__(self, resolver: AbstractResolver, allowed: Sequence[IPNetwork]) -> None:
        self._resolver = resolver
        self._allowed = allowed

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """The addresses of ``host`` that may be dialled.

        Raises:
            ForbiddenAddress: it has addresses, and none may be dialled.
            OSError: the name is not known, or nobody answered.
        """
        found = await self._resolver.resolve(host, port, family)
        free = [result for result in found if _may_dial(result["host"], self._allowed)]
        if found and not free:
            raise ForbiddenAddress
        few = [result for result in free if ":" in result["host"]][:_MOST_ADDRESSES]
        few += [result for result in free if ":" not in result["host"]][:_MOST_ADDRESSES]
        return few

    async def close(self) -> None:
        """Close the resolver beneath."""
        await self._resolver.close()


def _may_dial(host: str, allowed: Sequence[IPNetwork]) -> bool:
    try:
        return may_reach(ip_address(host.partition("%")[0]), allowed)
    except ValueError:
        return False
