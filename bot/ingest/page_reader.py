"""Read web pages for users: a request through the guarded client, and the extraction of the article.

url ─ in the cache (one hour)? ─► cached article
                └─ no ─► watchers.sources.page, within `PAGE_TIMEOUT_SECONDS` ─► cached if complete
"""

from __future__ import annotations

import asyncio
from typing import Final
from urllib.parse import urlsplit

import structlog

from bot.errors import UserError
from bot.runtime.clock import Clock
from bot.store import Database
from bot.store.items.pages import cache_page, find_page
from watchers import SourceError
from watchers.errors import InvalidResponse, Unreachable
from watchers.fetching.addresses import display_url, has_secrets
from watchers.fetching.result import Fetch
from watchers.limits import MAX_URL_CHARS
from watchers.process_pool import SandboxPool
from watchers.sources.canonical_url import is_tracking
from watchers.sources.page import Page, read_page

log = structlog.get_logger(__name__)

PAGE_TIMEOUT_SECONDS: Final = 15.0
"""The longest time that a user waits for a page, with redirects and the rate limits of its site."""


def cache_key(url: str) -> str:
    """Return the key of a page in the cache: the request without tracking parameters.

    A page that was fetched with credentials must not be shown to others, so its key is "". The
    canonical form of an address is not a key: it may name another host.
    """
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        return ""
    if len(url) > MAX_URL_CHARS or not parts.hostname or has_secrets(url):
        return ""
    parameters = [
        pair
        for pair in parts.query.split("&")
        if pair and not is_tracking(*_name_and_value(pair), parts.hostname)
    ]
    origin = f"{parts.scheme.lower()}://{parts.hostname}{f':{port}' if port else ''}"
    return f"{origin}{parts.path or '/'}?{'&'.join(parameters)}"


def _name_and_value(pair: str) -> tuple[str, str]:
    name, _, value = pair.partition("=")
    return name, value


class PageReader:
    """Reads one page per call; calls do not wait for each other.

    Pages without credentials are cached in ``database``. Without a database, nothing is cached.
    """

    def __init__(
        self,
        fetch: Fetch,
        sandbox: SandboxPool,
        clock: Clock,
        database: Database | None = None,
        *,
        timeout_seconds: float = PAGE_TIMEOUT_SECONDS,
    ) -> None:
        self._fetch = fetch
        self._sandbox = sandbox
        self._clock = clock
        self._database = database
        self._timeout_seconds = timeout_seconds

    async def page(self, url: str, *, owner: str = "") -> Page:
        """Return the article at ``url``, and the access barrier that hides a part of it.

        ``owner`` shares the worker processes with other owners.

        Raises:
            UserError: the page cannot be fetched, or it has no readable text.
            StoreError: the database does not answer.
        """
        address = cache_key(url)
        if address and self._database is not None:
            async with self._database.reading() as connection:
                cached = await find_page(connection, address, now=self._clock())
            if cached is not None:
                return Page(item=cached)
        page = await self._fetch_page(url, owner)
        if page.barrier is not None and not (page.item.text or page.item.lead):
            raise UserError(f"“{page.item.title}” cannot be read: {page.barrier.reason}")
        # A page behind a barrier is not cached: the barrier may be gone at the next request.
        if address and self._database is not None and page.barrier is None:
            async with self._database.writing() as connection:
                await cache_page(connection, address, page.item, now=self._clock())
        return page

    async def _fetch_page(self, url: str, owner: str) -> Page:
        try:
            async with asyncio.timeout(self._timeout_seconds):
                sandbox = self._sandbox.for_owner(owner)
                return await read_page(url, self._fetch, sandbox, now=self._clock())
        except (Unreachable, InvalidResponse) as error:
            # One sentence for all of them: a difference would tell which ports are open.
            log.info("page_unreachable", url=display_url(url), problem=str(error))
            raise UserError(f"{display_url(url)} cannot be reached") from error
        except SourceError as error:
            raise UserError(str(error)) from error
        except TimeoutError as error:
            raise UserError(
                f"{display_url(url)}: no complete answer within {self._timeout_seconds:g} s"
            ) from error
