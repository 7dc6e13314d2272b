"""Reads web pages for whoever asks: the guarded client and the extractor, behind one call."""

from __future__ import annotations

from bot.clock import Clock
from bot.errors import MisuseError
from watchers import Item, SourceError
from watchers.isolation import Isolation
from watchers.sources.fetched import Fetch
from watchers.sources.page import read_page


class PageReader:
    """One page at a time; a slow one holds up nobody but who asked."""

    def __init__(self, fetch: Fetch, isolation: Isolation, clock: Clock) -> None:
        self._fetch = fetch
        self._isolation = isolation
        self._clock = clock

    async def read(self, url: str) -> Item:
        """What the page at ``url`` says.

        Raises:
            MisuseError: it cannot be had, or there is nothing in it to read; says why.
        """
        try:
            page = await read_page(url, self._fetch, self._isolation, now=self._clock())
        except SourceError as error:
            raise MisuseError(str(error)) from error
        if page.wall is not None and not (page.item.text or page.item.lead):
            raise MisuseError(f"“{page.item.title}” cannot be read: {page.wall.reason}")
        return page.item
