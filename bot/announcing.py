"""The announcer: hands announcements to the chats they are for, a page at a time.

tick ─► announcements that are not all in the outbox ─► the next chats ─► outbox, as bulk ─► senders
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Final

import structlog

from bot.clock import Clock
from bot.conversation.access import Access
from bot.model import Ref
from bot.store import Database
from bot.store.announcements import announce_page, announce_to_operators, open_audiences
from bot.store.leases import accounts_since
from bot.store.tables import EVERYBODY, FOLLOWERS, OPERATORS

_LATELY: Final = timedelta(days=1)  # that an account was sent for, and is believed to be again

log = structlog.get_logger(__name__)


class Announcer:
    """Queues what is announced. All it knows is in the store: a restart goes on where it was."""

    def __init__(
        self,
        database: Database,
        access: Access,
        clock: Clock,
        *,
        on_queued: Callable[[], None] = lambda: None,
    ) -> None:
        self._database = database
        self._access = access
        self._clock = clock
        self._on_queued = on_queued

    async def step(self) -> bool:
        """Queue one page; whether there may be more.

        Raises:
            StoreError: the database does not answer; what was queued is queued.
        """
        now = self._clock()
        async with self._database.reading() as connection:
            audiences = await open_audiences(connection)
            accounts = await accounts_since(connection, now - _LATELY) if audiences else []
        worked = False
        for audience in sorted(audiences):
            if audience == EVERYBODY or audience.startswith(FOLLOWERS):
                async with self._database.writing() as connection:
                    worked |= await announce_page(connection, now=now, audience=audience)
        if OPERATORS in audiences and accounts:  # without an account, nobody could be told
            operators = [
                Ref(platform, account, chat)
                for platform, account in accounts
                for chat in self._access.operators_on(platform)
            ]
            async with self._database.writing() as connection:
                worked |= await announce_to_operators(connection, operators, now=now)
            if not operators:
                log.warning("nobody is told what concerns those who run this: set TOCSIN_ADMINS")
        if worked:
            self._on_queued()
        return worked
