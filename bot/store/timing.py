"""When a chat is told: its rhythm, quiet hours and time zone, for all of its topics or for one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Final

from sqlalchemy import bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.tables import chats, subscriptions
from bot.timing.quiet import NEVER_QUIET, Quiet
from bot.timing.spoken import read_mode, read_quiet
from bot.timing.verdict import ChatTiming, Rules, TopicTiming, rules

CHAT_TIMING: Final = (chats.c.mode, chats.c.quiet, chats.c.zone)
TOPIC_TIMING: Final = (
    subscriptions.c.mode,
    subscriptions.c.quiet,
    subscriptions.c.at_least,
    subscriptions.c.most_a_day,
    subscriptions.c.breaking,
)
READ_CHAT_TIMING = select(
    *CHAT_TIMING, chats.c.always, chats.c.paused_at, chats.c.paused_until
).where(chats.c.id == bindparam("chat_id"))
HOLD_CHAT = (
    select(chats.c.id).where(chats.c.id == bindparam("chat_id")).with_for_update(key_share=True)
)
WRITE_CHAT_TIMING = update(chats).where(chats.c.id == bindparam("in_chat"))
WRITE_TOPIC_TIMING = update(subscriptions).where(
    subscriptions.c.chat_id == bindparam("in_chat"), subscriptions.c.topic_id == bindparam("topic")
)


@dataclass(frozen=True, slots=True)
class Habits:
    """What a chat as a whole has set. ``always``: its digest comes even if there is nothing new."""

    timing: ChatTiming = ChatTiming()  # noqa: RUF009 - frozen
    always: bool = False
    paused_at: datetime | None = None
    paused_until: datetime | None = None

    def is_paused(self, now: datetime) -> bool:
        """Whether it is told nothing at ``now``."""
        return self.paused_until is not None and self.paused_until > now


async def hold_chat(connection: AsyncConnection, chat_id: int) -> None:
    """Have the chat to oneself until the end of the transaction; whoever changes its topics does."""
    if connection.dialect.name == "postgresql":  # SQLite has one writer at a time
        await connection.execute(HOLD_CHAT, {"chat_id": chat_id})


async def read_habits(connection: AsyncConnection, chat_id: int) -> Habits:
    """What the chat in this row has set."""
    row = (await connection.execute(READ_CHAT_TIMING, {"chat_id": chat_id})).one()
    return Habits(
        chat_timing(row.mode, row.quiet, row.zone), row.always, row.paused_at, row.paused_until
    )


async def write_chat(connection: AsyncConnection, chat_id: int, **values: object) -> None:
    """Set columns of a chat: mode, quiet, zone, always, digest_at, paused_at, paused_until."""
    await connection.execute(WRITE_CHAT_TIMING.values(**values), {"in_chat": chat_id})


async def write_topic(
    connection: AsyncConnection, chat_id: int, topic_id: int, **values: object
) -> bool:
    """Set columns of a subscription: mode, quiet, at_least, most_a_day, breaking; whether there is one."""
    where = {"in_chat": chat_id, "topic": topic_id}
    return (await connection.execute(WRITE_TOPIC_TIMING.values(**values), where)).rowcount > 0


@lru_cache(maxsize=4_096)
def chat_timing(mode: str, quiet: str, zone: str) -> ChatTiming:
    """What the columns `CHAT_TIMING` say."""
    return ChatTiming(read_mode(mode), _quiet(quiet), zone)


@lru_cache(maxsize=4_096)
def topic_timing(
    mode: str | None,
    quiet: str | None,
    at_least: int | None,
    most_a_day: int | None,
    breaking: bool,
) -> TopicTiming:
    """What the columns `TOPIC_TIMING` say."""
    return TopicTiming(
        None if mode is None else read_mode(mode),
        None if quiet is None else _quiet(quiet),
        at_least,
        most_a_day,
        breaking,
    )


@lru_cache(maxsize=4_096)
def rules_of(chat: ChatTiming, topic: TopicTiming) -> Rules:
    """`rules`, remembered: most chats have the same few."""
    return rules(chat, topic)


def _quiet(text: str) -> Quiet:
    return NEVER_QUIET if text == "off" else read_quiet(text)
