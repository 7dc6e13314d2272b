"""Letters: what is queued for chats, read from the outbox and ready to be sent.

The sender holds a page of chats at a time, those that have been due longest, each with one letter (a
few, where few chats wait): its memory is the same for a hundred alerts and for a million, and a chat
with a long backlog takes turns with all others.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from bot.chats.adapter import Priority
from bot.clock import Clock
from bot.conversation.announcing import announcement_card
from bot.conversation.brief_cards import briefing_card
from bot.conversation.card import Card
from bot.conversation.catch_up import catch_up_card
from bot.conversation.gists import Gists
from bot.conversation.item_cards import alert_card
from bot.conversation.spiking import spike_card
from bot.model import Alert, Announcement, Briefing, Ref
from bot.store import Database, Transaction
from bot.store.announcements import read_announcements
from bot.store.briefings import read_briefings
from bot.store.holding import hold_back
from bot.store.hushing import Hush, hushed
from bot.store.outbox import (
    DueChat,
    due_chats,
    first_alerts,
    late_alerts,
    postpone_chats,
    read_alerts,
    settle_chats,
)
from bot.timing.verdict import HoldUntil, SendSilently

PAGE: Final = 64
"""Chats read at once."""

_FEW: Final = 4  # chats whose letters are read several at a time …
_MANY: Final = 50  # … that is, so many
_NAMED: Final = 20  # items named in a catch-up


@dataclass(frozen=True, slots=True)
class Letter:
    """One message for a chat, and what it settles: an alert, or all those ``before`` a moment.

    ``not_after``: quiet hours begin or end then, and it has to be read anew.
    """

    alert_id: int
    chat_id: int
    ref: Ref
    card: Card
    priority: Priority
    created_at: datetime
    attempts: int = 0
    before: datetime | None = None
    total: int = 1
    is_briefing: bool = False
    not_after: datetime | None = None
    found_at: datetime | None = None  # what it tells; none where it was to wait


@dataclass(frozen=True, slots=True)
class Page:
    """What was read: the letters of chats, whether more chats are due, and when the next ones are."""

    letters: dict[int, list[Letter]]
    due: dict[int, datetime]
    more: bool
    next_due: datetime | None


@dataclass(frozen=True, slots=True)
class _Found:
    """What is queued for some chats: ``late`` by chat, ``held`` by row."""

    alerts: Sequence[Alert]
    briefings: Sequence[Briefing]
    announcements: Sequence[Announcement]
    late: Mapping[int, Letter]
    hushes: Mapping[int, Hush]
    held: Mapping[int, datetime]


class Letters:
    """Reads one account's part of the outbox."""

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
        self._gists = Gists()

    async def read(
        self, held: Collection[int], busy_until: Callable[[str], datetime | None]
    ) -> Page:
        """The next chats that are due, without those that are ``held`` in memory.

        ``busy_until`` tells of a platform's chat when it can have its turn, ``None`` if now: one that
        cannot is put off, so that it keeps nobody out. Threads of a chat take turns.

        Raises:
            StoreError: the database does not answer.
        """
        now = self._clock()
        most = PAGE + len(held)
        async with self._database.reading() as connection:
            rows = await due_chats(connection, self._platform, self._account, most=most)
            due = [row for row in rows if row.due_at <= now and row.id not in held]
            taken: dict[str, DueChat] = {}
            late: dict[int, datetime] = {}
            for row in due:
                until = busy_until(row.chat)
                if row.chat in taken and until is None:
                    until = now + timedelta(seconds=1)
                if until is not None:
                    late[row.id] = until
                elif row.alert_id is not None:
                    taken[row.chat] = row
            found = await self._find(connection, list(taken.values()), now)
        letters = await self._letters(found, now)
        empty = [row.id for row in due if row.id not in late and row.id not in letters]
        if late or empty or found.held:
            await self._put_right(late, empty, found.held, now)
        ahead = [row.due_at for row in rows if row.due_at > now and row.id not in held]
        return Page(
            letters,
            {row.id: row.due_at for row in taken.values()},
            more=len(rows) == most and not ahead,
            next_due=min([*ahead, *late.values()], default=None),
        )

    async def _find(
        self, connection: Transaction, chats: Sequence[DueChat], now: datetime
    ) -> _Found:
        """The first of what is queued for these chats, without what has to wait in quiet hours."""
        quiet = [row.id for row in chats if row.is_quiet]
        ids = [row.alert_id for row in chats if row.alert_id is not None]
        # Where few wait, several are read at a time, and where it may be quiet: they are held at once.
        for chat_id in [row.id for row in chats] if len(chats) <= _FEW else quiet:
            ids += await first_alerts(connection, chat_id, most=_MANY)
        hushes = await hushed(connection, ids, now=now) if quiet else {}
        held = {
            alert_id: hush.verdict.moment
            for alert_id, hush in hushes.items()
            if isinstance(hush.verdict, HoldUntil)
        }
        left = sorted({one for one in ids if one not in held})
        alerts = await read_alerts(connection, left)
        late: dict[int, Letter] = {}
        for alert in alerts:
            if alert.chat_id not in late and self._is_late(alert, now) and not held:
                late[alert.chat_id] = await self._catch_up(connection, alert, now)
        return _Found(
            alerts,
            await read_briefings(connection, left),
            await read_announcements(connection, left),
            late,
            hushes,
            held,
        )

    async def _letters(self, found: _Found, now: datetime) -> dict[int, list[Letter]]:
        """What is to be said, in each chat's order."""
        letters: dict[int, list[Letter]] = {}
        for alert in found.alerts:
            if alert.chat_id not in found.late or not self._is_late(alert, now):
                letters.setdefault(alert.chat_id, []).append(_letter(alert, now))
            elif alert.chat_id not in letters:
                letters[alert.chat_id] = [found.late[alert.chat_id]]
        for briefing in found.briefings:
            said = {} if briefing.is_list else await self._gists.of(briefing.stories)
            letter = _briefing_letter(briefing, said, now)
            letters.setdefault(briefing.chat_id, []).append(letter)
        for said_to_all in found.announcements:
            letter = _announcement_letter(said_to_all)
            letters.setdefault(said_to_all.chat_id, []).append(letter)
        return {
            chat_id: [_heeding(one, found.hushes.get(one.alert_id)) for one in several]
            for chat_id, several in letters.items()
        }

    def _is_late(self, alert: Alert, now: datetime) -> bool:
        if alert.spike is not None:  # one a day, which says how old it is
            return False
        return self._max_age is not None and alert.created_at < now - self._max_age

    async def _catch_up(self, connection: Transaction, alert: Alert, now: datetime) -> Letter:
        """All that waited too long in the chat of ``alert``, in one letter."""
        before = now - (self._max_age or timedelta(0))
        ids, total, last = await late_alerts(connection, alert.chat_id, before=before, most=_NAMED)
        named = await read_alerts(connection, ids)
        return Letter(
            alert_id=last,
            chat_id=alert.chat_id,
            ref=alert.ref,
            card=catch_up_card([one.shown for one in named], total, now=now),
            priority=Priority.BULK,
            created_at=alert.created_at,
            attempts=named[-1].attempts,
            before=before,
            total=total,
        )

    async def _put_right(
        self,
        late: Mapping[int, datetime],
        empty: Sequence[int],
        held: Mapping[int, datetime],
        now: datetime,
    ) -> None:
        if held:
            async with self._database.writing() as connection:
                await hold_back(connection, held)
        async with self._database.writing() as connection:
            if late:
                await postpone_chats(connection, late)
            if empty:
                await settle_chats(connection, empty, now=now)


