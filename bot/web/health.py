"""Whether this process lives, and whether it can work: for whoever restarts it."""

from __future__ import annotations

import asyncio
from typing import Final

from aiohttp import web

from bot.errors import StoreError
from bot.store import Database
from bot.store.migrate import current_revision, known_revisions

_SECONDS: Final = 5.0  # for the database to answer


class Health:
    """The handlers of /healthz and /readyz."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._newest = known_revisions()[-1]

    async def healthz(self, _request: web.Request) -> web.Response:
        """The event loop turns: who gets this answer need not restart us."""
        return web.json_response({"status": "ok"})

    async def readyz(self, _request: web.Request) -> web.Response:
        """The database answers and has this version's schema; 503 and the reason where not."""
        try:
            async with asyncio.timeout(_SECONDS):
                revision = await current_revision(self._database)
        except TimeoutError:
            return _unready(f"the database did not answer within {_SECONDS:g} s")
        except StoreError as error:
            return _unready(error.what)
        if revision != self._newest:
            wants = f"this version wants {self._newest}"
            return _unready(f"the database is at schema {revision}, {wants}")
        return web.json_response({"status": "ok"})


def _unready(why: str) -> web.Response:
    return web.json_response({"status": "not ready", "why": why}, status=503)
