"""Reads due messages from the outbox and builds their cards.

The sender holds one page of chats in memory, those that have been due longest, each with one message
(several, if few chats are due). Its memory is therefore the same for a hundred and for a million
queued alerts, and a chat with a long backlog takes turns with all others.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from bot.chats.adapter import Priority
from bot.conversation.cards.briefing import briefing_card, catch_up_card
from bot.conversation.cards.card import Card
from bot.conversation.cards.item import alert_card
from bot.conversation.cards.notices import announcement_card, spike_card
from bot.conversation.one_line_summaries import SummaryCache
from bot.models import Alert, Announcement, BriefingMessage, ChatRef
from bot.runtime.clock import Clock
from bot.scheduling.decision import HoldUntil, SendSilently
from bot.store import Database, Transaction
from bot.store.outbox.announcements import read_announcements
from bot.store.outbox.briefings import read_briefings
from bot.store.outbox.held_alerts import QuietHoursVerdict, hold_alerts, recheck_quiet_hours
from bot.store.outbox.outbox import (
    DueChat,
    due_chats,
    find_late_alerts,
    postpone_chats,
    queued_alert_ids,
    read_alerts,
    refresh_due_at,
)

PAGE_SIZE: Final = 64
"""The number of chats that are read at once."""

# If at most so many chats are due, several messages per chat are read at once.
_PREFETCH_MAX_CHATS: Final = 4
_PREFETCH_PER_CHAT: Final = 50
_MAX_CATCH_UP_ITEMS: Final = 20
# Another thread of the same platform chat comes up again after this time.
_NEXT_THREAD_DELAY: Final = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class OutboxMessage:
    """One message for a chat, and the alerts that it settles.

    Attributes:
        expires_alerts_before: the message also settles all alerts of the chat decided before then.
        recheck_at: quiet hours begin or end then; the message must not be sent after it.
        found_at: when the item of an alert was found; None if the alert had to wait on purpose.
        plain: send without markup, because the platform rejected the markup.
    """

    alert_id: int
    chat_id: int
    ref: ChatRef
    card: Card
    priority: Priority
    created_at: datetime
    attempts: int = 0
    expires_alerts_before: datetime | None = None
    total: int = 1
    is_briefing: bool = False
    recheck_at: datetime | None = None
    found_at: datetime | None = None
    plain: bool = False


@dataclass(frozen=True, slots=True)
class OutboxPage:
    """The messages that were read, by chat, and when to read again.

    Attributes:
        due_since: since when each chat has been due.
        has_more: whether more chats may be due now.
        next_due: when the next chat becomes due, if that is known.
    """

    messages: dict[int, list[OutboxMessage]]
    due_since: dict[int, datetime]
    has_more: bool
    next_due: datetime | None


@dataclass(frozen=True, slots=True)
class _QueuedRows:
    """The queued rows of some chats.

    Attributes:
        catch_ups: the catch-up message of a chat with alerts that are too old.
        quiet_hours: the verdict of quiet hours, by alert.
        held_until: the end of the hold of alerts that quiet hours hold, by alert.
    """

    alerts: Sequence[Alert]
    briefings: Sequence[BriefingMessage]
    announcements: Sequence[Announcement]
    catch_ups: Mapping[int, OutboxMessage]
    quiet_hours: Mapping[int, QuietHoursVerdict]
    held_until: Mapping[int, datetime]


class OutboxReader:
    """Reads the outbox of one account."""

    def __init__(
        self,
        database: Database,
        platform: str,
        account: str,
        clock: Clock,
        *,
        max_age: timedelta | None,
    ) -> None:
        self._database = database
        self._platform = platform
        self._account = account
        self._clock = clock
        self._max_age = max_age
        self._summaries = SummaryCache()

    async def read(
        self, in_memory: Collection[int], busy_until: Callable[[str], datetime | None]
    ) -> OutboxPage:
        """Return the messages of the next due chats that are not ``in_memory``.

        ``busy_until`` returns when a platform chat can have its next slot, None if now. A busy chat
        is postponed, so that it does not block the page. Threads of a chat take turns.

        Raises:
            StoreError: the database does not answer.
        """
        now = self._clock()
        limit = PAGE_SIZE + len(in_memory)
        async with self._database.reading() as connection:
            rows = await due_chats(connection, self._platform, self._account, limit=limit)
            due = [row for row in rows if row.due_at <= now and row.id not in in_memory]
            selected, postponed = _select_chats(due, busy_until, now)
            queued = await self._load_rows(connection, selected, now)
        messages = await self._build_messages(queued, now)
        without_messages = [
            row.id for row in due if row.id not in postponed and row.id not in messages
        ]
        if postponed or without_messages or queued.held_until:
            await self._reschedule(postponed, without_messages, queued.held_until, now)
        future_due_times = [
            row.due_at for row in rows if row.due_at > now and row.id not in in_memory
        ]
        return OutboxPage(
            messages,
            {row.id: row.due_at for row in selected},
            has_more=len(rows) == limit and not future_due_times,
            next_due=min([*future_due_times, *postponed.values()], default=None),
        )

    async def _load_rows(
        self, connection: Transaction, chats: Sequence[DueChat], now: datetime
    ) -> _QueuedRows:
        """Load the first queued rows of these chats, without those that quiet hours hold."""
        quiet_chat_ids = [row.id for row in chats if row.has_quiet_hours]
        alert_ids = [row.alert_id for row in chats if row.alert_id is not None]
        # Chats in quiet hours are always read in full, so that all their alerts are held at once.
        is_small_page = len(chats) <= _PREFETCH_MAX_CHATS
        for chat_id in [row.id for row in chats] if is_small_page else quiet_chat_ids:
            alert_ids += await queued_alert_ids(connection, chat_id, limit=_PREFETCH_PER_CHAT)
        quiet_hours = (
            await recheck_quiet_hours(connection, alert_ids, now=now) if quiet_chat_ids else {}
        )
        held_until = {
            alert_id: quiet.verdict.moment
            for alert_id, quiet in quiet_hours.items()
            if isinstance(quiet.verdict, HoldUntil)
        }
        sendable = sorted({alert_id for alert_id in alert_ids if alert_id not in held_until})
        alerts = await read_alerts(connection, sendable)
        catch_ups: dict[int, OutboxMessage] = {}
        for alert in alerts:
            if alert.chat_id not in catch_ups and self._is_too_old(alert, now) and not held_until:
                catch_ups[alert.chat_id] = await self._catch_up_message(connection, alert, now)
        return _QueuedRows(
            alerts,
            await read_briefings(connection, sendable),
            await read_announcements(connection, sendable),
            catch_ups,
            quiet_hours,
            held_until,
        )

    async def _build_messages(
        self, queued: _QueuedRows, now: datetime
    ) -> dict[int, list[OutboxMessage]]:
        """Return the messages of each chat, in the order of the chat."""
        messages: dict[int, list[OutboxMessage]] = {}
        for alert in queued.alerts:
            if alert.chat_id not in queued.catch_ups or not self._is_too_old(alert, now):
                messages.setdefault(alert.chat_id, []).append(_alert_message(alert, now))
            elif alert.chat_id not in messages:
                messages[alert.chat_id] = [queued.catch_ups[alert.chat_id]]
        for briefing in queued.briefings:
            summaries = (
                {} if briefing.is_list else await self._summaries.summarise(briefing.stories)
            )
            message = _briefing_message(briefing, summaries, now)
            messages.setdefault(briefing.chat_id, []).append(message)
        for announcement in queued.announcements:
            message = _announcement_message(announcement, now)
            messages.setdefault(announcement.chat_id, []).append(message)
        return {
            chat_id: [
                _apply_quiet_hours(message, queued.quiet_hours.get(message.alert_id))
                for message in chat_messages
            ]
            for chat_id, chat_messages in messages.items()
        }

    def _is_too_old(self, alert: Alert, now: datetime) -> bool:
        # A spike is sent at any age: there is at most one per day, and its card states the day.
        if alert.spike is not None:
            return False
        return self._max_age is not None and alert.created_at < now - self._max_age

    async def _catch_up_message(
        self, connection: Transaction, alert: Alert, now: datetime
    ) -> OutboxMessage:
        """Return one message for all alerts of a chat that are too old."""
        before = now - (self._max_age or timedelta(0))
        alert_ids, total, last_alert_id = await find_late_alerts(
            connection, alert.chat_id, before=before, limit=_MAX_CATCH_UP_ITEMS
        )
        listed = await read_alerts(connection, alert_ids)
        return OutboxMessage(
            alert_id=last_alert_id,
            chat_id=alert.chat_id,
            ref=alert.ref,
            card=catch_up_card([late.chat_item for late in listed], total, now=now),
            priority=Priority.BULK,
            created_at=alert.created_at,
            attempts=listed[-1].attempts,
            expires_alerts_before=before,
            total=total,
        )

    async def _reschedule(
        self,
        postponed: Mapping[int, datetime],
        without_messages: Sequence[int],
        held_until: Mapping[int, datetime],
        now: datetime,
    ) -> None:
        if held_until:
            async with self._database.writing() as connection:
                await hold_alerts(connection, held_until)
        async with self._database.writing() as connection:
            if postponed:
                await postpone_chats(connection, postponed)
            if without_messages:
                await refresh_due_at(connection, without_messages, now=now)


def _select_chats(
    due: Sequence[DueChat], busy_until: Callable[[str], datetime | None], now: datetime
) -> tuple[list[DueChat], dict[int, datetime]]:
    """Return one due row per free platform chat, and until when the other rows are postponed."""
    selected: dict[str, DueChat] = {}
    postponed: dict[int, datetime] = {}
    for row in due:
        until = busy_until(row.chat)
        if row.chat in selected and until is None:
            until = now + _NEXT_THREAD_DELAY
        if until is not None:
            postponed[row.id] = until
        elif row.alert_id is not None:
            selected[row.chat] = row
    return list(selected.values()), postponed


def _alert_message(alert: Alert, now: datetime) -> OutboxMessage:
    return OutboxMessage(
        alert_id=alert.id,
        chat_id=alert.chat_id,
        ref=alert.ref,
        card=spike_card(alert.spike, alert.chat_item, detected_at=alert.created_at, now=now)
        if alert.spike
        else alert_card(alert.chat_item, now=now),
        priority=Priority.BULK if alert.priority > Priority.FRESH else Priority.FRESH,
        created_at=alert.created_at,
        attempts=alert.attempts,
        found_at=None if alert.spike else alert.item_changed_at,
    )


def _briefing_message(
    briefing: BriefingMessage, summaries: Mapping[int, str], now: datetime
) -> OutboxMessage:
    return OutboxMessage(
        alert_id=briefing.id,
        chat_id=briefing.chat_id,
        ref=briefing.ref,
        card=briefing_card(briefing, summaries, now=now),
        priority=Priority.BULK,
        created_at=briefing.created_at,
        attempts=briefing.attempts,
        is_briefing=True,
    )


def _announcement_message(announcement: Announcement, now: datetime) -> OutboxMessage:
    return OutboxMessage(
        alert_id=announcement.id,
        chat_id=announcement.chat_id,
        ref=announcement.ref,
        card=announcement_card(announcement, now=now),
        priority=Priority.BULK,
        created_at=announcement.created_at,
        attempts=announcement.attempts,
    )


def _apply_quiet_hours(message: OutboxMessage, quiet: QuietHoursVerdict | None) -> OutboxMessage:
    """Return the message with the priority and the recheck time that quiet hours require."""
    if quiet is None:
        return message
    is_silent = isinstance(quiet.verdict, SendSilently)
    priority = Priority.BULK if is_silent else message.priority
    return replace(message, priority=priority, recheck_at=quiet.valid_until)
