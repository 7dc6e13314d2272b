"""The delivery mode, quiet hours and time zone of a chat, and the settings of single topics."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Final

from sqlalchemy import bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.scheduling.decision import ChatDeliverySettings, Rules, TopicSchedule, effective_rules
from bot.scheduling.parsing import parse_mode, parse_quiet_hours
from bot.scheduling.wall_clock import NEVER_QUIET, QuietHours
from bot.store.tables import chats, subscriptions

CHAT_TIMING: Final = (chats.c.mode, chats.c.quiet, chats.c.zone)
"""The columns that `chat_timing` parses."""

TOPIC_TIMING: Final = (
    subscriptions.c.mode,
    subscriptions.c.quiet,
    subscriptions.c.at_least,
    subscriptions.c.most_a_day,
    subscriptions.c.breaking,
)
"""The columns that `topic_timing` parses."""

READ_CHAT_SCHEDULE = select(
    *CHAT_TIMING, chats.c.always, chats.c.paused_at, chats.c.paused_until
).where(chats.c.id == bindparam("chat_id"))
LOCK_CHAT = (
    select(chats.c.id).where(chats.c.id == bindparam("chat_id")).with_for_update(key_share=True)
)
UPDATE_CHAT = update(chats).where(chats.c.id == bindparam("chat_id_param"))
UPDATE_SUBSCRIPTION = update(subscriptions).where(
    subscriptions.c.chat_id == bindparam("chat_id_param"),
    subscriptions.c.topic_id == bindparam("topic_id_param"),
)


@dataclass(frozen=True, slots=True)
class ChatSchedule:
    """The delivery settings of a chat; ``always``: its digest is sent even without new stories."""

    timing: ChatDeliverySettings = ChatDeliverySettings()  # noqa: RUF009 - frozen
    always: bool = False
    paused_at: datetime | None = None
    paused_until: datetime | None = None

    def is_paused(self, now: datetime) -> bool:
        """Return True if the chat is paused at ``now``."""
        return self.paused_until is not None and self.paused_until > now


async def lock_chat(connection: AsyncConnection, chat_id: int) -> None:
    """Lock the chat until the transaction ends; every change of its subscriptions does so first."""
    # SQLite has one writer at a time.
    if connection.dialect.name == "postgresql":
        await connection.execute(LOCK_CHAT, {"chat_id": chat_id})


async def read_schedule(connection: AsyncConnection, chat_id: int) -> ChatSchedule:
    """Return the delivery settings of a chat."""
    row = (await connection.execute(READ_CHAT_SCHEDULE, {"chat_id": chat_id})).one()
    return ChatSchedule(
        chat_timing(row.mode, row.quiet, row.zone), row.always, row.paused_at, row.paused_until
    )


async def update_chat_schedule(connection: AsyncConnection, chat_id: int, **values: object) -> None:
    """Set columns of a chat: mode, quiet, zone, always, digest_at, paused_at, paused_until."""
    await connection.execute(UPDATE_CHAT.values(**values), {"chat_id_param": chat_id})


async def update_topic_schedule(
    connection: AsyncConnection, chat_id: int, topic_id: int, **values: object
) -> bool:
    """Set columns of a subscription; return False if the chat does not follow the topic.

    The columns are mode, quiet, at_least, most_a_day and breaking.
    """
    params = {"chat_id_param": chat_id, "topic_id_param": topic_id}
    return (await connection.execute(UPDATE_SUBSCRIPTION.values(**values), params)).rowcount > 0


# Most chats share a few combinations of settings, so parsed settings are cached.
_CACHE_SIZE: Final = 4_096


@lru_cache(maxsize=_CACHE_SIZE)
def chat_timing(mode: str, quiet: str, zone: str) -> ChatDeliverySettings:
    """Parse the columns `CHAT_TIMING`."""
    return ChatDeliverySettings(parse_mode(mode), _parse_quiet(quiet), zone)


@lru_cache(maxsize=_CACHE_SIZE)
def topic_timing(
    mode: str | None,
    quiet: str | None,
    at_least: int | None,
    most_a_day: int | None,
    breaking: bool,
) -> TopicSchedule:
    """Parse the columns `TOPIC_TIMING`."""
    return TopicSchedule(
        None if mode is None else parse_mode(mode),
        None if quiet is None else _parse_quiet(quiet),
        at_least,
        most_a_day,
        breaking,
    )


@lru_cache(maxsize=_CACHE_SIZE)
def rules_of(chat: ChatDeliverySettings, topic: TopicSchedule) -> Rules:
    """Return the cached result of `bot.scheduling.decision.rules`."""
    return effective_rules(chat, topic)


def _parse_quiet(text: str) -> QuietHours:
    return NEVER_QUIET if text == "off" else parse_quiet_hours(text)
