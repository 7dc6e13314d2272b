"""A process that sends what is queued, and does nothing else.

python sending.py DATABASE TELEGRAM LEASE IN_FLIGHT
"""

from __future__ import annotations

import asyncio
import signal
import sys
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from sqlalchemy.engine import make_url

from bot.chats.telegram.chat import TelegramChat
from bot.clock import utc_now
from bot.delivery.sender import Sender
from bot.store import Database
from bot.store.leases import end_every_lease
from tests.fakes.thin import ThinTelegram


async def main() -> None:
    address, base_url, lease, in_flight = sys.argv[1:]
    database = Database(make_url(address))
    if database.is_sqlite:
        async with database.writing() as connection:
            await end_every_lease(connection, now=utc_now())
    pace = replace(TelegramChat.pace, in_flight=int(in_flight))
    adapter = ThinTelegram(base_url, pace=pace)
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
