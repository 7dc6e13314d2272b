"""Whether this process lives, and whether it can work: for whoever restarts it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

from aiohttp import web

from bot.errors import StoreError
from bot.store import Database
from bot.store.migrate import current_revision, known_revisions

_SECONDS: Final = 5.0  # for the database to answer


Check = Callable[[], str | None]
"""Returns why a part of the process cannot work, or ``None``."""


class Health:
    """The handlers of /healthz and /readyz. ``checks`` concern readiness only."""

    def __init__(self, database: Database, checks: Sequence[Check] = ()) -> None:
        self._database = database
        self._checks = checks
        self._newest = known_revisions()[-1]

    async def healthz(self, _request: web.Request) -> web.Response:
        """The event loop turns: who gets this answer need not restart us."""
        return web.json_response({"status": "ok"})

    async def readyz(self, _request: web.Request) -> web.Response:
        """Answer 503 and the reason where the process cannot work.

        Ready means that the database answers with this version's schema, and every check passes.
        """
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
        for check in self._checks:
            why = check()
            if why is not None:
                return _unready(why)
        return web.json_response({"status": "ok"})


def _unready(why: str) -> web.Response:
    return web.json_response({"status": "not ready", "why": why}, status=503)
