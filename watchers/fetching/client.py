"""The HTTP client for all requests to feeds, pages and hubs.

    url ─ check_url ─► slot of the host ─► connection ─► headers ─► body ─► FetchResult
            ▲          (host_throttle.py)  (ssrf_guard.py)  │      (body.py)
            └────────────── redirect (redirects.py) ◄───────┤
                                                            └─► HttpStatusError (responses.py)

The client keeps cookies only for the length of one redirect chain, does not retry, and keeps no state
besides the rate limits. TLS certificates are verified with the certificates of the system. Every failure
is raised as one FetchError (error_mapping.py).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from types import TracebackType
from typing import Final, Literal, Self, TypeVar
from urllib.parse import urlencode

import aiohttp
from aiohttp.abc import AbstractResolver

from watchers.errors import FetchError, ForbiddenAddressError, HttpStatusError
from watchers.fetching.addresses import is_private_name
from watchers.fetching.cookies import ChainCookies
from watchers.fetching.error_mapping import to_fetch_error
from watchers.fetching.host_throttle import HostBlocked, HostThrottle, Sleep
from watchers.fetching.lazy_client import HttpOptions
from watchers.fetching.proxies import Proxies, Proxy
from watchers.fetching.redirects import RequestStep, first_step
from watchers.fetching.response_head import MAX_HEADERS, use_lenient_heads
from watchers.fetching.response_parts import LargeBodySlots
from watchers.fetching.responses import ReadOptions, read_post_status, read_response
from watchers.fetching.result import MAX_BODY_BYTES, NO_VALIDATORS, FetchResult, Validators
from watchers.fetching.ssrf_guard import GuardedResolver, guarded_sockets

# One header line. Content security policies can be longer than aiohttp's default.
_MAX_HEADER_BYTES: Final = 16_384
# Long enough for the next feed of the same host, but not for the next poll of the same feed.
_KEEP_ALIVE_SECONDS: Final = 4.0
# With these statuses, Retry-After is about the whole host.
_HOST_WIDE_STATUSES: Final = (429, 503)
_FORM_CONTENT_TYPE: Final = "application/x-www-form-urlencoded"

_Read = TypeVar("_Read")
_Reader = Callable[[aiohttp.ClientResponse, asyncio.Timeout], Awaitable[_Read]]


class HttpClient:
    """An implementation of `Fetch` that can also post forms. Use it as an async context manager.

    Args:
        options: The options of the operator.
        proxies: The proxies; by default those of the environment.
        resolver: The name resolver; by default one that uses the name servers and the hosts file of
            the system without threads.
        clock: Returns the current time with its zone.
        monotonic: Returns seconds that never go backwards, for the rate limits.
        sleep: Waits, for the rate limits.
    """

    def __init__(
        self,
        options: HttpOptions | None = None,
        *,
        proxies: Proxies | None = None,
        resolver: AbstractResolver | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._options = options or HttpOptions()
        self._proxies = Proxies() if proxies is None else proxies
        self._resolver = resolver
        self._clock = clock
        self.throttle = HostThrottle(self._options.throttle, monotonic, sleep)
        self._large_bodies = LargeBodySlots()
        self._exit_stack = AsyncExitStack()
        self._direct: aiohttp.ClientSession | None = None
        self._proxied: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        allowed = self._options.allow_networks
        resolver = self._resolver or aiohttp.AsyncResolver()
        if self._resolver is None:
            self._exit_stack.push_async_callback(resolver.close)
        # Requests through a proxy dial only the proxy, which the operator chose and which may be in a
        # private network. Their connector is separate, so that no other request can use it to reach
        # that network.
        guarded = use_lenient_heads(
            aiohttp.TCPConnector(
                resolver=GuardedResolver(resolver, allowed),
                socket_factory=guarded_sockets(allowed),
                limit=0,
                keepalive_timeout=_KEEP_ALIVE_SECONDS,
            )
        )
        unguarded = use_lenient_heads(
            aiohttp.TCPConnector(resolver=resolver, limit=0, keepalive_timeout=_KEEP_ALIVE_SECONDS)
        )
        self._direct = await self._exit_stack.enter_async_context(self._create_session(guarded))
        self._proxied = await self._exit_stack.enter_async_context(self._create_session(unguarded))
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._direct = self._proxied = None
        await self._exit_stack.aclose()

    async def __call__(
        self, url: str, *, validators: Validators = NO_VALIDATORS, max_bytes: int = MAX_BODY_BYTES
    ) -> FetchResult:
        """GET ``url`` with at most ``max_bytes`` bytes of body after decompression.

        Raises:
            FetchError: The request failed; the class and its attributes state the cause.
        """
        allowed = self._options.allow_networks
        step = first_step(url, validators, allowed)
        options = ReadOptions(
            max_bytes=max_bytes, large_bodies=self._large_bodies, clock=self._clock
        )
        seconds_left = self._options.timeout_seconds
        previous_host = None
        cookies = ChainCookies()
        while True:
            async with self._host_slot(step, is_redirect=step.host == previous_host):
                started = time.monotonic()
                read = partial(read_response, step=step, options=options)
                result = await self._request(step, read, seconds=seconds_left, cookies=cookies)
                seconds_left -= time.monotonic() - started
            if isinstance(result, FetchResult):
                return result
            previous_host = step.host
            has_new_cookies = cookies.add(result.cookies, step.url)
            step = step.follow(
                result.location, result.status, allowed, has_new_cookies=has_new_cookies
            )

    async def post_form(self, url: str, fields: Mapping[str, str]) -> int:
        """POST a form, as WebSub hubs require, and return the status (2xx).

        Redirects are not followed.

        Raises:
            FetchError: The request failed; the reason quotes the explanation of the hub.
        """
        step = first_step(url, NO_VALIDATORS, self._options.allow_networks)

        async def read(response: aiohttp.ClientResponse, _: asyncio.Timeout) -> int:
            return await read_post_status(response, step, self._clock())

        form = urlencode(fields).encode("ascii")
        async with self._host_slot(step, is_redirect=False):
            return await self._request(step, read, seconds=self._options.timeout_seconds, form=form)

    @asynccontextmanager
    async def _host_slot(self, step: RequestStep, *, is_redirect: bool) -> AsyncIterator[None]:
        try:
            async with self.throttle.slot(step.host, is_redirect=is_redirect):
                yield
        except HostBlocked as block:
            reason = (
                f"{block.status}: {step.host} allows no requests for {block.seconds:.0f} s more"
            )
            raise HttpStatusError(
                block.status, reason, address=step.requested_url, retry_after=block.seconds
            ) from block

    async def _request(
        self,
        step: RequestStep,
        read: _Reader[_Read],
        *,
        seconds: float,
        form: bytes | None = None,
        cookies: ChainCookies | None = None,
    ) -> _Read:
        """Send one request and return the result of ``read`` for its response.

        Raises:
            FetchError: The request failed.
        """
        if self._direct is None or self._proxied is None:
            raise RuntimeError("HttpClient must be used inside its `async with` block")
        method: Literal["GET", "POST"] = "GET" if form is None else "POST"
        try:
            headers = step.headers()
            if cookies is not None and (cookie := cookies.header(step.url)):
                headers["Cookie"] = cookie
            if form is not None:
                headers["Content-Type"] = _FORM_CONTENT_TYPE
            proxy = self._proxy_for(step)
            if proxy is not None and proxy.authorization and step.url.scheme == "http":
                headers["Proxy-Authorization"] = proxy.authorization
            async with (
                asyncio.timeout(seconds) as timeout,
                (self._proxied if proxy else self._direct).request(
                    method,
                    step.url,
                    data=form,
                    headers=headers,
                    # Each redirect target must be checked first.
                    allow_redirects=False,
                    proxy=proxy.url if proxy else None,
                    proxy_headers=_tunnel_headers(proxy, step),
                ) as response,
            ):
                return await read(response, timeout)
        except HttpStatusError as error:
            if error.retry_after is not None and error.status in _HOST_WIDE_STATUSES:
                self.throttle.block(step.host, error.retry_after, error.status)
            raise
        except FetchError:
            raise
        except Exception as error:
            raise to_fetch_error(
                error,
                step,
                timeout_seconds=self._options.timeout_seconds,
                connect_seconds=self._options.connect_seconds,
            ) from error

    def _proxy_for(self, step: RequestStep) -> Proxy | None:
        """Return the proxy for this step.

        A proxy resolves names itself, so the SSRF guard cannot see the IP address. Names that are
        private by definition are refused here instead.
        """
        proxy = self._proxies.for_url(step.url)
        if proxy is not None and is_private_name(step.host):
            reason = (
                "the host name belongs to a private network; "
                "add the host to NO_PROXY to request it without the proxy"
            )
            raise ForbiddenAddressError(step.describe(reason), address=step.requested_url)
        return proxy

    def _create_session(self, connector: aiohttp.TCPConnector) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=connector,
            headers={
                "User-Agent": self._options.user_agent,
                "Accept": "*/*",
                "Accept-Encoding": "gzip",
            },
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None, connect=self._options.connect_seconds),
            # aiohttp would decompress without a limit on the result.
            auto_decompress=False,
            # See proxies.py for the reasons.
            trust_env=False,
            max_field_size=_MAX_HEADER_BYTES,
            max_headers=MAX_HEADERS,
        )


def _tunnel_headers(proxy: Proxy | None, step: RequestStep) -> dict[str, str] | None:
    """Return the headers of the CONNECT request for a TLS host."""
    if proxy is None or proxy.authorization is None or step.url.scheme != "https":
        return None
    return {"Proxy-Authorization": proxy.authorization}
