"""Many sites with feeds, on loopback: 127.1.0.1, 127.1.0.2, …; and a look at who asks them.

    sites = FeedSites(hosts=250, each=4)
    async with sites:
        sites.urls                     # of all feeds
        sites.publish(3, "A title")    # a new entry in feed 3
        sites.faults                   # hosts that were asked by two at once, or again too soon

Who asks is known by its User-Agent: each process sets a contact of its own.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from html import escape
from typing import Final, Self

from aiohttp import web

SHOWN: Final = 20  # entries in a feed at one time
SPACING: Final = 0.9  # seconds between two requests to one host, less what a clock may differ

Behave = Callable[[web.Request, bytes], Awaitable[web.StreamResponse]]
"""How a feed answers, given what it would say."""


@dataclass
class Site:
    """One host."""

    busy: dict[str, int] = field(default_factory=dict)  # requests under way, by who asks
    asked_at: float = 0.0
    asked_for: str = ""  # the path that was asked for last


class FeedSites:
    """Feeds that publish, on hosts that watch who asks them."""

    def __init__(self, *, hosts: int, each: int, slow: float = 0.03) -> None:
        self.slow = slow  # seconds that an answer takes, at most
        self.port = 0
        self.faults: list[str] = []
        self.asked: Counter[str] = Counter()  # by who asks
        self.read: Counter[int] = Counter()  # by feed
        self.behave: dict[int, Behave] = {}  # feeds with manners of their own
        self._each = each
        self._names = [f"127.1.{n // 250}.{n % 250 + 1}" for n in range(hosts)]
        self._sites = {name: Site() for name in self._names}
        self._entries: list[deque[tuple[int, str]]] = [
            deque(maxlen=SHOWN) for _ in range(hosts * each)
        ]
        self._count = 0
        self._runner: web.AppRunner | None = None

    @property
    def urls(self) -> list[str]:
        """The address of every feed, in order."""
        return [
            f"http://{self._names[n // self._each]}:{self.port}/{n}.xml"
            for n in range(len(self._entries))
        ]

    def host(self, feed: int) -> str:
        """The host of a feed."""
        return self._names[feed // self._each]

    def publish(self, feed: int, title: str) -> None:
        """A new entry."""
        self._count += 1
        self._entries[feed].appendleft((self._count, title))

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_get("/{feed}.xml", self._serve)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        for name in self._names:
            site = web.TCPSite(self._runner, name, self.port)
            await site.start()
            self.port = self.port or self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        feed = int(request.match_info["feed"])
        name = self._names[feed // self._each]
        who = request.headers.get("User-Agent", "")
        site, now = self._sites[name], time.monotonic()
        if any(other != who for other, many in site.busy.items() if many):
            self.faults.append(f"{name} was asked by two processes at once")
        if now - site.asked_at < SPACING and not request.query_string:  # where a redirect led
            after = f"{now - site.asked_at:.3f} s after {site.asked_for}, {site.busy} under way"
            self.faults.append(f"{name} was asked for {request.path} {after}")
        site.asked_at, site.asked_for = now, request.path_qs
        self.asked[who] += 1
        site.busy[who] = site.busy.get(who, 0) + 1
        try:
            await asyncio.sleep(random.uniform(0.0, self.slow))
            self.read[feed] += 1
            behave = self.behave.get(feed)
            if behave is not None:
                return await behave(request, self._body(feed))
            return web.Response(body=self._body(feed), content_type="application/rss+xml")
        finally:
            site.busy[who] -= 1

    def _body(self, feed: int) -> bytes:
        listed = "".join(
            f"<item><guid isPermaLink='false'>{number}</guid><title>{escape(title)}</title>"
            f"<link>http://news.example/{number}</link></item>"
            for number, title in self._entries[feed]
        )
        head = f"<title>Feed {feed}</title><link>http://news.example/{feed}</link>"
        return f'<rss version="2.0"><channel>{head}{listed}</channel></rss>'.encode()
