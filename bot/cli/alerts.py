"""`tocsin alerts`: what is queued, and what did not arrive as it should have, with the reason."""

from __future__ import annotations

import json
from collections.abc import Sequence

from bot.clock import utc_now
from bot.conversation.times import age
from bot.settings import Settings
from bot.store import Database
from bot.store.alert_log import LoggedAlert, recent_alerts


async def alerts(settings: Settings, *, failed: bool, most: int, as_json: bool) -> int:
    """Print the newest alerts; 0, or 1 where there is none.

    Raises:
        StoreError: the database cannot be read.
    """
    database = Database(settings.database)
    try:
        async with database.reading() as connection:
            found = await recent_alerts(connection, failed=failed, most=most)
    finally:
        await database.close()
    _print(found, as_json=as_json)
    return 0 if found else 1


def _print(found: Sequence[LoggedAlert], *, as_json: bool) -> None:
    now = utc_now()
    for one in found:
        if as_json:
            told = {
                "id": one.id,
                "state": one.state,
                "reason": one.reason,
                "platform": one.ref.platform,
                "account": one.ref.account,
                "chat": one.ref.chat,
                "thread": one.ref.thread,
                "title": one.title,
                "created_at": one.created_at.isoformat(),
                "ended_at": one.ended_at.isoformat() if one.ended_at else None,
                "attempts": one.attempts,
            }
            print(json.dumps(told, ensure_ascii=False))
            continue
        where = f"{one.ref.platform}/{one.ref.chat}"
        why = f": {one.reason}" if one.reason else ""
        print(f"{one.state:<8} {age(one.created_at, now):<12} {where}  {one.title}{why}")
