"""The one client that everything asks the web with: polite, guarded, bounded.

    url ─ check_url ─► its host's turn ─► connection ─► headers ─► body ─► Fetched
            ▲          (politeness.py)    (guard.py)       │      (body.py)
            └────────────── redirect (redirects.py) ◄──────┤
                                                           └─► Refused (refusals.py)

No cookies, no retries of our own, no state but each host's turns. TLS is verified with the system's
certificates. Whatever goes wrong comes out as one FetchError (failures.py).
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

from watchers.errors import AddressRefused, FetchError, Refused
from watchers.fetching.addresses import is_private_name
from watchers.fetching.answers import Reading, read_answer, read_posted
from watchers.fetching.body import Room
from watchers.fetching.failures import failure
from watchers.fetching.fetched import MAX_BODY, NO_VALIDATORS, Fetched, Validators
from watchers.fetching.guard import GuardedResolver, guarded_sockets
from watchers.fetching.http_options import HttpOptions
from watchers.fetching.politeness import OnHold, Politeness, Sleep
from watchers.fetching.proxies import Proxies, Proxy
from watchers.fetching.redirects import Step, first_step

_LONGEST_HEADER: Final = 16_384  # bytes of one header line; content security policies are long
_KEEP_ALIVE: Final = 4.0  # seconds: for the next feed of a host, not for its next poll
_HOLDING: Final = (429, 503)  # with Retry-After, the host wants rest from everybody
_FORM: Final = "application/x-www-form-urlencoded"

_Read = TypeVar("_Read")
_Reader = Callable[[aiohttp.ClientResponse, asyncio.Timeout], Awaitable[_Read]]


class HttpClient:
    """A `Fetch`, and `post_form`; an async context manager.

    Args:
        options: what an operator may set.
        proxies: which proxy carries what; by default as the environment says.
        resolver: looks names up; by default the system's servers and hosts file, without threads.
        clock: the time, with its zone.
        monotonic: seconds that never go back, for the spacing of requests.
        sleep: waits, for the spacing of requests.
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
        self.politeness = Politeness(self._options.pace, monotonic, sleep)
        self._room = Room()
        self._open = AsyncExitStack()
        self._direct: aiohttp.ClientSession | None = None
        self._proxied: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        allowed = self._options.allow_networks
        resolver = self._resolver or aiohttp.AsyncResolver()
        if self._resolver is None:
            self._open.push_async_callback(resolver.close)
        # What goes through a proxy dials the proxy alone, which the operator chose: it has a
        # connector of its own, so that no request can reach that address without being sent there.
        guarded = aiohttp.TCPConnector(
            resolver=GuardedResolver(resolver, allowed),
            socket_factory=guarded_sockets(allowed),
            limit=0,
            keepalive_timeout=_KEEP_ALIVE,
        )
        plain = aiohttp.TCPConnector(resolver=resolver, limit=0, keepalive_timeout=_KEEP_ALIVE)
        self._direct = await self._open.enter_async_context(self._session(guarded))
        self._proxied = await self._open.enter_async_context(self._session(plain))
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._direct = self._proxied = None
        await self._open.aclose()

    async def __call__(
        self, url: str, *, validators: Validators = NO_VALIDATORS, most: int = MAX_BODY
    ) -> Fetched:
        """GET ``url``; at most ``most`` bytes of body after decompression.

        Raises:
            FetchError: it could not be had; the class and its data say how.
        """
        allowed = self._options.allow_networks
        step = first_step(url, validators, allowed)
        how = Reading(most=most, room=self._room, clock=self._clock)
        seconds = self._options.total
        host = None
        while True:
            async with self._turn(step, follows=step.host == host):
                started = time.monotonic()
                read = partial(read_answer, step=step, how=how)
                got = await self._exchange(step, read, seconds=seconds)
                seconds -= time.monotonic() - started
            if isinstance(got, Fetched):
                return got
            host = step.host
            step = step.follow(got.location, got.status, allowed)

    async def post_form(self, url: str, fields: Mapping[str, str]) -> int:
        """POST a form, as hubs want it; the status of the answer, 2xx. Redirects are not followed.

        Raises:
            FetchError: it was not taken; a hub's own words stand in the reason.
        """
        step = first_step(url, NO_VALIDATORS, self._options.allow_networks)

        async def read(response: aiohttp.ClientResponse, _: asyncio.Timeout) -> int:
            return await read_posted(response, step, self._clock())

        async with self._turn(step, follows=False):
            return await self._exchange(
                step, read, seconds=self._options.total, form=urlencode(fields).encode("ascii")
            )

    @asynccontextmanager
    async def _turn(self, step: Step, *, follows: bool) -> AsyncIterator[None]:
        try:
            async with self.politeness.turn(step.host, follows=follows):
                yield
        except OnHold as hold:
            reason = (
                f"{hold.status}: {step.host} wants to be left alone for {hold.seconds:.0f} s more"
            )
            raise Refused(
                hold.status, reason, address=step.asked, retry_after=hold.seconds
            ) from hold

    async def _exchange(
        self, step: Step, read: _Reader[_Read], *, seconds: float, form: bytes | None = None
    ) -> _Read:
        """One request, and what ``read`` makes of its answer.

        Raises:
            FetchError: whatever went wrong.
        """
        if self._direct is None or self._proxied is None:
            raise RuntimeError("an HttpClient is used inside its `async with`")
        method: Literal["GET", "POST"] = "GET" if form is None else "POST"
        try:
            headers = step.headers()
            if form is not None:
                headers["Content-Type"] = _FORM
            proxy = self._proxy(step)
            if proxy is not None and proxy.authorization and step.url.scheme == "http":
                headers["Proxy-Authorization"] = proxy.authorization
            async with (
                asyncio.timeout(seconds) as limit,
                (self._proxied if proxy else self._direct).request(
                    method,
                    step.url,
                    data=form,
                    headers=headers,
                    allow_redirects=False,
                    proxy=proxy.url if proxy else None,
                    proxy_headers=_tunnel_headers(proxy, step),
                ) as response,
            ):
                return await read(response, limit)
        except Refused as refused:
            if refused.retry_after is not None and refused.status in _HOLDING:
                self.politeness.hold(step.host, refused.retry_after, refused.status)
            raise
        except FetchError:
            raise
        except Exception as error:
            options = self._options
            raise failure(error, step, total=options.total, connect=options.connect) from error

    def _proxy(self, step: Step) -> Proxy | None:
        """The proxy for this step; it looks names up itself, so that they are judged as names."""
        proxy = self._proxies.for_url(step.url)
        if proxy is not None and is_private_name(step.host):
            reason = (
                "its name is that of a private network; NO_PROXY has it asked without the proxy"
            )
            raise AddressRefused(step.at(reason), address=step.asked)
        return proxy

    def _session(self, connector: aiohttp.TCPConnector) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=connector,
            headers={
                "User-Agent": self._options.user_agent,
                "Accept": "*/*",
                "Accept-Encoding": "gzip",
            },
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None, connect=self._options.connect),
            auto_decompress=False,
            trust_env=False,
            max_field_size=_LONGEST_HEADER,
        )


def _tunnel_headers(proxy: Proxy | None, step: Step) -> dict[str, str] | None:
    """What the proxy is told when a tunnel to a TLS host is asked of it."""
    if proxy is None or proxy.authorization is None or step.url.scheme != "https":
        return None
    return {"Proxy-Authorization": proxy.authorization}
