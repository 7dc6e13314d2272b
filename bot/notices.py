"""Waking other processes: what one has made, another need not wait a tick for.

    tell(subject) ──► (all that is told within a moment is one notice) ──► NOTIFY
    LISTEN ──► hear[subject]()

Everything is right without it: whoever is not told looks by himself, every second.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from typing import Final

import structlog

from bot.errors import StoreError
from bot.life import first
from bot.store import Database
from bot.store.notices import Subject, listening, notify

_TOGETHER: Final = 0.05  # seconds in which what is told becomes one notice
_AGAIN: Final = 5.0  # seconds after the database did not answer

log = structlog.get_logger(__name__)


class Notices:
    """Tells other processes, and hears them. On SQLite there is no other."""

    def __init__(
        self, database: Database, hears: Iterable[Mapping[Subject, Callable[[], None]]]
    ) -> None:
        self._database = database
        self._hear: dict[Subject, list[Callable[[], None]]] = {}
        for hear in hears:
            for subject, wake in hear.items():
                self._hear.setdefault(subject, []).append(wake)
        self._untold: set[Subject] = set()
        self._woken = asyncio.Event()

    def tell(self, subject: Subject) -> None:
        """Something happened that others may have to do with."""
        if not self._database.is_sqlite:
            self._untold.add(subject)
            self._woken.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Tell and hear until ``stop``."""
        if self._database.is_sqlite:
            await stop.wait()
            return
        telling = asyncio.ensure_future(self._tell(stop))
        try:
            while not stop.is_set():
                try:
                    async with listening(self._database, self._heard) as lost:
                        for subject in self._hear:  # what was told meanwhile was not heard
                            self._heard(subject)
                        await first(stop.wait(), lost.wait())
                except StoreError as error:
                    log.info("does not hear other processes now", problem=str(error))
                    await first(stop.wait(), asyncio.sleep(_AGAIN))
        finally:
            telling.cancel()

    def _heard(self, subject: Subject) -> None:
        for wake in self._hear.get(subject, ()):
            wake()

    async def _tell(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            await self._woken.wait()
            self._woken.clear()
            subjects, self._untold = self._untold, set()
            try:
                async with self._database.writing() as connection:
                    for subject in sorted(subjects):
                        await notify(connection, subject)
            except StoreError as error:
                log.info("cannot tell other processes now", problem=str(error))
            await asyncio.sleep(_TOGETHER)
