"""Jobs that queue alerts in the outbox: fan-out, briefings and announcements.

matches ─► fan-out: one alert per chat and story ─┐
held alerts ─► briefings ─────────────────────────┼─► outbox ─► senders
announcements ─► one alert per chat, as bulk ─────┘

Each step handles one page of chats. All state is in the store, so a restart continues where the last
committed page ended.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Final

import structlog

from bot.conversation.registry import Access
from bot.models import ChatRef
from bot.runtime.clock import Clock
from bot.runtime.telemetry import Tracer
from bot.store import Database
from bot.store.leases import accounts_since
from bot.store.outbox.announcements import (
    open_audiences,
    queue_announcement_batch,
    queue_operator_announcement,
)
from bot.store.outbox.digests import is_briefing_due, make_briefings
from bot.store.outbox.fanout import fan_out_batch
from bot.store.tables import ALL_CHATS_AUDIENCE, OPERATOR_AUDIENCE, TOPIC_AUDIENCE_PREFIX

# Notices to operators go to accounts that a process has served within this time.
_ACCOUNT_RECENT_WINDOW: Final = timedelta(days=1)

log = structlog.get_logger(__name__)


class FanOutJob:
    """Turns matches into alerts. `step` is the step of a worker: one page of chats."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        tracer: Tracer,
        *,
        on_alerts: Callable[[], None],
        max_follow_ups: int = 0,
    ) -> None:
        self._max_follow_ups = max_follow_ups
        self._database = database
        self._clock = clock
        self._tracer = tracer
        self._on_alerts = on_alerts

    async def step(self) -> bool:
        """Queue the alerts of one page of chats. Return True if there may be more."""
        start_ns = time.time_ns()
        async with self._database.writing() as connection:
            row_count = await fan_out_batch(
                connection, now=self._clock(), max_follow_ups=self._max_follow_ups
            )
        if row_count:
            self._tracer.record_span("fan-out", start_ns, rows=row_count)
            self._on_alerts()
        return row_count > 0


class BriefingJob:
    """Makes due briefings. `step` is the step of a worker: one page of chats."""

    def __init__(self, database: Database, clock: Clock, *, on_alerts: Callable[[], None]) -> None:
        self._database = database
        self._clock = clock
        self._on_alerts = on_alerts

    async def step(self) -> bool:
        """Make the briefings of one page of chats. Return True if there may be more."""
        now = self._clock()
        async with self._database.reading() as connection:
            if not await is_briefing_due(connection, now=now):
                return False
        async with self._database.writing() as connection:
            chat_count = await make_briefings(connection, now=now)
        self._on_alerts()
        return chat_count > 0


class AnnouncementDispatcher:
    """Queues announcements. `step` is the step of a worker: one page of chats per audience."""

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
        """Queue one page of each announcement. Return True if there may be more.

        Raises:
            StoreError: the database does not answer; committed pages stay queued.
        """
        now = self._clock()
        async with self._database.reading() as connection:
            audiences = await open_audiences(connection)
            accounts = (
                await accounts_since(connection, now - _ACCOUNT_RECENT_WINDOW) if audiences else []
            )
        has_queued = False
        for audience in sorted(audiences):
            if audience == ALL_CHATS_AUDIENCE or audience.startswith(TOPIC_AUDIENCE_PREFIX):
                async with self._database.writing() as connection:
                    has_queued |= await queue_announcement_batch(
                        connection, now=now, audience=audience
                    )
        # Without an account, no process can send the notice. It stays open until there is one.
        if OPERATOR_AUDIENCE in audiences and accounts:
            operators = [
                ChatRef(platform, account, user_id)
                for platform, account in accounts
                for user_id in self._access.operator_ids(platform)
            ]
            async with self._database.writing() as connection:
                has_queued |= await queue_operator_announcement(connection, operators, now=now)
            if not operators:
                log.warning("operator_notice_without_recipients", setting="TOCSIN_ADMINS")
        if has_queued:
            self._on_queued()
        return has_queued
