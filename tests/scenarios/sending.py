"""A process that only sends queued alerts.

Usage: python sending.py DATABASE TELEGRAM LEASE IN_FLIGHT
"""

from __future__ import annotations

import asyncio
import signal
import sys
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from sqlalchemy.engine import make_url

from bot.chats.telegram.adapter import TelegramAdapter
from bot.delivery.sender import Sender
from bot.runtime.clock import utc_now
from bot.store import Database
from bot.store.leases import release_all_leases
from tests.fakes.thin import ThinTelegram


async def main() -> None:
    database_url, base_url, lease, in_flight = sys.argv[1:]
    database = Database(make_url(database_url))
    if database.is_sqlite:
        async with database.writing() as connection:
            await release_all_leases(connection, now=utc_now())
    limit = replace(TelegramAdapter.account_rate_limit, in_flight=int(in_flight))
    adapter = ThinTelegram(base_url, limit=limit)
    await adapter.bot.initialize()
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await Sender(database, adapter, utc_now, lease_seconds=float(lease)).run(stop)
    await adapter.bot.shutdown()
    await database.close()


if __name__ == "__main__":
    asyncio.run(main())
