"""How common terms are in what was found lately: by language, counted when first asked for."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Final

from bot.clock import Clock
from bot.store import Database
from bot.store.items import recent_texts
from bot.summaries.terms import Background

_TEXTS: Final = 1_500
"""Texts that are counted: more tell nothing new of which terms are common, and cost memory."""

_KEPT: Final = timedelta(hours=6)
_MOST_LANGUAGES: Final = 12  # whose counts are kept: each takes about 2 MB

_NONE: Final = Background()


class Archive:
    """Document frequencies from the store, kept in memory for some hours."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._counted: dict[str, tuple[datetime, Background]] = {}
        self._counting = asyncio.Lock()

    async def background(self, language: str | None) -> Background:
        """What the archive tells of ``language``; of no use where it holds too little of it.

        Raises:
            StoreError: the database does not answer.
        """
        if not language:
            return _NONE
        async with self._counting:
            now = self._clock()
            when, known = self._counted.get(language, (None, _NONE))
            if when is not None and now - when < _KEPT:
                return known
            async with self._database.reading() as connection:
                texts = await recent_texts(connection, language, _TEXTS)
            made = await asyncio.to_thread(Background.counted, texts, language)
            self._counted.pop(language, None)
            while len(self._counted) >= _MOST_LANGUAGES:
                del self._counted[next(iter(self._counted))]
            self._counted[language] = (now, made)
            return made
