"""Reads web pages for whoever asks: the guarded client and the extractor, behind one call.

url ─ read within the last hour? ─► what it said
                └─ no ─► watchers.sources.page, within `SECONDS` ─► kept, if it is whole
"""

from __future__ import annotations

import asyncio
from typing import Final

from bot.clock import Clock
from bot.errors import MisuseError
from bot.store import Database
from bot.store.pages import find_page, keep_page
from watchers import Item, SourceError
from watchers.fetching.fetched import Fetch
from watchers.isolation import Isolation
from watchers.sources.canonical_url import canonical_url
from watchers.sources.page import Page, read_page

SECONDS: Final = 25.0
"""That a person waits for a page at most, its site's turn and redirects included."""


class PageReader:
    """One page at a time; a slow one holds up nobody but who asked.

    ``database`` keeps what was read for the next reader; without it, nothing is kept.
    """

    def __init__(
        self,
        fetch: Fetch,
        isolation: Isolation,
        clock: Clock,
        database: Database | None = None,
        *,
        seconds: float = SECONDS,
    ) -> None:
        self._fetch = fetch
        self._isolation = isolation
        self._clock = clock
        self._database = database
        self._seconds = seconds

    async def read(self, url: str) -> Item:
        """What the page at ``url`` says.

        Raises:
            MisuseError: it cannot be had, or there is nothing in it to read; says why.
        """
        return (await self.page(url)).item

    async def page(self, url: str) -> Page:
        """What the page at ``url`` says, and what hides the rest of it.

        Raises:
            MisuseError: as for `read`.
            StoreError: the database does not answer.
        """
        address = canonical_url(url)
        if self._database is not None:
            async with self._database.reading() as connection:
                known = await find_page(connection, address, now=self._clock())
            if known is not None:
                return Page(item=known)
        page = await self._fetched(url)
        if page.wall is not None and not (page.item.text or page.item.lead):
            raise MisuseError(f"“{page.item.title}” cannot be read: {page.wall.reason}")
        if self._database is not None and page.wall is None:
            async with self._database.writing() as connection:
                await keep_page(connection, address, page.item, now=self._clock())
        return page

    async def _fetched(self, url: str) -> Page:
        try:
            async with asyncio.timeout(self._seconds):
                return await read_page(url, self._fetch, self._isolation, now=self._clock())
        except SourceError as error:
            raise MisuseError(str(error)) from error
        except TimeoutError as error:
            raise MisuseError(f"{url}: it did not answer within {self._seconds:g} s") from error
