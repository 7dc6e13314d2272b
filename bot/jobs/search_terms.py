"""Rebuild the search terms of stored items in the background, after an update changed their rules.

Until an item is rebuilt, a search finds it by its older terms. Topics are not affected: they match new
items only.
"""

from __future__ import annotations

import asyncio
from typing import Final

import structlog

from bot.store import Database
from bot.store.items.search_terms import finish, read_cursor, read_page, write_page
from bot.store.items.stored_terms import stored_terms
from watchers import Item
from watchers.topics.candidates import TERMS_VERSION, IndexTermMaker

PAGE_SIZE: Final = 50
"""Items per transaction: a longer one would delay new items on SQLite."""

# Progress is logged after each of these pages.
_PAGES_PER_LOG: Final = 100

log = structlog.get_logger(__name__)


class SearchTermsRebuild:
    """Rebuilds one page per step."""

    def __init__(self, database: Database, version: int = TERMS_VERSION) -> None:
        self._database = database
        self._version = version
        self._page_count = 0
        self._is_finished = False
        self._term_maker = IndexTermMaker()

    async def step(self) -> bool:
        """Rebuild one page. Return True if another one remains.

        Raises:
            StoreError: the database does not answer; the page is rebuilt later.
        """
        if self._is_finished:
            return False
        async with self._database.reading() as connection:
            cursor = await read_cursor(connection, self._version)
            page = await read_page(connection, cursor, PAGE_SIZE) if cursor else []
        if not page:
            await self._finish(is_new=cursor is not None)
            return False
        terms = [await asyncio.to_thread(self._index_terms, stored.item) for stored in page]
        async with self._database.writing() as connection:
            await write_page(connection, page, terms, self._version)
        if self._page_count % _PAGES_PER_LOG == 0:
            log.info("search_terms_rebuilding", remaining_up_to=page[-1].id - 1)
        self._page_count += 1
        return True

    async def _finish(self, *, is_new: bool) -> None:
        self._is_finished = True
        if is_new:
            async with self._database.writing() as connection:
                await finish(connection, self._version)
            log.info("search_terms_rebuilt", version=self._version, pages=self._page_count)

    def _index_terms(self, item: Item) -> str:
        return stored_terms(self._term_maker.make(item))
