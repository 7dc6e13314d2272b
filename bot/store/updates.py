"""Incoming updates: each is handled once, though platforms send the same one again."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import bindparam, delete
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.sql import insert
from bot.store.tables import updates

KEPT: Final = timedelta(days=2)
"""How long an update is remembered: Telegram keeps what was not fetched for 24 hours."""

FORGET_UPDATES = delete(updates).where(updates.c.seen_at < bindparam("before"))


async def first_time(
    connection: AsyncConnection, platform: str, account: str, update_id: str, *, now: datetime
) -> bool:
    """Note that an update came; whether it came for the first time."""
    new = insert(connection, updates).values(
        platform=platform, account=account, update_id=update_id, seen_at=now
    )
    return (await connection.execute(new.on_conflict_do_nothing())).rowcount > 0


async def forget_updates(connection: AsyncConnection, *, now: datetime) -> int:
    """Forget what cannot come again; how many there were."""
    return (await connection.execute(FORGET_UPDATES, {"before": now - KEPT})).rowcount
