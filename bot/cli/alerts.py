"""`tocsin alerts`: list queued and failed alerts with the reason."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence

from bot.conversation.durations import format_age
from bot.errors import UserError
from bot.runtime.clock import utc_now
from bot.settings import Settings
from bot.store import Database
from bot.store.migrate import current_revision, known_revisions
from bot.store.outbox.alert_log import LoggedAlert, list_recent_alerts


async def alerts(settings: Settings, *, failed: bool, most: int, as_json: bool) -> int:
    """Print the newest alerts and return the exit code: 0, or 1 if there are none.

    Raises:
        UserError: there is no database, or it has another schema.
        StoreError: the database cannot be read.
    """
    file = settings.sqlite_file
    if file is not None and not file.exists():
        raise UserError("there is no database yet; `tocsin run` creates it")
    database = Database(settings.database)
    try:
        if await current_revision(database) != known_revisions()[-1]:
            raise UserError("the database has another schema; `tocsin migrate` updates it")
        async with database.reading() as connection:
            logged_alerts = await list_recent_alerts(connection, failed=failed, limit=most)
    finally:
        await database.close()
    _print(logged_alerts, as_json=as_json)
    if not logged_alerts:
        empty = "no alert failed" if failed else "no alert was created yet"
        print(f"tocsin: {empty}", file=sys.stderr)
    return 0 if logged_alerts else 1


def _print(logged_alerts: Sequence[LoggedAlert], *, as_json: bool) -> None:
    now = utc_now()
    for alert in logged_alerts:
        if as_json:
            record = {
                "id": alert.id,
                "state": alert.state,
                "reason": alert.reason,
                "platform": alert.ref.platform,
                "account": alert.ref.account,
                "chat": alert.ref.chat,
                "thread": alert.ref.thread,
                "title": alert.title,
                "created_at": alert.created_at.isoformat(),
                "ended_at": alert.ended_at.isoformat() if alert.ended_at else None,
                "attempts": alert.attempts,
            }
            print(json.dumps(record, ensure_ascii=False))
            continue
        chat = f"{alert.ref.platform}/{alert.ref.chat}"
        reason = f": {alert.reason}" if alert.reason else ""
        print(
            f"{alert.state:<8} {format_age(alert.created_at, now):<12} {chat}  {alert.title}{reason}"
        )
