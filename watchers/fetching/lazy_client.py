"""The options of the HTTP client, and a client that is created at the first request.

aiohttp takes a fifth of the imports of the bot, because it reads the certificates of the system. A chat on
the console shows its prompt before the first request.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from types import TracebackType
from typing import TYPE_CHECKING, Self

from watchers.fetching.addresses import IPNetwork
from watchers.fetching.host_throttle import ThrottleOptions
from watchers.fetching.result import MAX_BODY_BYTES, NO_VALIDATORS, FetchResult, Validators

if TYPE_CHECKING:
    from watchers.fetching.client import HttpClient


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpOptions:
    """The options that an operator can set.

    Attributes:
        contact: A URL or mail address where site owners can reach the operator.
        allow_networks: Networks that may be requested although they are not public.
        timeout_seconds: The timeout of a request with all redirects, without the waiting time of the
            rate limits.
        connect_seconds: The timeout of the name lookup and the connection.
        throttle: The rate limits.
    """

    contact: str | None = None
    allow_networks: tuple[IPNetwork, ...] = ()
    timeout_seconds: float = 20.0
    connect_seconds: float = 10.0
    throttle: ThrottleOptions = field(default_factory=ThrottleOptions)

    @property
    def user_agent(self) -> str:
        """Return the User-Agent header: ``Tocsin/1.2 (+https://bot.example)``."""
        try:
            name = f"Tocsin/{version('tocsin')}"
        except PackageNotFoundError:
            # The package is not installed: the program runs from a checkout.
            name = "Tocsin"
        # A line break in the contact would start another header.
        contact = "".join(
            char for char in self.contact or "" if char.isascii() and char.isprintable()
        )
        return f"{name} (+{contact})" if contact else name


class LazyHttpClient:
    """A `Fetch` that creates an `HttpClient` at its first request. Use it as an async context manager."""

    def __init__(self, options: HttpOptions) -> None:
        self._options = options
        self._client: HttpClient | None = None
        # Two first requests at the same time must share one client, which keeps the rate limits.
        self._lock = asyncio.Lock()
        self._exit_stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._exit_stack.aclose()

    async def __call__(
        self, url: str, *, validators: Validators = NO_VALIDATORS, max_bytes: int = MAX_BODY_BYTES
    ) -> FetchResult:
        """See `HttpClient.__call__`."""
        client = await self._open()
        return await client(url, validators=validators, max_bytes=max_bytes)

    async def post_form(self, url: str, fields: Mapping[str, str]) -> int:
        """See `HttpClient.post_form`."""
        client = await self._open()
        return await client.post_form(url, fields)

    async def _open(self) -> HttpClient:
        async with self._lock:
            if self._client is None:
                # In a thread: the import would block the event loop while a person types.
                client = await asyncio.to_thread(_make_client, self._options)
                self._client = await self._exit_stack.enter_async_context(client)
            return self._client


def _make_client(options: HttpOptions) -> HttpClient:
    from watchers.fetching.client import HttpClient  # noqa: PLC0415 - see the module

    return HttpClient(options)