def _letter(alert: Alert, now: datetime) -> Letter:
    return Letter(
        alert_id=alert.id,
        chat_id=alert.chat_id,
        ref=alert.ref,
        card=spike_card(alert.spike, alert.shown, seen=alert.created_at, now=now)
        if alert.spike
        else alert_card(alert.shown, now=now),
        priority=Priority.BULK if alert.priority > Priority.FRESH else Priority.FRESH,
        created_at=alert.created_at,
        attempts=alert.attempts,
        found_at=None if alert.spike else alert.found_at,
    )


def _briefing_letter(briefing: Briefing, said: Mapping[int, str], now: datetime) -> Letter:
    return Letter(
        alert_id=briefing.id,
        chat_id=briefing.chat_id,
        ref=briefing.ref,
        card=briefing_card(briefing, said, now=now),
        priority=Priority.BULK,
        created_at=briefing.created_at,
        attempts=briefing.attempts,
        is_briefing=True,
    )


def _announcement_letter(announcement: Announcement) -> Letter:
    return Letter(
        alert_id=announcement.id,
        chat_id=announcement.chat_id,
        ref=announcement.ref,
        card=announcement_card(announcement),
        priority=Priority.BULK,
        created_at=announcement.created_at,
        attempts=announcement.attempts,
    )


def _heeding(letter: Letter, hush: Hush | None) -> Letter:
    """The letter as quiet hours want it."""
    if hush is None:
        return letter
    silent = isinstance(hush.verdict, SendSilently)
    priority = Priority.BULK if silent else letter.priority
    return replace(letter, priority=priority, not_after=hush.until)
