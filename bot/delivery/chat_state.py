"""Changes of chats that delivery outcomes cause: postponed, suspended, restored, migrated.

An outcome that stays unknown is reported to the operators.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

import structlog

from bot.delivery.message_sender import MigrateChat, Retry, SuspendChat
from bot.delivery.outbox_reader import OutboxMessage
from bot.models import ChatRef
from bot.runtime.clock import Clock
from bot.store import Database
from bot.store.admin.chat_migration import migrate_chat, moves_of_account
from bot.store.chats.chats import is_suspended, suspend_chat
from bot.store.leases import block_account
from bot.store.outbox.announcements import notify_operators
from bot.store.outbox.chat_return import resume_address
from bot.store.outbox.outbox import reschedule

# Many alerts may end as unknown at once, with one cause.
_UNKNOWN_REPORT_INTERVAL: Final = timedelta(hours=1)

OnChatMove = Callable[[ChatRef, str], None]
"""Called with the old address of a chat and its new ID."""

log = structlog.get_logger(__name__)


class ChatState:
    """Writes the state of the chats of one account. Each method raises StoreError on failure."""

    def __init__(self, database: Database, clock: Clock, on_move: OnChatMove) -> None:
        self._database = database
        self._clock = clock
        self._on_move = on_move
        self._unknown_reported_at: datetime | None = None

    async def apply(
        self,
        message: OutboxMessage,
        outcome: Retry | SuspendChat | MigrateChat,
        *,
        blocked_account: str | None,
    ) -> datetime | None:
        """Write an outcome that concerns the whole chat. Return when the chat is due again."""
        match outcome:
            case Retry():
                until = self._clock() + timedelta(seconds=outcome.seconds)
                await self.postpone(
                    message.ref,
                    until=until,
                    failed_alert_id=None if outcome.refused else message.alert_id,
                    blocked_account=blocked_account,
                )
                return until
            case SuspendChat():
                await self.suspend(message.ref, outcome.reason, only_thread=outcome.only_thread)
            case MigrateChat():
                await self.migrate_to(message.ref, outcome.chat, outcome.thread)
        return None

    async def report_unknown(self, ref: ChatRef, reason: str) -> None:
        """Notify the operators of an alert whose delivery stays unknown, at most once per hour."""
        now = self._clock()
        last = self._unknown_reported_at
        if last is not None and now - last < _UNKNOWN_REPORT_INTERVAL:
            return
        text = (
            f"Tocsin cannot find out whether an alert for the chat {ref.chat} ({ref.platform}) was"
            f" sent, after hours of retries: {reason}. /failed lists such alerts."
        )
        async with self._database.writing() as connection:
            await notify_operators(connection, text, now=now)
        self._unknown_reported_at = now

    async def load_moves(self, platform: str, account: str) -> None:
        """Report the earlier moves of the account's chats."""
        async with self._database.reading() as connection:
            moves = await moves_of_account(connection, platform, account)
        for old_chat, new_chat in moves:
            self._on_move(ChatRef(platform, account, old_chat), new_chat)

    async def postpone(
        self,
        ref: ChatRef,
        *,
        until: datetime,
        failed_alert_id: int | None,
        blocked_account: str | None,
    ) -> None:
        """Send nothing to a chat before ``until``.

        ``failed_alert_id`` counts as one more failed attempt. ``blocked_account`` names the lease of
        an account that waits as a whole, so that a restarted process waits too.
        """
        async with self._database.writing() as connection:
            await reschedule(connection, ref, until=until, alert_id=failed_alert_id)
            if blocked_account is not None:
                await block_account(connection, blocked_account, until=until)

    async def suspend(self, ref: ChatRef, reason: str, *, only_thread: bool = False) -> None:
        """Hold the alerts and subscriptions of a chat, or one thread, that cannot be reached."""
        now = self._clock()
        async with self._database.writing() as connection:
            if await suspend_chat(connection, ref, reason, now=now, only_thread=only_thread):
                log.warning("chat_unreachable", chat=ref.chat, reason=reason)

    async def restore(self, ref: ChatRef, *, all_threads: bool = True) -> None:
        """Release the alerts of a chat that can be reached again, and offer the missed stories."""
        async with self._database.writing() as connection:
            await resume_address(connection, ref, all_threads=all_threads, now=self._clock())

    async def restore_if_suspended(self, ref: ChatRef) -> bool:
        """Restore a chat, and return True, if it is suspended. Most are not, so this only reads."""
        async with self._database.reading() as connection:
            suspended = await is_suspended(connection, ref)
        if suspended:
            await self.restore(ref, all_threads=False)
        return suspended

    async def migrate(self, old: ChatRef, new: ChatRef, *, keeps_messages: bool = False) -> None:
        """Move all rows of a chat to its new ID."""
        async with self._database.writing() as connection:
            rows = await migrate_chat(
                connection, old, new, now=self._clock(), keeps_messages=keeps_messages
            )
        if old.chat != new.chat:
            self._on_move(old, new.chat)
        log.info("chat_migrated", chat=old.chat, to=new.chat, rows=rows)

    async def migrate_to(self, ref: ChatRef, chat: str, thread: str | None) -> ChatRef:
        """Migrate a chat as the platform reported it, and return its new address.

        A ``thread`` of None keeps the thread; "" is the chat itself.
        """
        new = replace(ref, chat=chat, thread=ref.thread if thread is None else thread)
        await self.migrate(ref, new)
        return new
